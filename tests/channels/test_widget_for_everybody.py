"""The widget by keyboard, by screen reader, enlarged, on a phone, in any colour (complaint 18), and what its menu does."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect
from sqlalchemy import update

from bot.channels.tables import Message
from tests.channels.stand_ins import FakeEscalation, FakeRasa
from tests.channels.widget_pages import OPEN, context_of, conversation_of, launched, lines, opened, write
from wire.database import new_engine

AXE = Axe()
FOCUSED = "(document.activeElement.shadowRoot || document).activeElement"
SOLVED = [{"title": "Sí, se resolvió", "payload": "/solved"}, {"title": "No, sigue igual", "payload": "/not_solved"}]
LOG_IN = [{"title": "Ya ingresé", "payload": "/logged_in"}, {"title": "Prefiero un código por correo", "payload": "/by_code"}]
STEPS = "Pruebe esto:\n\n1. Abra `Cuentas`.\n2. Elija *una*:\n   - ésta\n3. Vea [la respuesta](/ayuda/correo-adjuntos)."
# Colours of companies, and the greys in the middle, where neither black nor white is at ease.
BRANDS = ("#ffffff", "#000000", "#ff0000", "#00ff00", "#0000ff", "#ffcc00", "#7a1f5c", "#009688", "#757575", "#767676", "#777777")
RATIOS = """(colours) => colours.map((colour) => {
  const one = document.createElement("mesa-de-ayuda");
  one.dataset.color = colour;
  document.body.append(one);
  const { color, backgroundColor } = getComputedStyle(one.launcher);
  const [ink, paper] = [color, backgroundColor].map((text) => text.match(/\\d+/g).slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .map(([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b);
  one.remove();
  return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
})"""
WRITTEN = {
    "1. a\n2. b\n   - c\n\n3. d": "<ol><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ol>",
    "- *uno*\n- dos": "<ul><li><em>uno</em></li><li>dos</li></ul>",
    "## Título\nhola `x`": "<p><strong>Título</strong></p><p>hola <code>x</code></p>",
    "```\n1. no es lista\n```": "<pre>1. no es lista\n</pre>",
    "2*3*4": "<p>2*3*4</p>",
    "4. cuatro": '<ol start="4"><li>cuatro</li></ol>',
    "[x](javascript:alert(1))": "<p>[x](javascript:alert(1))</p>",
    "[x](//evil.test/)": "<p>[x](//evil.test/)</p>",
    '[x](https://a.test/"onclick=alert)': '<p><a href="https://a.test/%22onclick=alert" target="_blank" rel="noopener">x</a></p>',
    "<img src=x onerror=alert(1)>": "<p>&lt;img src=x onerror=alert(1)&gt;</p>",
    "**<b>**": "<p><strong>&lt;b&gt;</strong></p>",
}
RENDERED = """async (texts) => {
  const { markdown } = await import("/widget/code/test-0/markdown.js");
  return texts.map((text) => {
    const box = document.createElement("div");
    box.append(...markdown(text, location.origin));
    return box.innerHTML;
  });
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as started:
        yield started


@pytest.fixture(autouse=True)
def dialogue(rasa: FakeRasa) -> None:
    rasa.says["adjuntos"] = [{"text": STEPS}, {"text": "¿Se resolvió?", "buttons": SOLVED}]
    rasa.says["ingresar"] = [{"text": "Ingrese.", "buttons": LOG_IN}, {"custom": {"card": "login"}}]


def picture() -> FilePayload:
    held = io.BytesIO()
    Image.new("RGB", (900, 600), (40, 120, 200)).save(held, "PNG")
    return {"name": "captura.png", "mimeType": "image/png", "buffer": held.getvalue()}


def faults(page: Page, where: str) -> list[str]:
    """Axe's serious and critical findings in the widget itself."""
    found: list[dict[str, Any]] = AXE.run(page, context=[["mesa-de-ayuda"]]).response["violations"]
    return [f"{where}: {one['id']} {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_complaint_18_axe_finds_nothing_serious_in_any_state(browser: Browser, front: str, rasa: FakeRasa, scheme: str) -> None:
    with context_of(browser, color_scheme=scheme, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(front)
        found = faults(page, "closed")
        page.get_by_role("button", name=OPEN).click()
        write(page, "adjuntos")
        expect(page.get_by_role("button", name="Sí, se resolvió")).to_be_visible()
        found += faults(page, "answered")
        page.get_by_role("button", name="Opciones").click()
        found += faults(page, "menu")
        page.get_by_label("Adjuntar archivos").set_input_files([picture(), {**picture(), "buffer": b""}])
        expect(page.get_by_role("alert").last).to_contain_text("vacío")
        write(page, "ingresar")
        expect(page.get_by_label("Contraseña")).to_be_visible()
        found += faults(page, "log-in card and files")
        rasa.mode = "fails"
        write(page, "hola")
        expect(page.get_by_role("searchbox")).to_be_visible()
        found += faults(page, "bot down")
        assert found == []
        assert page.evaluate("document.querySelector('mesa-de-ayuda').shadowRoot.getAnimations().length") == 0
        log = page.get_by_role("log", name="Conversación con la Mesa de Ayuda")
        expect(log).to_have_attribute("aria-live", "polite")


def focus_reaches(page: Page, name: str, key: str = "Shift+Tab") -> None:
    for _ in range(20):
        page.keyboard.press(key)
        if page.evaluate(f"{FOCUSED} && ({FOCUSED}.ariaLabel || {FOCUSED}.textContent)").strip() == name:
            return
    raise AssertionError(f"{key} never reaches {name}")


def test_complaint_18_the_whole_path_by_keyboard_on_a_phone_and_focus_comes_back(browser: Browser, front: str) -> None:
    with context_of(browser, viewport={"width": 390, "height": 800}, has_touch=True) as context:
        page = context.new_page()
        page.goto(front)
        focus_reaches(page, OPEN, "Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("textbox", name="Escriba su consulta")).to_be_focused()
        expect(page.get_by_role("log")).to_contain_text("Eco: /greet")
        assert page.get_by_role("dialog").bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 800}
        page.keyboard.type("adjuntos")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="No, sigue igual")).to_be_visible()
        focus_reaches(page, "No, sigue igual")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Eco: /not_solved")).to_be_visible()
        expect(page.get_by_role("textbox", name="Escriba su consulta")).to_be_focused()
        page.keyboard.type("ingresar")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Contraseña")).to_be_visible()
        focus_reaches(page, "Prefiero un código por correo")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Eco: /by_code")).to_be_visible()
        focus_reaches(page, "Opciones")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Descargar esta conversación")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Opciones")).to_be_focused()
        # It covers the screen: the focus goes round inside and never behind it.
        for _ in range(15):
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.localName") == "mesa-de-ayuda"
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name=OPEN)).to_be_focused()
        expect(page.get_by_role("dialog")).to_be_hidden()


def test_complaint_18_enlarged_twofold_all_can_be_read_and_reached(browser: Browser, front: str, rasa: FakeRasa) -> None:
    # 200 % of a screen of 1280 × 800 leaves half as many pixels each way.
    with context_of(browser, viewport={"width": 640, "height": 400}, device_scale_factor=2) as context:
        page = opened(context.new_page(), front)
        rasa.mode = "fails"
        write(page, "adjuntos")
        expect(page.get_by_role("searchbox")).to_be_visible()
        rasa.mode = "well"
        for element in (page.get_by_role("button", name="Enviar", exact=True), page.get_by_role("button", name="Cerrar")):
            box = element.bounding_box()
            assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 640 and box["y"] + box["height"] <= 400
        log = page.get_by_role("log").bounding_box()
        assert log is not None and log["height"] >= 40
        assert page.get_by_role("dialog").evaluate("(one) => one.scrollWidth <= one.clientWidth")


def test_a_page_can_open_it_about_the_answer_that_is_being_read(browser: Browser, front: str) -> None:
    with context_of(browser) as context:
        page = context.new_page()
        page.route("**/widget/entries/correo-rebota", lambda route: route.fulfill(json={"title": "Rebotes", "payload": "unsigned"}))
        page.goto(front)
        asked = "new CustomEvent('mesa-de-ayuda:open', { cancelable: true, detail: { entry: 'correo-rebota' } })"
        # False: it was heard.
        assert page.evaluate(f"document.dispatchEvent({asked})") is False
        expect(page.get_by_role("log")).to_contain_text("Eco: /greet")
        expect(page.get_by_text("Rebotes")).to_be_visible()
        # Nobody but the front door signs payloads; this one is refused, and he hears why.
        expect(page.get_by_text("No se pudo enviar. payload")).to_be_visible()


def test_any_brand_colour_keeps_its_text_readable_and_markdown_stays_markdown(browser: Browser, front: str) -> None:
    with context_of(browser) as context:
        page = context.new_page()
        page.goto(front)
        assert min(page.evaluate(RATIOS, list(BRANDS))) >= 4.5
        assert page.evaluate(RENDERED, list(WRITTEN)) == list(WRITTEN.values())


def test_days_are_set_apart_and_the_menu_gives_copies_and_starts_over(
    browser: Browser, front: str, desk: FakeEscalation, tmp_path: Path
) -> None:
    with context_of(browser, timezone_id="America/Argentina/Buenos_Aires") as context:
        page = opened(context.new_page(), front)
        write(page, "adjuntos")
        expect(page.get_by_text("¿Se resolvió?")).to_be_visible()
        with new_engine(f"sqlite:///{tmp_path / 'chat.db'}").begin() as connection:
            connection.execute(update(Message).values(created_at=datetime.now(UTC) - timedelta(days=1)))
        write(page, "gracias")
        page.reload()
        page.get_by_role("button", name=OPEN).click()
        expect(page.locator(".day")).to_have_text(["Ayer", "Hoy"])

        page.get_by_role("button", name="Opciones").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Descargar esta conversación").click()
        copy = Path(download.value.path()).read_text(encoding="utf-8")
        assert download.value.suggested_filename == "mesa-de-ayuda.txt" and "Usted: gracias" in copy

        def mail_me() -> None:
            page.get_by_role("button", name="Opciones").click()
            page.get_by_role("button", name="Enviármela por correo").click()

        mail_me()
        expect(page.get_by_text("primero ingrese con su cuenta")).to_be_visible()
        desk.elsewhere[conversation_of(page)] = []
        mail_me()
        expect(page.get_by_text("Se la enviamos a su dirección de correo registrada.")).to_be_visible()
        assert len(desk.copies) == 1

        before = conversation_of(page)
        page.get_by_role("button", name="Opciones").click()
        page.get_by_role("button", name="Volver a empezar").click()
        page.get_by_role("button", name="Sí, volver a empezar").click()
        expect(page.get_by_text("adjuntos")).to_have_count(0)
        expect(page.get_by_role("log")).to_contain_text("Eco: /greet")
        write(page, "otra cosa")
        expect(page.get_by_text("Enviado ✓")).to_be_visible()
        assert conversation_of(page) != before


def test_a_picture_is_shown_before_it_is_sent_and_a_file_can_be_called_back(
    browser: Browser, front: str, desk: FakeEscalation
) -> None:
    with context_of(browser) as context:
        page = opened(context.new_page(), front)
        desk.file_seconds = 1.5
        page.get_by_label("Adjuntar archivos").set_input_files([picture(), {**picture(), "name": "equivocada.png"}])
        expect(page.get_by_role("img", name="captura.png")).to_be_visible()
        page.get_by_role("button", name="Cancelar").last.click()
        expect(page.get_by_text("Eco: /file_added")).to_have_count(1)
        expect(page.get_by_text("No se envió.")).to_be_visible()
        assert [file["name"] for file in desk.files.values()] == ["captura.png"]
        context.set_offline(True)
        page.get_by_label("Adjuntar archivos").set_input_files({**picture(), "name": "sin-red.png"})
        expect(page.locator(".trouble")).to_contain_text("No hay conexión")
        expect(page.get_by_text("No se pudo enviar el archivo")).to_be_visible(timeout=15_000)
        context.set_offline(False)
        expect(page.get_by_text("Eco: /file_added")).to_have_count(2)
        assert lines(page).count("📎 sin-red.png") == 1
