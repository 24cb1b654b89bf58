"""The widget in a real browser, between the front door as a process and the stand-ins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from bot.channels.store import Store
from tests.channels.stand_ins import FakeEscalation, FakeRasa
from tests.channels.widget_pages import context_of, conversation_of, launched, lines, opened, write
from wire.database import new_engine

PICTURE: FilePayload = {"name": "captura.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + b"x" * 200_000}
DROP = """([panel, kind]) => {
  const data = new DataTransfer();
  data.items.add(new File(["hola"], kind + ".txt", { type: "text/plain" }));
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
  panel.dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as started:
        yield started


@pytest.fixture
def page(browser: Browser, front: str) -> Iterator[Page]:
    with context_of(browser) as context:
        yield opened(context.new_page(), front)


def choose(page: Page, *files: FilePayload) -> None:
    page.get_by_label("Adjuntar archivos").set_input_files(list(files))


def settled(page: Page) -> None:
    """The stream had time to repeat what is on the screen already."""
    page.wait_for_timeout(2500)


def test_files_go_one_after_another_and_stay_after_a_reload(page: Page, desk: FakeEscalation) -> None:
    expect(page.get_by_text("hasta 10 MB por archivo")).to_be_visible()
    choose(page, PICTURE, {**PICTURE, "name": "segunda.png"})
    expect(page.get_by_text("Eco: /file_added")).to_have_count(2)
    assert [file["name"] for file in desk.files.values()] == ["captura.png", "segunda.png"]
    expect(page.get_by_role("progressbar")).to_have_count(0)
    settled(page)
    said = lines(page)
    assert said.count("📎 captura.png") == said.count("📎 segunda.png") == 1 and said.count("Eco: /file_added") == 2
    page.reload()
    page.get_by_role("button", name="Abrir la Mesa de Ayuda").click()
    expect(page.get_by_text("📎 segunda.png")).to_be_visible()


def test_files_are_pasted_and_dropped(page: Page, desk: FakeEscalation) -> None:
    panel = page.locator("section.panel").element_handle()
    for kind in ("paste", "drop"):
        page.evaluate(DROP, [panel, kind])
        expect(page.get_by_text(f"📎 {kind}.txt")).to_be_visible()
    expect(page.get_by_text("Eco: /file_added")).to_have_count(2)
    assert sorted(file["name"] for file in desk.files.values()) == ["drop.txt", "paste.txt"]


def test_each_file_says_what_is_wrong_with_it(page: Page, desk: FakeEscalation, tmp_path: Path) -> None:
    large = tmp_path / "grande.pdf"
    large.write_bytes(b"x" * (10 * 2**20 + 1))
    page.get_by_label("Adjuntar archivos").set_input_files(str(large))
    expect(page.get_by_role("alert")).to_contain_text("supera los 10 MB")
    desk.file_status = 415
    choose(page, {**PICTURE, "name": "virus.exe"})
    expect(page.get_by_role("alert").last).to_contain_text("no se acepta")
    desk.file_status = 429
    choose(page, PICTURE)
    expect(page.get_by_role("alert").last).to_contain_text("Espere unos minutos")
    desk.file_status = 201
    page.get_by_role("button", name="Reintentar").click()
    expect(page.get_by_text("Eco: /file_added")).to_be_visible()
    assert [file["name"] for file in desk.files.values()] == ["captura.png"]


def test_what_others_write_appears_once_and_in_order(page: Page, tmp_path: Path) -> None:
    write(page, "hola")
    store = Store(new_engine(f"sqlite:///{tmp_path / 'chat.db'}"))
    store.tell(conversation_of(page), "Le responde Soporte.")
    expect(page.get_by_text("Le responde Soporte.")).to_be_visible()
    write(page, "gracias")
    settled(page)
    assert lines(page) == ["Eco: /greet", "hola", "Eco: hola", "Le responde Soporte.", "gracias", "Eco: gracias"]


def test_without_a_free_stream_the_widget_asks_now_and_then(browser: Browser, front: str, tmp_path: Path) -> None:
    context = browser.new_context(locale="es-AR")
    page = context.new_page()
    page.clock.install()
    page.route("**/widget/events*", lambda route: route.fulfill(status=503, body="{}"))
    page.goto(front)
    page.get_by_role("button", name="Abrir la Mesa de Ayuda").click()
    write(page, "hola")
    Store(new_engine(f"sqlite:///{tmp_path / 'chat.db'}")).tell(conversation_of(page), "Le responde Soporte.")
    page.clock.run_for(16_000)
    expect(page.get_by_text("Le responde Soporte.")).to_have_count(1)
    context.close()


def test_a_closed_widget_does_not_listen(page: Page) -> None:
    settled(page)
    with page.expect_event("requestfailed", lambda request: "/widget/events" in request.url):
        page.get_by_role("button", name="Cerrar").click()
    with page.expect_request(lambda request: "/widget/events" in request.url):
        page.get_by_role("button", name="Abrir la Mesa de Ayuda").click()


def test_secrets_and_codes_vanish_from_the_screen_too(page: Page, rasa: FakeRasa) -> None:
    write(page, "mi clave es Perro.2024!x")
    expect(page.get_by_role("log")).to_contain_text("Oculté la contraseña")
    rasa.says["ana@sudominio.com.ar"] = [{"text": "Escriba el código."}, {"custom": {"card": "code"}}]
    write(page, "ana@sudominio.com.ar")
    expect(page.get_by_role("log")).to_contain_text("Escriba el código.")
    write(page, "123 456")
    expect(page.get_by_role("log")).to_contain_text("Eco: /logged_in")
    shown = page.get_by_role("log").inner_text()
    assert "[contraseña oculta]" in shown and "[código oculto]" in shown and "Perro" not in shown and "123 456" not in shown


def test_buttons_live_until_the_next_turn_and_those_of_the_login_card_stand_back(page: Page, rasa: FakeRasa) -> None:
    buttons = [{"title": "Ya ingresé", "payload": "/logged_in"}, {"title": "Prefiero un código por correo", "payload": "/by_code"}]
    rasa.says["ingresar"] = [{"text": "Ingrese.", "buttons": buttons}, {"custom": {"card": "login"}}]
    write(page, "ingresar")
    expect(page.get_by_label("Contraseña")).to_be_visible()
    settled(page)
    code = page.get_by_role("button", name="Prefiero un código por correo")
    expect(code).to_be_enabled()
    assert "link" in (code.get_attribute("class") or "")
    code.click()
    expect(page.get_by_role("log")).to_contain_text("Eco: /by_code")
    expect(code).to_be_disabled()
    expect(page.get_by_label("Contraseña")).to_have_count(0)
