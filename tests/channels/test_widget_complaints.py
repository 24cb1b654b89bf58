"""What users of other widgets complain about, one test a complaint; the numbers are those of the collected threads.

Complaint 14 (bot over person), 22 and 26 (tickets, forms) are of the dialogue: ``tests/conversations``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Route, expect

from bot.channels.store import Store
from tests.channels import host_page
from tests.channels.conftest import Visitor
from tests.channels.stand_ins import FakeEscalation, FakeRasa
from tests.channels.widget_pages import OPEN, context_of, conversation_of, launched, lines, opened, write
from wire.database import new_engine

STORED = "[localStorage.length, sessionStorage.length, document.cookie]"
# What a script that does not mind its manners leaves in a page.
TRACES = """() => [Object.keys(window).length - window.before, untouched === [Object, Array, String, Promise, Element, HTMLElement,
    Node, Event].map((one) => Object.getOwnPropertyNames(one.prototype).length).join(),
  document.styleSheets.length, document.adoptedStyleSheets.length, document.body.children.length]"""
LAUNCHER = "document.querySelector('mesa-de-ayuda').shadowRoot.querySelector('.launch')"
COVERED = """() => [...Array(100).keys()].filter((at) => document.elementFromPoint((at % 10) * innerWidth / 10 + 5,
  Math.floor(at / 10) * innerHeight / 10 + 5).localName === "mesa-de-ayuda").length"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as started:
        yield started


def store_of(tmp_path: Path) -> Store:
    return Store(new_engine(f"sqlite:///{tmp_path / 'chat.db'}"))


def test_complaint_12_messages_come_out_of_order_or_doubled(browser: Browser, front: str, rasa: FakeRasa) -> None:
    with context_of(browser) as context:
        page = opened(context.new_page(), front)
        lost: list[str] = []

        def arrives_but_the_answer_is_lost(route: Route) -> None:
            body = json.loads(route.request.post_data or "{}")
            if body.get("text") == "uno" and not lost:
                lost.append(body["id"])
                route.fetch()
                route.abort()
            else:
                route.continue_()

        page.route("**/widget/messages", arrives_but_the_answer_is_lost)
        box = page.get_by_role("textbox", name="Escriba su consulta")
        for text in ("uno", "dos", "tres"):
            box.fill(text)
            box.press("Enter")
        expect(page.get_by_role("log")).to_contain_text("Eco: tres")
        page.wait_for_timeout(1500)
        said = lines(page)
        assert sorted(said) == sorted(["Eco: /greet", "uno", "dos", "tres", "Eco: uno", "Eco: dos", "Eco: tres"])
        assert [turn["message"] for turn in rasa.turns] == ["/greet", "uno", "dos", "tres"] and lost
        expect(page.get_by_text("Enviado ✓")).to_have_count(3)
        page.reload()
        page.get_by_role("button", name=OPEN).click()
        expect(page.get_by_text("Eco: tres")).to_be_visible()
        assert lines(page).index("uno") < lines(page).index("dos") < lines(page).index("tres")


def test_complaint_15_the_conversation_is_lost_on_reload_in_a_second_tab_and_on_another_device(
    browser: Browser, front: str, rasa: FakeRasa, desk: FakeEscalation
) -> None:
    rasa.says["mis tickets"] = [{"text": "Escriba el código."}, {"custom": {"card": "code"}}]
    with context_of(browser) as laptop, context_of(browser) as phone:
        first = opened(laptop.new_page(), front)
        write(first, "no puedo enviar mails")
        first.reload()
        first.get_by_role("button", name=OPEN).click()
        expect(first.get_by_text("Eco: no puedo enviar mails")).to_be_visible()
        tab = laptop.new_page()
        tab.goto(front)
        tab.get_by_role("button", name=OPEN).click()
        expect(tab.get_by_text("Eco: no puedo enviar mails")).to_be_visible()
        write(tab, "desde la otra pestaña")
        first.bring_to_front()
        expect(first.get_by_text("Eco: desde la otra pestaña")).to_be_visible()

        # As the link does that the copy by mail has.
        page = phone.new_page()
        page.goto(f"{front}/#mesa-de-ayuda")
        expect(page.get_by_role("log")).to_contain_text("Eco: /greet")
        write(page, "mis tickets")
        expect(page.get_by_role("log")).to_contain_text("Escriba el código.")
        desk.elsewhere[conversation_of(page)] = [conversation_of(first)]
        write(page, "123 456")
        expect(page.get_by_text("Eco: no puedo enviar mails")).to_be_visible()
        page.get_by_role("button", name="Seguir esa conversación aquí").click()
        expect(page.get_by_text("Escriba el código.")).to_have_count(0)
        write(page, "desde el teléfono")
        expect(first.get_by_text("Eco: desde el teléfono")).to_be_visible()
        assert conversation_of(page) == conversation_of(first)


def test_complaint_16_the_widget_breaks_the_page_or_is_blocked_by_its_policy(
    browser: Browser, front: str, desk: FakeEscalation, rasa: FakeRasa
) -> None:
    rasa.says["ingresar"] = [
        {"text": "Ingrese.", "buttons": [{"title": "Ya", "payload": "/logged_in"}]},
        {"custom": {"card": "login"}},
    ]
    attributes = 'data-lang="en" data-color="#7a1f5c" data-theme="light"'
    with host_page.served(front, desk.url, attributes=attributes) as url, context_of(browser) as context:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(url)
        launcher = page.get_by_role("button", name="Open the help desk")
        expect(launcher).to_be_visible()
        # window.before, touched and untouched are the page's own; so are its sheet, main and scripts.
        clean = [3, True, 1, 0, 3]
        assert page.evaluate(TRACES) == clean
        # Only the button itself lies over the page.
        assert page.evaluate(COVERED) <= 2
        look = page.evaluate(f"(({{fontSize, direction, backgroundColor, color}}) => [fontSize, direction, backgroundColor, color])"
                             f"(getComputedStyle({LAUNCHER}))")  # fmt: skip
        assert look == ["16px", "ltr", "rgb(122, 31, 92)", "rgb(255, 255, 255)"]
        launcher.click()
        expect(page.get_by_role("log")).to_contain_text("Eco: /greet")
        box = page.get_by_role("textbox", name="Write your question")
        box.fill("hola")
        box.press("Enter")
        expect(page.get_by_text("Sent ✓")).to_be_visible()
        page.route("**/conversation-login", lambda route: route.fulfill(status=204, headers={"Access-Control-Allow-Origin": "*"}))
        box.fill("ingresar")
        box.press("Enter")
        page.get_by_label("Registered e-mail").fill("ana@sudominio.com.ar")
        page.get_by_label("Password").fill("una clave larga")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_text("Eco: /logged_in")).to_be_visible()
        panel = page.get_by_role("dialog").bounding_box()
        assert panel is not None and panel["width"] > 350 and panel["x"] + panel["width"] <= 1100
        assert page.evaluate(TRACES) == clean
        assert page.locator("main button").evaluate("(one) => getComputedStyle(one).color") == "rgb(1, 2, 3)"
        assert page.evaluate("touched") == [] and errors == []


def test_complaint_17_something_is_stored_before_the_customer_said_anything(browser: Browser, front: str) -> None:
    with context_of(browser) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url.removeprefix(front)))
        page.goto(front)
        expect(page.get_by_role("button", name=OPEN)).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert [url for url in asked if "widget" in url] == ["/widget.js"]
        page.get_by_role("button", name=OPEN).click()
        expect(page.get_by_role("log")).to_contain_text("Eco: /greet")
        assert page.evaluate(STORED) == [0, 0, ""] and context.cookies() == []
        write(page, "hola")
        expect(page.get_by_text("Enviado ✓")).to_be_visible()
        assert page.evaluate(STORED) == [1, 0, ""] and context.cookies() == []


def test_complaint_19_nothing_is_said_when_it_is_offline_or_its_back_end_is_down(
    browser: Browser, front: str, rasa: FakeRasa
) -> None:
    with context_of(browser) as context:
        page = context.new_page()
        page.clock.install()
        page.route("**/widget/code/**", lambda route: route.abort())
        page.goto(front)
        page.get_by_role("button", name=OPEN).click()
        down = page.get_by_role("alert")
        expect(down.get_by_role("link", name="Facebook")).to_have_attribute("href", "https://www.facebook.com/CSIserver")
        expect(down.get_by_role("link", name="Twitter")).to_be_visible()
        page.unroute("**/widget/code/**")
        page.clock.run_for(5_000)
        expect(page.get_by_role("log")).to_contain_text("Eco: /greet")
        expect(down).to_have_count(0)

        context.set_offline(True)
        trouble = page.locator(".trouble")
        expect(trouble).to_contain_text("No hay conexión")
        assert page.evaluate("document.querySelector('mesa-de-ayuda').shadowRoot.innerHTML").count("tel:") == 0
        write(page, "no me anda el mail")
        expect(page.get_by_text("Sin enviar")).to_be_visible()
        expect(trouble.get_by_role("searchbox")).to_be_hidden()
        context.set_offline(False)
        expect(page.get_by_text("Eco: no me anda el mail")).to_be_visible()
        expect(trouble).to_be_hidden()

        rasa.mode = "fails"
        write(page, "¿hay alguien?")
        expect(trouble).to_contain_text("el asistente no está disponible")
        expect(page.get_by_text("Recibido; falta la respuesta")).to_be_visible()
        trouble.get_by_role("searchbox").fill("no puedo mandar correos")
        page.clock.run_for(300)
        expect(trouble.get_by_role("listitem").first).to_be_visible()
        assert "/ayuda/correo-" in (trouble.get_by_role("listitem").first.get_by_role("link").get_attribute("href") or "")
        rasa.mode = "well"
        page.clock.run_for(11_000)
        expect(page.get_by_text("Eco: ¿hay alguien?")).to_be_visible()
        expect(trouble).to_be_hidden()
        assert [turn["message"] for turn in rasa.turns].count("no me anda el mail") == 1


def test_complaint_19_what_could_not_be_sent_survives_a_reload_of_the_tab(browser: Browser, front: str, rasa: FakeRasa) -> None:
    with context_of(browser) as context:
        page = opened(context.new_page(), front)
        write(page, "hola")
        page.route("**/widget/messages", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
        write(page, "mi sitio da error 500")
        expect(page.get_by_text("Sin enviar")).to_be_visible()
        page.unroute("**/widget/messages")
        page.reload()
        page.get_by_role("button", name=OPEN).click()
        expect(page.get_by_text("Eco: mi sitio da error 500")).to_be_visible()
        assert [turn["message"] for turn in rasa.turns] == ["/greet", "hola", "mi sitio da error 500"]
        page.wait_for_function("sessionStorage.length === 0")


def test_complaint_24_people_paste_passwords(visitor: Visitor) -> None:
    told = visitor.write("mi clave es Perro.2024!x", "m-1")
    assert "Oculté la contraseña" in told["replies"][0]["text"] and "Perro" not in json.dumps(told)


def test_complaint_27_a_typed_intent_is_obeyed(client: FlaskClient, rasa: FakeRasa, visitor: Visitor) -> None:
    visitor.write("/restart", "m-1")
    assert rasa.turns[-1]["message"] == "restart"
    body = {"id": "m-2", "payload": "/restart"}
    assert client.post("/widget/messages", json=body, headers=visitor.headers).status_code == 400


def test_staff_answers_while_it_is_closed_are_counted_and_heard_only_where_sound_was_wanted(
    browser: Browser, front: str, tmp_path: Path
) -> None:
    with context_of(browser) as context:
        context.add_init_script("window.tones = 0; const Real = AudioContext; window.AudioContext = class extends Real {"
                                " createOscillator() { window.tones++; return super.createOscillator(); } };")  # fmt: skip
        page = context.new_page()
        page.clock.install()
        opened(page, front)
        write(page, "hola")
        expect(page.get_by_text("Eco: hola")).to_be_visible()
        page.get_by_role("button", name="Cerrar").click()
        store = store_of(tmp_path)
        store.note(conversation_of(page), "k-1", "staff", "Ya funciona.", {"author_name": "Agustín"})
        page.clock.run_for(61_000)
        launcher = page.get_by_role("button", name=f"{OPEN} 1 sin leer")
        expect(launcher).to_be_visible()
        assert page.evaluate("tones") == 0
        launcher.click()
        expect(page.get_by_text("Agustín · Soporte")).to_be_visible()
        page.get_by_role("button", name="Opciones").click()
        page.get_by_role("button", name="Activar sonido").click()
        page.get_by_role("button", name="Cerrar").click()
        expect(page.get_by_role("button", name=OPEN, exact=True)).to_be_visible()
        store.tell(conversation_of(page), "El estado de su ticket es ahora: Resuelto.")
        before = page.evaluate("tones")
        page.clock.run_for(61_000)
        expect(launcher).to_be_visible()
        assert page.evaluate("tones") > before
        page.reload()
        expect(launcher).to_be_visible()
