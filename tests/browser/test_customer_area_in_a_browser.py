"""The Área de Clientes in a real browser against the real service: with and without JavaScript, on a phone, by keyboard, with axe.

The desk and the help centre listen on real sockets of their own; Rasa is not needed here. One walk each, few page loads.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect, sync_playwright
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from bot.channels.migrate import SCRIPTS as CHAT_SCRIPTS
from bot.channels.settings import Settings as FrontSettings
from escalation import addresses, create_app, recovery, tickets
from escalation.cli import SCRIPTS
from escalation.customers import register_customer, register_staff
from escalation.models import Customer, OutboxRow, Role, Staff, Status, Ticket
from escalation.services import add_services
from escalation.settings import Settings
from escalation.throttle import Origin
from escalation.tickets import Report, StaffUpdate
from tests.browser.test_the_road_in_a_browser import CHROMIUM_FLAGS
from tests.escalation.conftest import NOW, PASSWORD
from tests.pictures import PNG
from tests.ports import free_port
from webhook_app import create_app as create_front
from wire import linking
from wire.database import new_engine
from wire.migrations import upgrade

CARLA = "carla@panaderialola.com.ar"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
PICTURE: FilePayload = {"name": "captura.png", "mimeType": "image/png", "buffer": PNG}
GRAVE = {"serious", "critical"}
META = "https://www.facebook.com/messenger_platform/account_linking/"


class House(NamedTuple):
    """A desk with one customer, and her tickets: one that waits on her, one that is solved."""

    area: str
    database_url: str
    waiting: str
    solved: str
    rating: str
    recovery: str
    confirmation: str


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=shutil.which("chromium"), headless=True, args=CHROMIUM_FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder, desk_port, front_port = tmp_path_factory.mktemp("area"), free_port(), free_port()
    desk_url, front_url = f"http://127.0.0.1:{desk_port}", f"http://127.0.0.1:{front_port}"
    settings = Settings(
        database_url=f"sqlite:///{folder / 'desk.db'}",
        session_secret="session",
        service_token="service",
        conversation_secret="conversation",
        public_url=desk_url,
        widget_origins=(front_url,),
        mail_from="CSIserver Soporte <soporte@csiserver.com>",
        smtp_url="",
        mail_folder=folder / "mail",
        files_folder=folder / "files",
        front_public_url=front_url,
    )
    front = FrontSettings(
        chat_database_url=f"sqlite:///{folder / 'chat.db'}",
        conversation_secret="conversation",
        rasa_url="http://127.0.0.1:1",
        rasa_channel_secret="channel",
        escalation_url=desk_url,
        escalation_public_url=desk_url,
        front_public_url=front_url,
        service_token="service",
        files_folder=folder / "chat-files",
    )
    upgrade(settings.database_url, SCRIPTS)
    upgrade(front.chat_database_url, CHAT_SCRIPTS)
    filled = _fill(settings)
    servers = [
        make_server("127.0.0.1", port, app, threaded=True)
        for port, app in ((desk_port, create_app(settings)), (front_port, create_front(front)))
    ]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield filled
    for server in servers:
        server.shutdown()


def _fill(settings: Settings) -> House:
    engine = new_engine(settings.database_url)
    with Session(engine, expire_on_commit=False) as session:
        carla = register_customer(session, CARLA, "Carla Medina", PASSWORD, NOW)
        add_services(session, carla, ["panaderialola.com.ar"], ["ventas@panaderialola.com.ar"])
        agent = register_staff(session, "agustin@csiserver.com", "Agustín Pereyra", Role.AGENT, PASSWORD)
        session.flush()
        waiting = _answered(session, carla, agent, settings, "No me llegan los correos", "¿De qué dirección?", Status.WAITING)
        solved = _answered(session, carla, agent, settings, "Necesito la factura", "Ya está en su cuenta.", Status.SOLVED)
        now = datetime.now(UTC)
        recovery.send_link(session, CARLA, Origin("10.0.0.1", "session"), settings.area_url, now)
        addresses.ask_to_add(session, carla, "lola@gmail.com", settings.area_url, now)
        session.commit()
        bodies = [row.content["body"] for row in session.scalars(select(OutboxRow))]
    engine.dispose()
    links = [
        next(found.group() for body in bodies if (found := re.search(rf"http\S+/{way}/\S+", body)))
        for way in ("valorar", "recuperar", "confirmar")
    ]
    return House(settings.area_url, settings.database_url, waiting, solved, *links)


def _answered(session: Session, carla: Customer, agent: Staff, settings: Settings, subject: str, body: str, status: Status) -> str:
    report = Report(area="mail", fields={"description": subject, "since": "No lo sabe"})
    ticket, _ = tickets.open_ticket(session, carla, report, subject, settings.area_url, NOW)
    tickets.update_as_staff(session, ticket, agent, StaffUpdate(body, status, ticket.version), settings.area_url, NOW)
    return ticket.number


def opened(browser: Browser, **more: object) -> BrowserContext:
    context = browser.new_context(**{"viewport": PHONE, "locale": "es-AR", **more})  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    return context


def log_in(page: Page, house: House) -> None:
    page.goto(f"{house.area}ingresar")
    page.get_by_label("E-mail").fill(CARLA)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Ingresar").click()
    expect(page.get_by_role("heading", name="Mis tickets")).to_be_visible()


def newest_ticket(house: House) -> Ticket:
    engine = new_engine(house.database_url)
    with Session(engine) as session:
        ticket = session.scalars(select(Ticket).order_by(Ticket.id.desc()).limit(1)).one()
        _ = ticket.messages, ticket.attachments
        session.expunge_all()
    engine.dispose()
    return ticket


def faults(page: Page) -> list[str]:
    """What axe finds serious or critical, and whether the page is wider than the screen."""
    found = Axe().run(page).response["violations"]
    named = [f"{one['id']}: {one['nodes'][0]['html'][:150]}" for one in found if one["impact"] in GRAVE]
    return named + (["wider than the screen"] if page.evaluate("document.documentElement.scrollWidth > innerWidth") else [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_fault_on_a_phone_or_a_desk(browser: Browser, house: House, scheme: str) -> None:
    """Each page once in each theme and width; the errors of forms too."""
    public = [
        "ingresar",
        "recuperar",
        "recuperar/no-such",
        *(link.removeprefix(house.area) for link in (house.rating, house.recovery)),
    ]
    asked = {linking.PARAMETER: linking.issue("c-1", "conversation"), "account_linking_token": "x", "redirect_uri": META}
    public.append(f"..{linking.PATH}?{urlencode(asked)}")
    own = ["", "?estado=cerrados", "tickets/nuevo", f"tickets/{house.waiting}", f"tickets/{house.solved}", "tickets/MDA-NADA"]
    own += ["cuenta", *(f"cuenta/{name}" for name in ("contrasena", "sesiones", "direcciones", "datos", "direcciones/confirmar/x"))]
    own.append(house.confirmation.removeprefix(house.area))
    context = opened(browser, color_scheme=scheme)
    page, found = context.new_page(), {}

    def look(name: str) -> None:
        for size in (PHONE, DESK):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            found[f"{name} at {size['width']}"] = faults(page)

    for path in public:
        page.goto(house.area + path)
        look(path)
    log_in(page, house)
    for path in own:
        page.goto(house.area + path)
        look(path)
    page.goto(f"{house.area}tickets/nuevo")
    page.get_by_role("button", name="Enviar el ticket").click()
    look("errors of the new ticket")
    context.close()
    assert {name: named for name, named in found.items() if named} == {}


def test_without_javascript_all_that_a_customer_needs_is_done_on_a_phone(browser: Browser, house: House) -> None:
    context = opened(browser, java_script_enabled=False, accept_downloads=True)
    page = context.new_page()
    log_in(page, house)
    page.get_by_role("link", name="Nuevo ticket").first.click()
    # All fields in a sensible order; those of other services can be left alone.
    expect(page.get_by_label("¿Desde qué programa de correo?")).to_be_visible()
    page.get_by_role("button", name="Enviar el ticket").click()
    expect(page.get_by_role("alert")).to_contain_text("Cuéntenos qué problema tiene")
    page.get_by_role("link", name="Problema").click()
    expect(page.get_by_label("¿Qué problema tiene?")).to_be_in_viewport()
    page.get_by_label("Sitio web", exact=True).check()
    page.get_by_label("¿Qué problema tiene?").fill("El sitio no abre desde ayer")
    page.get_by_label("¿Qué sitio web o qué cuenta").fill("panaderialola.com.ar")
    page.get_by_label("Adjuntar archivos").set_input_files(PICTURE)
    page.get_by_role("button", name="Enviar el ticket").click()
    expect(page.get_by_role("status")).to_contain_text("Recibimos su ticket")
    expect(page.get_by_role("region", name="Datos del ticket")).to_contain_text("captura.png")
    with page.expect_download() as download:
        page.get_by_role("link", name="captura.png").click()
    assert Path(download.value.path()).read_bytes() == PICTURE["buffer"]
    page.get_by_label("Agregar un mensaje").fill("Ahora tampoco abre el panel.")
    page.get_by_role("button", name="Enviar mensaje").click()
    expect(page.get_by_text("Ahora tampoco abre el panel.")).to_be_visible()
    page.get_by_role("button", name="Ya se resolvió").click()
    page.get_by_role("button", name="Más o menos").click()
    page.get_by_label("¿Quiere agregar algo?").fill("Tardó.")
    page.get_by_role("button", name="Guardar el comentario").click()
    expect(page.get_by_role("button", name="Más o menos")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Sigue sin funcionar").click()
    expect(page.get_by_text("En curso", exact=True)).to_be_visible()
    page.get_by_role("link", name="Mi cuenta").click()
    page.get_by_role("link", name="Sus datos").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Descargar mis datos").click()
    assert Path(download.value.path()).read_bytes().startswith(b"PK")
    context.close()


def test_with_javascript_only_what_applies_is_asked_and_answers_are_offered(browser: Browser, house: House) -> None:
    context = opened(browser)
    page, errors = context.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    log_in(page, house)
    foreign: set[str] = set()
    page.on("request", lambda request: foreign.add(request.url.split("/")[2]))
    page.goto(f"{house.area}tickets/nuevo")
    program = page.get_by_label("¿Desde qué programa de correo?")
    expect(program).to_be_hidden()
    page.get_by_label("Correo", exact=True).check()
    expect(program).to_be_visible()
    page.get_by_label("Pagos y facturas").check()
    expect(page.get_by_label("¿Qué mensaje de error aparece?")).to_be_hidden()
    page.get_by_label("Correo", exact=True).check()
    program.fill("Outlook")
    page.get_by_label("Sitio web", exact=True).check()
    # What he wrote stays in sight, though a site has no mail program.
    expect(program).to_be_visible()
    page.get_by_label("Siempre", exact=True).check()
    expect(page.get_by_label("¿En qué situaciones?")).to_be_hidden()
    page.get_by_label("Sólo en ciertos casos").check()
    expect(page.get_by_label("¿En qué situaciones?")).to_be_visible()

    page.get_by_label("¿Qué problema tiene?").press_sequentially("no puedo enviar un adjunto muy pesado")
    answer = page.get_by_role("region", name="Respuestas que pueden servirle").get_by_role("link").first
    expect(answer).to_have_text(re.compile("adjuntos"))
    expect(answer).to_have_attribute("href", re.compile("/ayuda/correo-adjuntos$"))
    assert faults(page) == []
    large: FilePayload = {"name": "video.mp4", "mimeType": "video/mp4", "buffer": b"x" * (10 * 2**20 + 1)}
    page.get_by_label("Adjuntar archivos").set_input_files(large)
    expect(page.get_by_role("alert")).to_contain_text("supera los 10 MB")
    page.get_by_role("button", name="Enviar el ticket").click()
    expect(page).to_have_url(re.compile("/tickets/nuevo$"))
    page.get_by_label("Adjuntar archivos").set_input_files([])

    # A reload, as after a lost connection, loses nothing; sending it twice in a row opens one ticket.
    page.reload()
    expect(page.get_by_label("¿Qué problema tiene?")).to_have_value("no puedo enviar un adjunto muy pesado")
    expect(page.get_by_label("Sitio web", exact=True)).to_be_checked()
    expect(page.get_by_label("Sólo en ciertos casos")).to_be_checked()
    page.get_by_role("button", name="Enviar el ticket").dblclick()
    expect(page.get_by_role("region", name="Datos del ticket")).to_contain_text("no puedo enviar un adjunto muy pesado")
    ticket = newest_ticket(house)
    assert page.url.endswith(ticket.number)
    page.goto(f"{house.area}tickets/nuevo")
    expect(page.get_by_label("¿Qué problema tiene?")).to_have_value("")
    page.goto(house.area)
    expect(page.get_by_role("link", name="no puedo enviar un adjunto muy pesado")).to_have_count(1)
    assert errors == [] and len(foreign) == 2
    context.close()


def test_the_keyboard_alone_leads_from_the_log_in_to_an_answer(browser: Browser, house: House) -> None:
    context = opened(browser, viewport=DESK)
    page = context.new_page()
    page.goto(f"{house.area}tickets/{house.waiting}")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type(CARLA)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Soporte necesita algo de usted")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Ir al contenido")).to_be_focused()
    expect(page.get_by_role("link", name="Ir al contenido")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Responder ahora")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Agregar un mensaje")).to_be_focused()
    page.keyboard.type("De ventas@proveedor.com.ar.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Enviar mensaje")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("De ventas@proveedor.com.ar.")).to_be_visible()
    expect(page.get_by_text("En curso", exact=True)).to_be_visible()
    context.close()


def test_the_link_in_the_mail_rates_with_a_click_and_no_log_in(browser: Browser, house: House) -> None:
    context = opened(browser, java_script_enabled=False)
    page = context.new_page()
    page.goto(house.rating)
    assert faults_without_script(page) == []
    page.get_by_role("button", name="Sí, me sirvió").click()
    expect(page.get_by_role("heading", name="¡Gracias por su opinión!")).to_be_visible()
    context.close()


def faults_without_script(page: Page) -> list[str]:
    """Axe is a script itself: here only what can be seen from outside."""
    return [] if page.get_by_role("heading", level=1).count() == 1 else ["no heading"]
