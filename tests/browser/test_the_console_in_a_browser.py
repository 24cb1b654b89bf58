"""The console in a real browser against the real service: an agent's hour, two agents at one ticket, news across two browsers."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from escalation.models import Status, Ticket
from tests.browser import console_desk
from tests.browser.console_desk import ADMIN, AGENT, OTHER, Desk, Walker
from tests.browser.test_the_road_in_a_browser import CHROMIUM_FLAGS
from tests.escalation.conftest import PASSWORD
from wire.database import for_reading, new_engine

GRAVE = {"serious", "critical"}
PAGE_BYTES_MAX = 150_000
WIDTHS = (1440, 1024, 390)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=shutil.which("chromium"), headless=True, args=CHROMIUM_FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made, app = console_desk.made(tmp_path_factory.mktemp("console"), 40)
    server = make_server("127.0.0.1", urlsplit(made.url).port or 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()


Enter = Callable[..., Walker]


@pytest.fixture
def enter(browser: Browser, desk: Desk) -> Iterator[Enter]:
    """Somebody of staff comes in with a browser of his own; no page may raise an error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def come(email: str = AGENT, **more: object) -> Walker:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "locale": "es-AR", **more})  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
        return Walker(page, desk, email)

    yield come
    for context in contexts:
        context.close()
    assert errors == []


def look_up(desk: Desk, number: str) -> Ticket:
    engine = new_engine(desk.database_url)
    with Session(for_reading(engine)) as session:
        ticket = session.scalars(select(Ticket).where(Ticket.number == number)).one()
        _ = ticket.messages, ticket.tags, ticket.assignee
        session.expunge_all()
    engine.dispose()
    return ticket


def number_of(page: Page) -> str:
    return re.search(r"MDA-\w{6}", page.url).group()  # type: ignore[union-attr]


def test_from_the_log_in_to_the_first_answer_are_four_actions_of_the_keyboard_and_the_next_ticket_opens(
    enter: Enter, desk: Desk
) -> None:
    agent = enter()
    page = agent.page
    page.goto(f"{desk.url}/consola/ingresar")
    page.get_by_label("E-mail").fill(AGENT)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.keyboard.press("Enter")  # first: he logs in
    expect(page.get_by_role("heading", name="Para atender")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("j")
    page.keyboard.press("Enter")  # second: he opens the ticket at the top
    expect(page.get_by_role("region", name="Datos del ticket")).to_be_visible()
    first = number_of(page)
    page.wait_for_load_state()
    page.keyboard.press("r")
    page.keyboard.type("Estamos viéndolo.")  # third: he writes
    page.keyboard.press("Control+Enter")  # fourth: he sends
    expect(page.get_by_text("Enviado.")).to_be_visible()
    assert number_of(page) != first
    assert [message.body for message in look_up(desk, first).messages][-1] == "Estamos viéndolo."


def test_an_answer_is_taken_back_from_the_page_that_follows_and_is_a_draft_again(enter: Enter, desk: Desk) -> None:
    agent = enter()
    page = agent.open("/consola/?cola=sin-asignar")
    page.locator("[data-row] a[data-open]").nth(2).click()
    number = number_of(page)
    page.get_by_role("textbox", name="Respuesta").fill("Esto no era para usted.")
    page.get_by_role("button", name="Enviar y resolver").click()
    expect(page.get_by_text(f"Su respuesta a {number} sale en unos segundos.")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_text("La respuesta no se envió")).to_be_visible()
    assert number_of(page) == number
    expect(page.get_by_role("textbox", name="Respuesta")).to_have_value("Esto no era para usted.")
    ticket = look_up(desk, number)
    assert ticket.status == Status.NEW and ticket.messages == []
    # Another device shows the same draft.
    other = enter().open(f"/consola/tickets/{number}")
    expect(other.get_by_role("textbox", name="Respuesta")).to_have_value("Esto no era para usted.")


def test_what_is_typed_is_kept_on_the_server_without_being_sent(enter: Enter, desk: Desk) -> None:
    number = desk.numbers[5]
    page = enter().open(f"/consola/tickets/{number}")
    page.get_by_role("textbox", name="Respuesta").press_sequentially("Estimado")
    expect(page.get_by_text("Borrador guardado")).to_be_visible()
    page.close()
    again = enter().open(f"/consola/tickets/{number}")
    expect(again.get_by_role("textbox", name="Respuesta")).to_have_value("Estimado")
    assert look_up(desk, number).messages == []


def test_two_agents_at_one_ticket_see_each_other_and_the_second_loses_nothing(enter: Enter, desk: Desk) -> None:
    number = desk.numbers[6]
    path = f"/consola/tickets/{number}"
    agustin, beatriz = enter(AGENT).open(path), enter(OTHER).open(path)
    beatriz.get_by_role("textbox", name="Respuesta").press_sequentially("De Beatriz.")
    expect(beatriz.get_by_text("Agustín Pereyra tiene este ticket abierto")).to_be_visible(timeout=20_000)
    agustin.get_by_role("textbox", name="Respuesta").fill("De Agustín.")
    agustin.get_by_label("Quedarme en este ticket").check()
    agustin.get_by_role("button", name="Enviar", exact=True).click()
    expect(agustin.get_by_text("Enviado.")).to_be_visible()
    # It comes to her by itself, and her form says that something is new.
    expect(beatriz.locator("#hilo").get_by_text("De Agustín.")).to_be_visible(timeout=20_000)
    expect(beatriz.get_by_text("El ticket cambió mientras usted escribe")).to_be_visible()
    beatriz.get_by_role("button", name="Enviar", exact=True).click()
    expect(beatriz.get_by_role("alert")).to_contain_text("Otra persona cambió este ticket")
    expect(beatriz.get_by_role("alert")).to_contain_text("Mensaje (Agustín Pereyra)")
    expect(beatriz.get_by_role("textbox", name="Respuesta")).to_have_value("De Beatriz.")
    beatriz.get_by_role("button", name="Enviar", exact=True).click()
    expect(beatriz.get_by_text("Enviado.")).to_be_visible()
    assert [message.body for message in look_up(desk, number).messages] == ["De Agustín.", "De Beatriz."]


def test_a_list_changes_in_another_browser_without_a_reload_but_not_under_somebodys_marks(enter: Enter, desk: Desk) -> None:
    watching, working = enter(OTHER).open("/consola/?cola=sin-asignar"), enter(AGENT).open("/consola/?cola=sin-asignar")
    row = working.locator("[data-row]").last
    number = re.search(r"MDA-\w{6}", row.inner_text()).group()  # type: ignore[union-attr]
    expect(watching.get_by_text(number)).to_be_visible()
    row.get_by_role("checkbox").check()
    working.get_by_role("button", name="Asignar", exact=True).click()
    expect(working.get_by_text(f"Hecho en 1: {number}.")).to_be_visible()
    expect(watching.get_by_text(number)).to_have_count(0, timeout=20_000)
    watching.locator("[data-row]").first.get_by_role("checkbox").check()
    other = working.locator("[data-row]").last
    other.get_by_role("checkbox").check()
    working.get_by_role("button", name="Asignar", exact=True).click()
    expect(watching.get_by_text("Hay novedades en esta lista.")).to_be_visible(timeout=20_000)
    expect(watching.locator("[data-row]").first.get_by_role("checkbox")).to_be_checked()
    watching.get_by_role("button", name="Actualizar").click()
    expect(watching.get_by_text("Hay novedades en esta lista.")).to_be_hidden()


def test_an_agents_hour_by_mouse_and_by_keyboard(enter: Enter, desk: Desk) -> None:
    page = enter(OTHER).open("/consola/?cola=para-atender&orden=promesa")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Atajos de teclado")).to_be_visible()
    page.keyboard.press("Escape")
    done: list[str] = []
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/**")
    for turn in range(20):
        number = number_of(page)
        done.append(number)
        if turn % 3 == 0:
            page.keyboard.press("s")
            search = page.get_by_role("dialog", name="Respuestas guardadas").get_by_label("Buscar")
            search.fill("saludo")
            expect(page.locator("#encontradas [data-inserts]")).to_have_count(1)
            search.press("Enter")
            expect(page.get_by_role("textbox", name="Respuesta")).to_have_value(re.compile(f"ticket {number}"))
            page.get_by_role("button", name="Enviar y esperar al cliente").click()
        elif turn % 3 == 1:
            page.get_by_role("button", name=re.compile("Insertar «No se puede enviar")).click()
            expect(page.get_by_role("textbox", name="Respuesta")).to_have_value(re.compile("https://ayuda"))
            page.keyboard.press("Control+Enter")
        else:
            page.keyboard.press("t")
            expect(page.get_by_text("Responsable: Beatriz Luna", exact=True)).to_be_visible()
            page.keyboard.press("i")
            page.keyboard.type("Pregunté al proveedor.")
            page.keyboard.press("Control+Enter")
            expect(page.locator(".card.note").get_by_text("Pregunté al proveedor.")).to_be_visible()
            page.get_by_role("textbox", name="Respuesta").fill("Quedó solucionado.")
            page.get_by_role("button", name="Enviar y resolver").click()
        expect(page.get_by_text("Enviado.")).to_be_visible()
        page.wait_for_url(lambda url, number=number: number not in url)
    assert len(set(done)) == 20
    statuses = {look_up(desk, number).status for number in done}
    assert statuses == {Status.WAITING, Status.NEW, Status.SOLVED}

    page.keyboard.press("u")
    for action, value in (("Prioridad", "Urgente"), ("Estado", "Cerrado")):
        page.locator("[data-row]").nth(0).get_by_role("checkbox").check()
        page.locator("[data-row]").nth(1).get_by_role("checkbox").check()
        field = page.get_by_role("group", name="Con los marcados").get_by_label(action)
        field.select_option(label=value)
        page.get_by_role("button", name="Poner" if action == "Prioridad" else "Cambiar").click()
        expect(page.get_by_text("Hecho en 2:")).to_be_visible()
    page.get_by_text("Filtrar y ordenar").click()
    page.locator(".filters select[name=area]").select_option(label="Correo")
    page.get_by_role("button", name="Aplicar").click()
    page.get_by_label("Guardar esta lista como vista").fill("Sólo correo")
    page.get_by_role("button", name="Guardar vista").click()
    expect(page.get_by_role("navigation", name="Colas").get_by_role("link", name="Sólo correo")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("presupuesto")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Quiero enviar un presupuesto")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_fault_is_too_wide_or_too_heavy(enter: Enter, desk: Desk, scheme: str) -> None:
    walker = enter(ADMIN, color_scheme=scheme)
    walker.log_in()
    # Each page as it comes to a browser that was never here.
    network = walker.page.context.new_cdp_session(walker.page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    # By address: what the page before had still to load, or a list that news renew, is no weight of this one.
    addresses: dict[str, str] = {}
    bytes_of: dict[str, float] = {}
    network.on("Network.requestWillBeSent", lambda told: addresses.update({told["requestId"]: told["request"]["url"]}))
    network.on(
        "Network.loadingFinished", lambda told: bytes_of.update({addresses.get(told["requestId"], ""): told["encodedDataLength"]})
    )
    found: dict[str, list[str]] = {}
    for name, path in desk.pages().items():
        bytes_of.clear()
        page = walker.open(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        if name == "ticket":
            expect(page.get_by_text("Tickets resueltos")).to_be_visible()
            for folded in page.locator("details").all():
                folded.evaluate("one => { one.open = true }")
        named = [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in _axe(page) if one["impact"] in GRAVE]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                named.append(f"wider than {width}")
        if not 0 < sum(bytes_of.values()) <= PAGE_BYTES_MAX:
            named.append(f"{sum(bytes_of.values())} bytes")
        found[name] = named
    assert {name: named for name, named in found.items() if named} == {}


def _axe(page: Page) -> list[dict[str, object]]:
    return Axe().run(page).response["violations"]  # type: ignore[no-any-return]


def test_with_the_shortcuts_off_no_letter_does_anything(enter: Enter, desk: Desk) -> None:
    page = enter().open("/consola/")
    page.get_by_role("button", name="Atajos").click()
    page.get_by_label("Usar los atajos de una sola tecla").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.matches('a[data-open]')") is False


def test_a_part_that_cannot_be_loaded_says_so_and_can_be_asked_for_again(enter: Enter, desk: Desk) -> None:
    walker = enter()
    walker.log_in()
    walker.page.route("**/parecidos", lambda route: route.abort())
    page = walker.open(f"/consola/tickets/{desk.rich}")
    expect(page.get_by_role("alert")).to_contain_text("No se pudo cargar")
    walker.page.unroute("**/parecidos")
    page.get_by_role("button", name="Probar de nuevo").click()
    expect(page.get_by_role("button", name=re.compile("Insertar «No se puede enviar"))).to_be_visible()
