"""An administrator's first day in a real browser, and a colleague who reads English; axe on each page, in both themes.

One desk on a real socket; the walk goes on from test to test within it, so that each page is made ready once.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect, sync_playwright
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from escalation import audit, create_app, tickets
from escalation.audit import Wanted
from escalation.cli import SCRIPTS
from escalation.customers import register_customer, register_staff
from escalation.models import Customer, Role, Status, Ticket
from escalation.settings import Settings
from escalation.tickets import Report, StaffUpdate
from tests.browser.test_customer_area_in_a_browser import GRAVE
from tests.browser.test_the_road_in_a_browser import CHROMIUM_FLAGS
from tests.escalation.conftest import PASSWORD
from tests.ports import free_port
from wire.database import new_engine
from wire.migrations import upgrade

ADMIN, AGENT = "adriana@csiserver.com", "agustin@csiserver.com"
WIDTHS = (1440, 390)
BAD_LINES = """Nombre;E-mail;Dominios
Ñandú S.A.;info@nandu.com.ar;nandu.com.ar
Sin arroba;no es una dirección;
Repetida;info@nandu.com.ar;
"""
FILE: FilePayload = {"name": "clientes.csv", "mimeType": "text/csv", "buffer": BAD_LINES.encode("cp1252")}
# Where pictures of the pages go, for whoever wants to look at them.
PICTURES = os.environ.get("CONSOLE_PICTURES")


class Desk(NamedTuple):
    """Where the console is, its database, and the number of a ticket."""

    url: str
    database_url: str
    number: str

    def __call__(self, path: str = "") -> str:
        return f"{self.url}/consola/{path}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=shutil.which("chromium"), headless=True, args=CHROMIUM_FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder, port = tmp_path_factory.mktemp("console"), free_port()
    settings = Settings(
        database_url=f"sqlite:///{folder / 'desk.db'}",
        session_secret="session",
        service_token="service",
        conversation_secret="conversation",
        public_url=f"http://127.0.0.1:{port}",
        widget_origins=(),
        mail_from="CSIserver Soporte <soporte@csiserver.com>",
        smtp_url="",
        mail_folder=folder / "mail",
        files_folder=folder / "files",
    )
    upgrade(settings.database_url, SCRIPTS)
    number = _fill(settings)
    server = make_server("127.0.0.1", port, create_app(settings), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Desk(settings.public_url, settings.database_url, number)
    server.shutdown()


def _fill(settings: Settings) -> str:
    engine, now = new_engine(settings.database_url), datetime.now(UTC)
    with Session(engine, expire_on_commit=False) as session, session.begin():
        carla = register_customer(session, "carla@panaderialola.com.ar", "Carla Medina", PASSWORD, now)
        agent = register_staff(session, AGENT, "Agustín Pereyra", Role.AGENT, PASSWORD)
        register_staff(session, ADMIN, "Adriana Sosa", Role.ADMIN, PASSWORD)
        session.flush()
        made = [
            tickets.open_ticket(session, carla, Report("mail", {"description": f"No me llegan los correos {n}"}), None, "", now)[0]
            for n in (1, 2)
        ]
        tickets.update_as_staff(session, made[0], agent, StaffUpdate("Listo.", Status.SOLVED, made[0].version), "", now)
        number = made[1].number
    engine.dispose()
    return number


@pytest.fixture(scope="module")
def boss(browser: Browser, desk: Desk) -> Iterator[Page]:
    """The administrator's browser; what a page complains about in its console is an error."""
    context = opened(browser)
    page = context.new_page()
    log_in(page, desk, ADMIN)
    yield page
    context.close()


def opened(browser: Browser, **more: object) -> BrowserContext:
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": 900}, locale="es-AR", **more)  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    return context


def log_in(page: Page, desk: Desk, email: str, password: str = PASSWORD) -> None:
    page.goto(desk("ingresar"))
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Contraseña").fill(password)
    page.get_by_role("button", name="Ingresar").click()


def faults(page: Page, name: str) -> list[str]:
    """What axe finds serious or critical in either theme and width, and whether the page is wider than the screen."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if PICTURES:
                page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}-{scheme}.png"), full_page=True)
            grave = [one for one in Axe().run(page).response["violations"] if one["impact"] in GRAVE]
            found += [f"{name} {scheme} {width}: {one['id']}: {one['nodes'][0]['html'][:150]}" for one in grave]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{name} {scheme} {width}: wider than the screen")
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.emulate_media(color_scheme="light")
    return found


def test_customers_are_imported_and_bad_lines_are_told(boss: Page, desk: Desk) -> None:
    boss.goto(desk("clientes/"))
    assert faults(boss, "clients") == []
    boss.get_by_role("link", name="Importar de un CSV").click()
    assert faults(boss, "import") == []
    boss.get_by_label("Archivo CSV").set_input_files([FILE])
    boss.get_by_role("button", name="Revisar el archivo").click()
    expect(boss.get_by_text("1 línea se puede registrar.")).to_be_visible()
    expect(boss.get_by_role("row", name=re.compile("^3 no es una dirección"))).to_be_visible()
    expect(boss.get_by_role("row", name=re.compile("^4 la dirección está dos veces"))).to_be_visible()
    assert faults(boss, "import-look") == []
    boss.get_by_role("button", name="Registrar 1 cliente").click()
    expect(boss.get_by_text("Se registraron 1 clientes.")).to_be_visible()
    boss.get_by_role("link", name="Ñandú S.A.").click()
    expect(boss.get_by_text("info@nandu.com.ar")).to_be_visible()
    assert faults(boss, "client") == []


def test_staff_is_added_and_everybody_has_to_have_a_second_factor(browser: Browser, boss: Page, desk: Desk) -> None:
    boss.goto(desk("personal/"))
    assert faults(boss, "staff") == []
    boss.get_by_label("Nombre").fill("Nadia Vera")
    boss.get_by_label("E-mail").fill("nadia@csiserver.com")
    boss.get_by_role("button", name="Agregar", exact=True).click()
    password = boss.locator("#initial-password").inner_text()
    assert faults(boss, "initial-password") == []
    boss.goto(desk("personal/"))
    boss.get_by_role("button", name="Exigirlo a todos").click()
    expect(boss.get_by_text("Active primero su propio segundo factor.")).to_be_visible()
    _enrol(boss, "second-factor")
    boss.goto(desk("personal/"))
    boss.get_by_role("button", name="Exigirlo a todos").click()
    expect(boss.get_by_text("Hoy todo el personal lo necesita")).to_be_visible()
    context = opened(browser)
    hers = context.new_page()
    log_in(hers, desk, "nadia@csiserver.com", password)
    hers.goto(desk("clientes/"))
    expect(hers.get_by_text("Su administrador pide un segundo factor")).to_be_visible()
    secret = _enrol(hers)
    hers.get_by_role("button", name="Salir").click()
    log_in(hers, desk, "nadia@csiserver.com", password)
    expect(hers.get_by_role("heading", name="Segundo factor")).to_be_visible()
    assert faults(hers, "second-step") == []
    # The code of now was used a moment ago; the next one is taken as well.
    hers.get_by_role("textbox", name="Código").fill(pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30)))
    hers.get_by_role("button", name="Ingresar").click()
    expect(hers.get_by_role("button", name="Salir")).to_be_visible()
    context.close()


def _enrol(page: Page, name: str = "") -> str:
    page.get_by_role("button", name="Activar el segundo factor").click()
    secret = page.locator("code").inner_text()
    assert page.locator(".qr svg path").count() >= 1
    if name:
        assert faults(page, name) == []
    page.get_by_role("textbox", name="Código").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Activar", exact=True).click()
    expect(page.locator(".codes li")).to_have_count(10)
    if name:
        assert faults(page, "recovery-codes") == []
    page.get_by_role("link", name="Ya los guardé").click()
    return secret


def test_an_incident_is_declared_told_and_closed(boss: Page, desk: Desk) -> None:
    boss.goto(desk("incidentes/"))
    expect(boss.get_by_text("Nada está caído.")).to_be_visible()
    assert faults(boss, "incidents") == []
    boss.get_by_role("link", name="Declarar un incidente").first.click()
    assert faults(boss, "declare") == []
    boss.get_by_label("Título").fill("Correo lento en mail3")
    boss.get_by_label("Texto para los clientes").fill("Estamos trabajando; volvemos a las 15.")
    boss.get_by_label("Correo", exact=True).check()
    boss.get_by_label("Tickets que son por esto").fill(desk.number)
    boss.get_by_role("button", name="Declarar", exact=True).click()
    expect(boss.get_by_text("Incidente declarado.")).to_be_visible()
    assert faults(boss, "incident") == []
    boss.get_by_label("Mensaje").fill("Ya funciona todo de nuevo.")
    boss.get_by_role("button", name="Enviar y cerrar el incidente").click()
    expect(boss.get_by_text("Enviado a 1.")).to_be_visible()
    expect(boss.get_by_text("✓ Terminado")).to_be_visible()
    engine = new_engine(desk.database_url)
    with Session(engine) as session:
        assert session.scalar(select(Ticket.status).where(Ticket.number == desk.number)) == Status.SOLVED
        assert session.scalar(select(Customer.name).where(Customer.name == "Ñandú S.A."))
        kinds = {entry.kind for entry in audit.rows(session, Wanted())}
    engine.dispose()
    assert kinds >= {audit.CUSTOMERS_IMPORTED, audit.STAFF_ADDED, audit.SETTING_CHANGED, audit.INCIDENT_CLOSED, audit.FACTOR_ON}


def test_the_numbers_are_read_and_their_pictures_are_drawn_under_the_strict_policy(boss: Page, desk: Desk) -> None:
    said: list[str] = []
    boss.on("console", lambda message: said.append(message.text))
    boss.goto(desk("numeros/"))
    tile = boss.locator(".tile", has_text="Entraron")
    expect(tile.locator("strong")).to_have_text("2")
    for picture in boss.locator(".charts img").all():
        picture.scroll_into_view_if_needed()
        boss.wait_for_function("picture => picture.complete && picture.naturalWidth > 0", arg=picture.element_handle())
    boss.get_by_text("Ver los valores").first.click()
    assert faults(boss, "numbers") == []
    assert [text for text in said if "Content Security Policy" in text] == []
    with boss.expect_download() as taken:
        boss.get_by_role("link", name=re.compile("CSV.*entran y salen")).click()
    assert taken.value.suggested_filename.startswith("entradas-")


def test_the_audit_log_and_the_own_account_are_read(boss: Page, desk: Desk) -> None:
    for path, name in (("auditoria/", "audit"), ("auditoria/?kind=attachment_read", "audit-empty"), ("mi-cuenta/", "account")):
        boss.goto(desk(path))
        assert faults(boss, name) == []
    boss.goto(desk("clientes/?q=carla"))
    boss.get_by_role("link", name="Carla Medina").click()
    boss.get_by_role("link", name="Unir a otro cliente…").click()
    boss.get_by_label("Buscar al que queda").fill("nandu")
    boss.get_by_role("main").get_by_role("button", name="Buscar").click()
    boss.get_by_role("link", name="Ñandú S.A.").click()
    assert faults(boss, "merge") == []


def test_a_colleague_who_reads_english_finds_everything_in_english(boss: Page, desk: Desk) -> None:
    boss.goto(desk("mi-cuenta/"))
    boss.get_by_label("Idioma de la consola").select_option("English")
    boss.get_by_role("main").get_by_role("button", name="Guardar").click()
    expect(boss.get_by_text("Saved.")).to_be_visible()
    rooms = boss.get_by_role("navigation", name="Main").get_by_role("link").all_inner_texts()
    assert {"Mail", "Customers", "Incidents", "Numbers", "Staff"} <= set(rooms)
    for path, heading in (
        ("clientes/", "Customers"),
        ("incidentes/declarar", "Declare an incident"),
        ("numeros/", "Numbers"),
        ("personal/", "Staff"),
        ("auditoria/", "Audit log"),
    ):
        boss.goto(desk(path))
        expect(boss.get_by_role("heading", name=heading, level=1)).to_be_visible()
        assert boss.locator("html").get_attribute("lang") == "en"
    boss.goto(desk("numeros/"))
    expect(boss.locator(".tile", has_text="Came in").locator("strong")).to_have_text("2")
