"""A customer follows his tickets without leaving the chat: on SQLite and on PostgreSQL."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from escalation import bonds, customer_tickets, tickets
from escalation.customer_tickets import CUSTOMER_MAY, LIST_LENGTH, REOPENED_WITHIN
from escalation.errors import NotAllowed
from escalation.models import Customer, OutboxRow, Staff, Status, TicketMessage
from escalation.tickets import TRANSITIONS, StaffUpdate
from tests.escalation.conftest import AREA_URL, NOW, log_in, service
from tests.escalation.test_tickets import MAIL_REPORT, kinds, opened

PATH = "/api/v1/conversations/c-1/tickets"


@pytest.fixture
def number(session: Session, carla: Customer) -> str:
    """Of Carla's ticket; the conversation c-1 is hers."""
    ticket = opened(session, carla)
    bonds.bind(session, "c-1", carla, timedelta(hours=1), datetime.now(UTC))
    session.commit()
    return ticket.number


def write(client: FlaskClient, number: str, key: str = "k", body: str = "Agrego un dato."):  # type: ignore[no-untyped-def]
    return client.post(f"{PATH}/{number}/messages", json={"body": body}, headers={**service(), "Idempotency-Key": key})


def test_his_open_tickets_come_newest_first_and_at_most_ten(session: Session, carla: Customer, bruno: Customer) -> None:
    opened(session, bruno, "other")
    for index in range(LIST_LENGTH + 2):
        tickets.open_ticket(session, carla, MAIL_REPORT, f"k-{index}", AREA_URL, NOW + timedelta(minutes=index))
    newest = customer_tickets.unfinished(session, carla, NOW)
    assert [ticket.idempotency_key for ticket in newest] == [f"k-{index}" for index in range(LIST_LENGTH + 1, 1, -1)]
    newest[0].status, newest[0].updated_at = Status.SOLVED, NOW - REOPENED_WITHIN - timedelta(days=1)
    newest[1].status = Status.CLOSED
    session.flush()
    assert customer_tickets.unfinished(session, carla, NOW)[0].idempotency_key == f"k-{LIST_LENGTH - 1}"


def test_the_last_news_is_the_newest_message_that_is_not_internal(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = opened(session, carla)
    assert customer_tickets.last_news(ticket, NOW) is None
    for body, internal in (("Lo estamos viendo. " + "x" * 300, False), ("Ojo con este cliente.", True)):
        tickets.update_as_staff(session, ticket, agent, StaffUpdate(body, Status.NEW, ticket.version, internal), AREA_URL, NOW)
        session.commit()
        session.refresh(ticket)
    assert customer_tickets.last_news(ticket, NOW).body.startswith("Lo estamos viendo.")


@pytest.mark.parametrize("old", list(Status))
@pytest.mark.parametrize("new", [Status.SOLVED, Status.OPEN])
def test_a_customer_makes_only_the_changes_of_his_table(session: Session, carla: Customer, old: Status, new: Status) -> None:
    ticket = opened(session, carla)
    ticket.status = old
    session.flush()
    if old == new:
        customer_tickets.change(session, ticket, new, NOW)
        assert kinds(ticket, session) == [("opened", None, "new")]
    elif old in CUSTOMER_MAY[new]:
        customer_tickets.change(session, ticket, new, NOW)
        session.commit()
        assert kinds(ticket, session)[-1] == ("status", old, new)
        assert (ticket.events[-1].author, ticket.events[-1].author_id) == ("customer", carla.id)
    else:
        with pytest.raises(NotAllowed):
            customer_tickets.change(session, ticket, new, NOW)


def test_what_a_customer_may_the_table_of_all_changes_has_too() -> None:
    assert all(new in TRANSITIONS[old] for new, before in CUSTOMER_MAY.items() for old in before)


def test_staff_learn_that_the_customer_solved_or_reopened(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = opened(session, carla)
    for status in (Status.SOLVED, Status.OPEN):
        customer_tickets.change(session, ticket, status, NOW)
    session.commit()
    subjects = [row.content["subject"] for row in session.query(OutboxRow) if row.recipient == agent.email]
    assert sum("resuelto" in subject for subject in subjects) == 1 and sum("reabrió" in subject for subject in subjects) == 1


def test_the_list_says_what_a_customer_wants_to_know(client: FlaskClient, number: str) -> None:
    write(client, number, body="y" * 300)
    (line,) = client.get(PATH, headers=service()).json["tickets"]
    assert line["number"] == number
    assert (line["status"], line["status_name"]) == ("new", "Nuevo")
    assert line["link"] == f"http://desk.test/area-clientes/tickets/{number}"
    assert (line["last_news"]["author"], line["last_news"]["text"]) == ("customer", "y" * 200)
    assert line["promised"] and line["promised_at"]


def test_a_message_is_written_once_per_key(client: FlaskClient, session: Session, number: str) -> None:
    first, second, other = write(client, number), write(client, number), write(client, number, "k-2")
    assert [answer.status_code for answer in (first, second, other)] == [201, 200, 201]
    assert first.json["message"] == second.json["message"]
    assert session.query(TicketMessage).count() == 2


def test_two_at_once_with_one_key_write_one_message(app: Flask, session: Session, number: str) -> None:
    statuses: list[int] = []
    barrier = threading.Barrier(4)

    def submit() -> None:
        barrier.wait()
        statuses.append(write(app.test_client(), number).status_code)

    threads = [threading.Thread(target=submit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 3 + [201]
    assert session.query(TicketMessage).count() == 1


@pytest.mark.parametrize(("key", "body", "status"), [("", "x", 400), ("k" * 101, "x", 400), ("k", "", 400), ("k", " \x00", 422)])
def test_a_message_that_cannot_be_taken_is_refused(client: FlaskClient, number: str, key: str, body: str, status: int) -> None:
    assert write(client, number, key, body).status_code == status


def test_solving_and_reopening_go_through_and_say_the_new_state(client: FlaskClient, session: Session, number: str) -> None:
    for verb, name in (("solve", "Resuelto"), ("solve", "Resuelto"), ("reopen", "En curso")):
        answer = client.post(f"{PATH}/{number}/{verb}", headers=service())
        assert (answer.status_code, answer.json["status_name"]) == (200, name)
    ticket = tickets.find(session, number)
    ticket.status = Status.CLOSED
    session.commit()
    refused = client.post(f"{PATH}/{number}/solve", headers=service())
    assert (refused.status_code, refused.json["code"]) == (409, "not_allowed")


def test_others_tickets_are_not_found_and_without_a_log_in_nothing_is(
    client: FlaskClient, session: Session, number: str, bruno: Customer
) -> None:
    bonds.bind(session, "c-2", bruno, timedelta(hours=1), datetime.now(UTC))
    session.commit()
    for conversation_id, status in (("c-2", 404), ("c-3", 403)):
        path = f"/api/v1/conversations/{conversation_id}/tickets/{number}"
        headers = {**service(), "Idempotency-Key": "k"}
        assert client.post(f"{path}/messages", json={"body": "hola"}, headers=headers).status_code == status
        for verb in ("solve", "reopen"):
            assert client.post(f"{path}/{verb}", headers=service()).status_code == status
    assert client.get("/api/v1/conversations/c-2/tickets", headers=service()).json == {"tickets": []}
    assert client.get("/api/v1/conversations/c-3/tickets", headers=service()).status_code == 403


def test_the_promised_time_is_shown_wherever_the_ticket_is(
    client: FlaskClient, session: Session, number: str, agent: Staff
) -> None:
    ticket = tickets.find(session, number)
    ticket.promised_at, ticket.promise_basis = datetime(2026, 11, 24, 17, 30, tzinfo=UTC), {"tickets": 40, "share": 0.9}
    key = ticket.idempotency_key
    session.commit()
    assert client.get(PATH, headers=service()).json["tickets"][0]["promised_at"] == "2026-11-24T17:30:00+00:00"
    body = {"conversation_id": "c-1", "area": "mail", "fields": {"description": "x"}}
    told = client.post("/api/v1/tickets", json=body, headers={**service(), "Idempotency-Key": key})
    assert told.json["promised_at"] == "2026-11-24T17:30:00+00:00"
    log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar")
    log_in(client, "/consola/ingresar", agent.email)
    # Said as "el martes 24 …", and with an apology once it has passed: the day depends on the clock.
    assert "antes de las 14:30" in client.get(f"/area-clientes/tickets/{number}").text
    assert re.search(r"faltan|venció hace", client.get("/consola/").text)
    assert "antes de las 14:30" in client.get(f"/consola/tickets/{number}").text
