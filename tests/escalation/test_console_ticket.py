"""One ticket's page: what is beside it, what can be inserted, and what happens to what was typed."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from escalation import create_app, tickets
from escalation.business_hours import BusinessHours
from escalation.customers import register_staff
from escalation.desk import answer_drafts, precedents, saved_replies, taking_back
from escalation.desk.taking_back import TAKE_BACK
from escalation.errors import InvalidReport, NotFound
from escalation.models import Customer, Role, Staff, Status, Ticket
from escalation.services import add_services
from escalation.settings import Settings
from escalation.tickets import Report
from tests.escalation.conftest import AREA_URL, NOW, PASSWORD, csrf, log_in
from tests.escalation.desk_helpers import answer, reported
from tests.escalation.test_business_hours import HOURS
from tests.ports import free_port

HOUR = timedelta(hours=1)
# Nothing here is asked of a database in a way that PostgreSQL might see otherwise; where it is, the test says so.
pytestmark = pytest.mark.parametrize("server_url", ["sqlite"], indirect=True)


def vector(*numbers: float) -> bytes:
    return np.array(numbers, "<f2").tobytes()


def solved(session: Session, customer: Customer, agent: Staff, text: str, packed: bytes, body: str) -> Ticket:
    report = Report("mail", {"description": text}, vector=packed)
    ticket, _ = tickets.open_ticket(session, customer, report, None, AREA_URL, NOW, HOURS)
    session.commit()
    answer(session, ticket, agent, body, Status.SOLVED, NOW + HOUR)
    return ticket


@pytest.fixture
def marta(session: Session) -> Staff:
    member = register_staff(session, "marta@csiserver.com", "Marta Quiroga", Role.ADMIN, PASSWORD)
    session.commit()
    return member


class Front:
    """The front door, which tells what it makes of a text, or fails."""

    def __init__(self) -> None:
        self.told: dict[str, Any] | None = {"verdict": "ask_back", "candidates": []}
        self.asked: list[str] = []
        app, port = Flask("front"), free_port()
        self.url = f"http://127.0.0.1:{port}"

        @app.post("/internal/understanding")
        def understanding() -> Any:
            self.asked.append(request.get_json()["text"])
            return self.told if self.told is not None else ("", 500)

        self.server = make_server("127.0.0.1", port, app)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def front() -> Iterator[Front]:
    made = Front()
    yield made
    made.server.shutdown()


@pytest.fixture
def client(settings: Settings, front: Front) -> FlaskClient:
    return create_app(replace(settings, front_url=front.url)).test_client()


def test_solved_tickets_about_the_same_come_with_their_last_answer_and_without_their_customers_data(
    session: Session, carla: Customer, bruno: Customer, agent: Staff
) -> None:
    add_services(session, bruno, ["estudioruiz.com"], [])
    near = solved(
        session, bruno, agent, "igual", vector(1, 0.1), "Hola Bruno: en estudioruiz.com suba el límite. Bruno@EstudioRuiz.com"
    )
    solved(session, bruno, agent, "distinto", vector(0, 1), "Otra cosa.")
    solved(session, bruno, agent, "de otro modelo", vector(1, 0, 0), "Otra medida.")
    unsolved = reported(session, bruno)
    unsolved.vector = vector(1, 0)
    session.commit()
    (found,) = precedents.alike(session, "mail", vector(1, 0), but=0)
    assert found.ticket is near and found.likeness == pytest.approx(0.995, abs=0.001)
    assert found.answer == "Hola […]: en […] suba el límite. […]"
    assert precedents.alike(session, "mail", vector(1, 0), but=near.id) == []
    assert precedents.alike(session, "site", vector(1, 0), but=0) == []


def test_beside_a_ticket_stand_answers_and_tickets_that_can_be_inserted(
    client: FlaskClient, front: Front, session: Session, carla: Customer, bruno: Customer, agent: Staff
) -> None:
    number = reported(session, carla, "no salen los adjuntos").number
    near = solved(session, bruno, agent, "igual", vector(1, 0.1), 'Use el "enlace" <b>').number
    log_in(client, "/consola/ingresar", agent.email)
    one = {"id": "a", "title": "Adjuntos <pesados>", "url": "https://ayuda.test/a", "probability": 0.41}
    front.told = {"verdict": "ask_back", "vector": base64.b64encode(vector(1, 0)).decode(), "candidates": [one]}
    page = client.get(f"/consola/tickets/{number}/parecidos").text
    assert front.asked == ["no salen los adjuntos"]
    assert "Adjuntos &lt;pesados&gt;" in page and "41 %" in page and "https://ayuda.test/a" in page
    assert near in page and 'data-inserts="Use el &#34;enlace&#34; &lt;b&gt;"' in page
    front.told = None
    page = client.get(f"/consola/tickets/{number}/parecidos").text
    assert "El asistente no contestó a tiempo" in page


def test_a_saved_reply_is_filled_in_for_the_ticket_and_shows_gaps_where_it_tells_nothing(
    session: Session, carla: Customer, agent: Staff, marta: Staff
) -> None:
    ticket = reported(session, carla, "no salen")
    body = "Hola {nombre} ({cliente}): {numero}, {asunto}, {sitio}, {promesa}. {agente}"
    reply = saved_replies.save(session, marta, "", " Saludo ", body, "mail", NOW)
    text = saved_replies.filled(reply, ticket, agent, NOW, BusinessHours())
    assert text.startswith(f"Hola Carla (Carla Medina): {ticket.number}, no salen, ___, ")
    assert " antes de las " in text and text.endswith("Agustín Pereyra")
    for title, body_, wrong in (
        ("", "x", {"title": "length"}),
        ("Saludo", "x", {"title": "used"}),
        ("Otro", "", {"body": "length"}),
        ("Otro", "{cliente} {nada} {clave}", {"body": "unknown clave, nada"}),
    ):
        with pytest.raises(InvalidReport) as refused:
            saved_replies.save(session, marta, "", title, body_, "", NOW)
        assert refused.value.fields == wrong
    saved_replies.save(session, marta, "", "Aaa", "de pagos", "payment", NOW)
    assert [one.title for one in saved_replies.all_of(session, "mail")] == ["Saludo", "Aaa"]
    saved_replies.remove(session, reply.id)
    with pytest.raises(NotFound):
        saved_replies.find(session, reply.id)


def test_administrators_write_saved_replies_and_agents_find_them(
    client: FlaskClient, session: Session, carla: Customer, agent: Staff, marta: Staff
) -> None:
    number = reported(session, carla).number
    agents_address = agent.email
    log_in(client, "/consola/ingresar", marta.email)
    token = csrf(client.get("/consola/respuestas/").text)
    wrong = client.post("/consola/respuestas/", data={"csrf_token": token, "title": "Saludo", "body": "{clave} que tipeó"})
    assert wrong.status_code == 422 and "No existe: {clave}." in wrong.text and "que tipeó</textarea>" in wrong.text
    client.post("/consola/respuestas/", data={"csrf_token": token, "title": "Saludo", "body": "Estimado {cliente}", "area": "mail"})
    reply_id = saved_replies.all_of(session)[0].id
    session.rollback()
    data = {"csrf_token": token, "id": reply_id, "title": "Saludo", "body": "Hola, {cliente}", "area": ""}
    assert "quedó guardada" in client.post("/consola/respuestas/", data=data, follow_redirects=True).text
    assert "Hola, {cliente}</textarea>" in client.get(f"/consola/respuestas/{reply_id}").text
    log_in(client, "/consola/ingresar", agents_address)
    assert client.get("/consola/respuestas/").status_code == 403
    assert 'data-inserts="Hola, Carla Medina"' in client.get(f"/consola/tickets/{number}/respuestas?q=SALU").text
    assert "Ninguna respuesta guardada tiene esas palabras." in client.get(f"/consola/tickets/{number}/respuestas?q=nada").text


def test_who_comes_second_is_shown_what_happened_and_keeps_all_that_he_typed(
    client: FlaskClient, session: Session, carla: Customer, agent: Staff, marta: Staff
) -> None:
    ticket = reported(session, carla)
    log_in(client, "/consola/ingresar", agent.email)
    page = client.get(f"/consola/tickets/{ticket.number}").text
    version, seen = ticket.version, page.split('name="seen" value="')[1].split('"')[0]
    answer(session, ticket, marta, "De Marta.", Status.OPEN)
    form = {"csrf_token": csrf(page), "version": version, "seen": seen, "body": "De Agustín.", "internal": "1", "status": "solved"}
    refused = client.post(f"/consola/tickets/{ticket.number}", data=form)
    assert refused.status_code == 409
    news = refused.text.split('role="alert"')[1].split("</div>")[0]
    assert "Mensaje (Marta Quiroga)" in news and "Abierto" not in news
    assert "De Agustín.</textarea>" in refused.text and 'value="solved" selected' in refused.text
    assert 'name="internal" value="1" data-key="i" data-then="texto" checked' in refused.text
    session.expire_all()
    kept = answer_drafts.of(session, ticket, agent)
    assert kept is not None and kept.body == "De Agustín." and kept.internal


def test_after_an_answer_the_next_ticket_of_the_list_opens_and_after_a_note_the_same(
    client: FlaskClient, session: Session, carla: Customer, agent: Staff
) -> None:
    first, second = (reported(session, carla, name, NOW + n * HOUR) for n, name in enumerate(("uno", "dos")))
    log_in(client, "/consola/ingresar", agent.email)

    def send(ticket: Ticket, **form: str) -> str:
        session.refresh(ticket)
        session.commit()
        path = f"/consola/tickets/{ticket.number}?cola=sin-asignar&orden=espera"
        data = {"csrf_token": csrf(client.get(path).text), "version": ticket.version, "body": "Va.", **form}
        return str(client.post(path, data=data).location)

    listed = "?cola=sin-asignar&orden=espera"
    assert send(first, internal="1") == f"/consola/tickets/{first.number}{listed}"
    assert send(first, stay="1", status="open") == f"/consola/tickets/{first.number}{listed}"
    assert send(second, then="solved") == f"/consola/tickets/{first.number}{listed}"
    assert send(first, then="waiting_on_customer") == f"/consola/{listed}"


def test_an_answer_can_be_taken_back_from_every_page_for_ten_seconds(session: Session, carla: Customer, agent: Staff) -> None:
    first, second = reported(session, carla), reported(session, carla)
    for n, ticket in enumerate((first, second)):
        answer(session, ticket, agent, "Va.", Status.WAITING, NOW + timedelta(seconds=n), hold=TAKE_BACK)
    held = taking_back.held_of(session, agent, NOW + timedelta(seconds=4))
    assert [(one.number, one.seconds) for one in held] == [(second.number, 7), (first.number, 6)]
    assert [one.number for one in taking_back.held_of(session, agent, NOW + TAKE_BACK)] == [second.number]
    assert taking_back.held_of(session, agent, NOW + 2 * TAKE_BACK) == []


def test_the_page_says_at_one_look_what_matters(client: FlaskClient, session: Session, carla: Customer, agent: Staff) -> None:
    said = [{"who": "customer", "text": "no sale <b>"}, {"who": "bot", "text": "¿Probó?"}]
    report = Report("mail", {"description": "no sale", "site": "panaderialola.com.ar"}, said, ["correo-adjuntos"])
    ticket, _ = tickets.open_ticket(session, carla, report, None, AREA_URL, NOW, HOURS)
    add_services(session, carla, ["panaderialola.com.ar"], [])
    other = reported(session, carla, "otro problema")
    log_in(client, "/consola/ingresar", agent.email)
    page = client.get(f"/consola/tickets/{ticket.number}").text
    for shown in ("venció hace", "Falta", "Mensaje de error", "correo-adjuntos", "no sale &lt;b&gt;", "panaderialola.com.ar"):
        assert shown in page, shown
    assert other.number in page
    part = client.get(f"/consola/tickets/{ticket.number}/hilo").text
    assert "<html" not in part and f'data-version="{ticket.version}"' in part
