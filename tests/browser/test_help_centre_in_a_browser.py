"""The help centre in a real browser: with and without JavaScript, by keyboard, on a phone, with axe; and what stands without it.

Escalation is down but in the last walk, Rasa is a stand-in.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright
from werkzeug.serving import make_server

from bot.channels import fallback
from bot.channels.migrate import SCRIPTS
from bot.channels.opinions import Opinions
from bot.channels.settings import Settings
from bot.faq.corpus import load_corpus
from tests.browser.test_the_road_in_a_browser import CHROMIUM_FLAGS
from tests.channels.stand_ins import POLL_SECONDS, SERVICE_TOKEN, FakeRasa
from tests.channels.test_report_form import CARLA, Desk
from tests.channels.trained import archive
from tests.escalation.conftest import PASSWORD
from tests.ports import free_port
from webhook_app import create_app
from wire.database import new_engine
from wire.migrations import upgrade

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
GRAVE = {"serious", "critical"}
BOX = "Busque con sus palabras"
# What a page says of itself and its policy before any script of ours.
WATCH = "window.broken = []; addEventListener('securitypolicyviolation', (event) => broken.push(event.violatedDirective));"
FOREIGN = "default-src 'none'; script-src {front} {elsewhere}; connect-src {front}"


class House(NamedTuple):
    """Addresses: the door, and another host with the static files."""

    url: str
    elsewhere: str
    opinions: Opinions
    desk: Desk


class Elsewhere(SimpleHTTPRequestHandler):
    """A host that knows nothing of ours; every page under a strict policy."""

    policy = ""

    def end_headers(self) -> None:
        if self.path.startswith("/page"):
            self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=shutil.which("chromium"), headless=True, args=CHROMIUM_FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder, port, rasa = tmp_path_factory.mktemp("help"), free_port(), FakeRasa()
    web = folder / "web"
    fallback.write(web, load_corpus(), datetime.now(UTC))
    other = ThreadingHTTPServer(("127.0.0.1", 0), partial(Elsewhere, directory=str(web)))
    url, elsewhere = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{other.server_port}"
    Elsewhere.policy = FOREIGN.format(front=url, elsewhere=elsewhere)
    _foreign_pages(web, url, elsewhere)
    desk = Desk(folder)
    settings = Settings(
        chat_database_url=f"sqlite:///{folder / 'chat.db'}",
        conversation_secret="secret",
        rasa_url=f"http://127.0.0.1:{rasa.server_port}",
        rasa_channel_secret="channel",
        escalation_url=desk.url,
        escalation_public_url=desk.url,
        front_public_url=url,
        service_token=SERVICE_TOKEN,
        files_folder=folder / "files",
        model_file=archive(folder / "mesa-de-ayuda.tar.gz"),
    )
    upgrade(settings.chat_database_url, SCRIPTS)
    servers = [rasa, other, make_server("127.0.0.1", port, create_app(settings), threaded=True)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()
    yield House(url, elsewhere, Opinions(new_engine(settings.chat_database_url)), desk)
    for server in servers:
        server.shutdown()


def _foreign_pages(web: Path, url: str, elsewhere: str) -> None:
    for name, front in (("page-up.html", url), ("page-down.html", "http://127.0.0.1:1")):
        lines = "".join(f'<script src="{host}" defer></script>' for host in (f"{front}/widget.js", f"{elsewhere}/fallback.js"))
        (web / name).write_text(f"<!doctype html><html lang=es><title>Lola</title>{lines}<body><h1>Panadería Lola</h1>")


def opened(browser: Browser, **more: object) -> BrowserContext:
    context = browser.new_context(**{"viewport": PHONE, "locale": "es-AR", **more})  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    context.add_init_script(WATCH)
    return context


def faults(page: Page) -> list[str]:
    """What axe finds serious or critical, and whether the page is wider than the screen."""
    found = Axe().run(page).response["violations"]
    named = [f"{one['id']}: {one['nodes'][0]['html'][:150]}" for one in found if one["impact"] in GRAVE]
    return named + (["wider than the screen"] if page.evaluate("document.documentElement.scrollWidth > innerWidth") else [])


def kept(page: Page, house: House) -> None:
    """Report something while escalation is down."""
    page.goto(f"{house.url}/ayuda/reporte")
    page.get_by_label("Correo", exact=True).check()
    page.get_by_label(re.compile("¿Qué problema tiene?")).fill("No salen los correos con fotos")
    page.get_by_role("button", name="Enviar el reporte").click()
    expect(page.get_by_role("heading", name="Guardamos su reporte")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_fault_on_a_phone_or_a_desk(browser: Browser, house: House, scheme: str) -> None:
    context = opened(browser, color_scheme=scheme)
    page, found = context.new_page(), {}

    def look(name: str) -> None:
        for size in (PHONE, DESK):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            found[f"{name} at {size['width']}"] = faults(page) + page.evaluate("window.broken ?? []")

    for path in ("", "?q=no+puedo+enviar+adjuntos", "?q=xyzzy+qwrt+plugh", "tema/correo", "correo-adjuntos", "reporte"):
        page.goto(f"{house.url}/ayuda/{path}")
        look(path)
    page.get_by_role("button", name="Enviar el reporte").click()
    expect(page.get_by_role("alert")).to_contain_text("Cuéntenos qué problema tiene")
    look("errors of the report")
    kept(page, house)
    look("kept report")
    page.goto(f"{house.elsewhere}/index.html")
    look("static page")
    context.close()
    assert {name: named for name, named in found.items() if named} == {}


def test_without_javascript_one_finds_votes_and_reports(browser: Browser, house: House) -> None:
    context = opened(browser, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{house.url}/ayuda/")
    expect(page.get_by_role("button", name="Preguntar en el chat")).to_be_hidden()
    page.get_by_label(BOX).fill("no puedo enviar un archivo adjunto")
    page.get_by_role("button", name="Buscar").click()
    page.locator("#results").get_by_role("link", name=re.compile("adjuntos")).first.click()
    page.get_by_role("button", name="No", exact=True).click()
    page.get_by_label(re.compile("¿Qué le faltó?")).fill("Sin JavaScript")
    page.get_by_role("button", name="Enviar comentario").click()
    expect(page.get_by_role("heading", name="Gracias por su comentario")).to_be_in_viewport()
    page.get_by_role("link", name="Enviar un ticket").click()
    expect(page.get_by_text("guardamos su reporte")).to_be_visible()
    kept(page, house)
    expect(page.get_by_text(re.compile("P-[A-Z0-9]{6}")).first).to_be_visible()
    context.close()
    [count] = [one for one in house.opinions.counts(datetime(2026, 1, 1, tzinfo=UTC)) if "Sin JavaScript" in one.comments]
    assert count.entry_id == "correo-adjuntos" and count.no == 1


def test_by_keyboard_answers_come_as_one_types_and_the_chat_goes_on_with_the_answer(browser: Browser, house: House) -> None:
    context = opened(browser, viewport=DESK)
    page, errors = context.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{house.url}/ayuda/")
    page.get_by_label(BOX).focus()
    page.keyboard.type("el adjunto no sale")
    answer = page.locator("#results").get_by_role("link").first
    expect(answer).to_have_text(re.compile("adjuntos"))
    expect(page.locator("#results-said")).to_have_text(re.compile(r"Hay (una|\d) respuesta"))
    expect(page.locator("#categories")).to_be_hidden()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("una receta de milanesas con papas")
    expect(page.get_by_role("heading", name="No encontramos una respuesta para eso")).to_be_visible()
    expect(page.locator("#results").get_by_role("button", name="Preguntar en el chat")).to_be_visible()

    def fails(route: Route) -> None:
        route.abort()

    page.route("**/ayuda/buscar**", fails)
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("el adjunto pesa")
    expect(page.get_by_role("heading", name="No pudimos buscar en este momento")).to_be_visible()
    expect(page.locator("#categories")).to_be_visible()
    page.unroute("**/ayuda/buscar**", fails)
    page.keyboard.type(" mucho")
    expect(answer).to_have_text(re.compile("adjuntos"))
    for _ in range(3):  # the box's own cross, the button, the first answer
        if page.evaluate("document.activeElement.closest('#results')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/ayuda/correo-adjuntos$"))

    # One click, and he stays where he reads.
    page.get_by_role("button", name="Sí", exact=True).click()
    expect(page.get_by_role("heading", name="Gracias por su respuesta")).to_be_visible()
    expect(page.locator("#opinion")).to_be_focused()
    expect(page).to_have_url(re.compile("/ayuda/correo-adjuntos$"))
    page.reload()
    page.get_by_role("button", name="Seguir en el chat").click()
    expect(page.get_by_role("log")).to_contain_text('/choose_entry{"topic": "correo-adjuntos"}')
    assert errors == [] and page.evaluate("broken") == []
    context.close()


def test_where_the_widget_does_not_come_the_file_of_another_host_says_where_to_turn(browser: Browser, house: House) -> None:
    context = opened(browser)
    for name, shown in (("page-up.html", 0), ("page-down.html", 1)):
        page = context.new_page()
        page.clock.install()
        page.goto(f"{house.elsewhere}/{name}")
        page.clock.run_for(10_000)
        box = page.locator("[data-mesa-fallback]")
        expect(box).to_have_count(shown)
        assert page.evaluate("broken.filter((directive) => directive !== 'script-src-elem' && directive !== 'connect-src')") == []
    expect(box.get_by_role("link", name="Facebook")).to_have_attribute("href", "https://www.facebook.com/CSIserver")
    expect(box.get_by_role("link", name="Twitter")).to_be_visible()
    assert faults(page) == []
    # It came after all.
    page.evaluate("customElements.define('mesa-de-ayuda', class extends HTMLElement {})")
    expect(box).to_have_count(0)
    context.close()


def test_a_kept_report_goes_through_the_log_in_to_a_ticket_without_javascript(browser: Browser, house: House) -> None:
    context = opened(browser, java_script_enabled=False)
    page = context.new_page()
    kept(page, house)
    house.desk.start()
    try:
        go_on = page.get_by_role("button", name="Ingresar y enviar el ticket")
        for _ in range(20):  # whether escalation is there is asked every two seconds
            if go_on.is_visible():
                break
            page.wait_for_timeout(500)
            page.get_by_role("link", name="Ver si ya volvió").click()
        looked_at(browser, page.url)
        go_on.click()
        page.get_by_label("E-mail").fill(CARLA)
        page.get_by_label("Contraseña").fill(PASSWORD)
        page.get_by_role("button", name="Ingresar").click()
        expect(page.get_by_label("¿Qué problema tiene?")).to_have_value("No salen los correos con fotos")
        page.get_by_role("button", name="Enviar el ticket").click()
        expect(page.get_by_role("status")).to_contain_text("Recibimos su ticket")
    finally:
        house.desk.stop()
        context.close()
    assert len(house.desk.tickets()) == 1


def looked_at(browser: Browser, url: str) -> None:
    """The page that asks who he is, with axe, which needs JavaScript; before and after he asked for a code."""
    context = opened(browser, color_scheme="dark")
    page = context.new_page()
    page.goto(url)
    assert faults(page) == []
    page.get_by_label("E-mail registrado").fill(CARLA)
    page.get_by_role("button", name="Enviarme un código").click()
    expect(page.get_by_label("Código de seis números")).to_be_visible()
    assert faults(page) == [] and page.evaluate("broken") == []
    context.close()
