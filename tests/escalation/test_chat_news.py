"""News of a ticket for the chat that it came from, and what staff see of a channel that does not work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from escalation import bonds, chat_news, outbox, tickets
from escalation.chat_transport import FrontDoor
from escalation.delivery import deliver_next
from escalation.desk import taking_back
from escalation.models import Customer, OutboxRow, Staff, Status, Ticket
from escalation.settings import Settings
from escalation.worker import run
from tests.escalation.conftest import AREA_URL, log_in, service
from tests.ports import free_port

# The worker asks the real clock: what is due must lie in its past.
NOW = datetime.now(UTC) - timedelta(minutes=5)


class Front:
    """The front door's route, answering with ``status``."""

    def __init__(self) -> None:
        self.port, self.status = free_port(), 201
        self.told: list[dict[str, Any]] = []
        app = Flask("front")

        @app.post("/internal/news")
        def news() -> tuple[Any, int]:
            if request.headers.get("Authorization") != "Bearer service":
                return "", 401
            self.told.append(request.get_json())
            return jsonify(status="x"), self.status

        self._server = make_server("127.0.0.1", self.port, app, threaded=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def front() -> Iterator[Front]:
    standing = Front()
    yield standing
    standing.stop()


@pytest.fixture
def ticket(session: Session, carla: Customer) -> Ticket:
    report = tickets.Report(area="mail", fields={"description": "No salen los correos"}, conversation_id="c-1")
    made, _ = tickets.open_ticket(session, carla, report, "k", AREA_URL, NOW)
    session.commit()
    return made


def answer(
    session: Session, ticket: Ticket, agent: Staff, body: str = "Ya funciona.", status: Status = Status.OPEN, **more: Any
) -> None:
    update = tickets.StaffUpdate(body=body, status=status, version=ticket.version, **more)
    tickets.update_as_staff(session, ticket, agent, update, AREA_URL, NOW)
    session.commit()


def chats(session: Session) -> list[OutboxRow]:
    session.expire_all()
    return list(session.scalars(select(OutboxRow).where(OutboxRow.channel == chat_news.CHAT).order_by(OutboxRow.id)))


def work(engine: Engine, front: Front) -> None:
    while deliver_next(engine, chat_news.CHAT, FrontDoor(front.url, "service").deliver):
        pass
    while deliver_next(engine, outbox.MAIL, lambda row: None):
        pass


def test_what_staff_answer_goes_to_the_chat_whole_where_its_customer_is_logged_in(
    session: Session, engine: Engine, ticket: Ticket, agent: Staff, carla: Customer, front: Front
) -> None:
    bonds.bind(session, "c-1", carla, timedelta(hours=1), NOW)
    answer(session, ticket, agent)
    work(engine, front)
    (told,) = front.told
    assert (told["conversation_id"], told["author"], told["author_name"]) == ("c-1", "staff", "Agustín Pereyra")
    assert "Ya funciona." in told["text"] and ticket.number in told["text"] and f"tickets/{ticket.number}" in told["text"]
    assert len(told["key"]) <= 60


def test_where_nobody_or_somebody_else_is_logged_in_the_chat_learns_only_that_there_is_an_answer(
    session: Session, engine: Engine, ticket: Ticket, agent: Staff, bruno: Customer, front: Front
) -> None:
    answer(session, ticket, agent)
    bonds.bind(session, "c-1", bruno, timedelta(hours=1), NOW)
    answer(session, ticket, agent, "Otra cosa más.")
    work(engine, front)
    assert [told["author"] for told in front.told] == ["bot", "bot"]
    assert "funciona" not in str(front.told) and "Otra cosa" not in str(front.told) and ticket.number in front.told[0]["text"]


def test_a_change_of_status_is_told_and_a_note_among_staff_is_not(session: Session, ticket: Ticket, agent: Staff) -> None:
    answer(session, ticket, agent, "solo entre nosotros", internal=True)
    assert chats(session) == []
    answer(session, ticket, agent, "", Status.SOLVED)
    (row,) = chats(session)
    assert "Resuelto" in row.content["body"] and row.content["author"] == "bot"


def test_a_ticket_that_came_from_no_chat_has_only_mail(session: Session, carla: Customer, agent: Staff) -> None:
    report = tickets.Report(area="mail", fields={"description": "No salen los correos"})
    made, _ = tickets.open_ticket(session, carla, report, "k2", AREA_URL, NOW)
    answer(session, made, agent)
    assert chats(session) == []


def test_the_mail_leaves_in_any_case(session: Session, engine: Engine, ticket: Ticket, agent: Staff, front: Front) -> None:
    answer(session, ticket, agent)
    front.status = 409
    work(engine, front)
    states = {row.key: row.state for row in session.scalars(select(OutboxRow)) if "message-" in row.key}
    assert set(states.values()) == {outbox.SENT} and len(states) == 2


@pytest.mark.parametrize(("status", "state"), [(201, outbox.SENT), (200, outbox.SENT), (409, outbox.SENT), (404, outbox.SENT)])
def test_what_the_front_door_cannot_tell_is_over(
    session: Session, engine: Engine, ticket: Ticket, agent: Staff, front: Front, status: int, state: str
) -> None:
    front.status = status
    answer(session, ticket, agent)
    work(engine, front)
    (row,) = chats(session)
    # What it said is in the ticket; the outbox needs it no more.
    assert (row.state, row.content["body"]) == (state, "")


@pytest.mark.parametrize(("status", "state"), [(500, outbox.PENDING), (503, outbox.PENDING), (400, outbox.DEAD)])
def test_a_front_door_that_is_unwell_is_asked_again(
    session: Session, engine: Engine, ticket: Ticket, agent: Staff, front: Front, status: int, state: str
) -> None:
    front.status = status
    answer(session, ticket, agent)
    work(engine, front)
    assert [row.state for row in chats(session)] == [state]


def test_a_front_door_that_is_away_is_asked_again(session: Session, engine: Engine, ticket: Ticket, agent: Staff) -> None:
    answer(session, ticket, agent)
    while deliver_next(engine, chat_news.CHAT, FrontDoor(f"http://127.0.0.1:{free_port()}", "service").deliver):
        pass
    assert [row.state for row in chats(session)] == [outbox.PENDING]


def test_the_worker_takes_both_ways_out(session: Session, settings: Settings, ticket: Ticket, agent: Staff, front: Front) -> None:
    answer(session, ticket, agent)
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(replace(settings, front_url=front.url), stop))
    thread.start()
    for _ in range(100):
        if front.told and list(settings.mail_folder.glob("message-*.eml")):
            break
        threading.Event().wait(0.1)
    stop.set()
    thread.join(10)
    assert len(front.told) == 1 and list(settings.mail_folder.glob("message-*.eml"))
    assert not list(settings.mail_folder.glob("chat-*"))


ALARM = {"kind": "token", "detail": "400 code 190 subcode 460", "since": 1764158400.0}


def test_an_alarm_of_a_channel_stands_in_the_console_until_it_is_over(client: FlaskClient, agent: Staff) -> None:
    log_in(client, "/consola/ingresar", agent.email)
    path = "/api/v1/alarms/messenger"
    for _ in range(2):
        assert client.put(path, json=ALARM, headers=service()).status_code == 204
    page = client.get("/consola/").text
    assert page.count('role="alert"') == 1 and "Meta rechaza la clave" in page and "26/11/2025" in page
    client.put(path, json={**ALARM, "kind": "<b>new</b>"}, headers=service())
    assert "no funciona (messenger)" in client.get("/consola/").text
    for _ in range(2):
        assert client.delete(path, headers=service()).status_code == 204
    assert 'role="alert"' not in client.get("/consola/").text


def test_customers_see_nothing_of_it(client: FlaskClient, carla: Customer) -> None:
    client.put("/api/v1/alarms/messenger", json=ALARM, headers=service())
    log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar")
    assert "Meta" not in client.get("/area-clientes/").text


@pytest.mark.parametrize("body", [{}, {"kind": ""}, {**ALARM, "since": "ayer"}, {**ALARM, "since": -1}, {**ALARM, "since": 1e18}])
def test_an_alarm_of_another_shape_is_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    assert client.put("/api/v1/alarms/messenger", json=body, headers=service()).status_code == 400


def test_an_answer_that_is_taken_back_is_not_told_in_the_chat_either(session: Session, ticket: Ticket, agent: Staff) -> None:
    update = tickets.StaffUpdate("Reinicie todo.", Status.OPEN, ticket.version, hold=timedelta(seconds=10))
    message = tickets.update_as_staff(session, ticket, agent, update, AREA_URL, NOW)
    assert [row.due_at for row in chats(session)] == [NOW + timedelta(seconds=10)]
    taking_back.take_back(session, message, agent, NOW + timedelta(seconds=5), tickets.USUAL_HOURS)
    assert chats(session) == []
