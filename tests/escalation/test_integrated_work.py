"""What a program does with a ticket beyond writing: what staff set on it, and by whose hours it is reckoned."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from escalation import api_tokens, attachments, create_app, file_store, ratings
from escalation.api_tokens import Scope
from escalation.business_hours import BusinessHours
from escalation.desk import merging
from escalation.integration_models import FileScan
from escalation.models import Customer, Staff, Status, Ticket
from escalation.settings import Settings
from tests.escalation.conftest import AREA_URL, NOW
from tests.escalation.desk_helpers import act, answer, events, reported
from tests.escalation.test_business_hours import HOURS


@pytest.fixture
def program(session: Session, agent: Staff) -> dict[str, str]:
    _, secret = api_tokens.issue(session, "CRM", agent, Scope, NOW)
    session.commit()
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def ticket(session: Session, carla: Customer) -> Ticket:
    return reported(session, carla)


def test_what_staff_set_on_a_ticket_is_changed_and_told(
    client: FlaskClient, session: Session, program: dict[str, str], ticket: Ticket, agent: Staff
) -> None:
    path = f"/api/v1/tickets/{ticket.number}"
    change = {"priority": "urgent", "tags": ["Outlook 365", "adjuntos"], "assignee": agent.email, "status": "open", "version": 1}
    told = client.patch(path, json=change, headers=program).json
    assert (told["priority"], told["tags"], told["assignee"]) == ("urgent", ["adjuntos", "outlook-365"], agent.email)
    assert told["status"] == "open" and told["version"] > 1 and told["merged_into"] is None
    (line,) = client.get("/api/v1/tickets", headers=program).json["tickets"]
    assert line == {name: told[name] for name in line}
    kinds = [kind for kind, _, _ in events(session, ticket, "priority", "tag", "assignee", "status")]
    assert kinds == ["priority", "tag", "tag", "assignee", "status"]
    session.rollback()
    assert client.patch(path, json={"assignee": None, "tags": []}, headers=program).json["assignee"] is None


def test_what_cannot_be_set_says_why_and_changes_nothing(
    client: FlaskClient, session: Session, program: dict[str, str], ticket: Ticket
) -> None:
    path = f"/api/v1/tickets/{ticket.number}"
    for change, status in (
        ({}, 400),
        ({"version": 1}, 400),
        ({"priority": "now"}, 400),
        ({"assignee": "nadie@csiserver.com", "priority": "high"}, 422),
        ({"tags": ["<b>"], "priority": "high"}, 422),
        ({"subject": " ", "priority": "high"}, 422),
        ({"priority": "high", "version": 99}, 409),
        ({"priority": "high", "status": "new"}, 409 if ticket.status != Status.NEW else 200),
    ):
        assert client.patch(path, json=change, headers=program).status_code == status, change
    answer = client.get(path, headers=program).json
    assert (answer["priority"], answer["tags"], answer["assignee"]) == ("high", [], None)


def test_a_merged_ticket_says_where_it_went_and_a_whole_one_what_the_customer_saw_and_thinks(
    client: FlaskClient, session: Session, program: dict[str, str], ticket: Ticket, carla: Customer, agent: Staff
) -> None:
    other = reported(session, carla, "sigue sin salir")
    other.shown_entries = ["correo-adjuntos"]
    merging.merge(session, ticket, other, act(agent, ticket), AREA_URL, HOURS)
    answer(session, other, agent, "Listo.", Status.SOLVED)
    ratings.rate(session, other, "good", "rápido", datetime.now(UTC))
    session.commit()
    listed = {one["number"]: one["merged_into"] for one in client.get("/api/v1/tickets", headers=program).json["tickets"]}
    assert listed == {ticket.number: other.number, other.number: None}
    whole = client.get(f"/api/v1/tickets/{ticket.number}", headers=program).json
    assert whole["number"] == other.number and whole["shown_entries"] == ["correo-adjuntos"]
    assert whole["rating"] == {"score": "good", "comment": "rápido"}


def test_what_a_program_files_is_promised_by_the_hours_of_the_house(
    settings: Settings, session: Session, program: dict[str, str], ticket: Ticket, agent: Staff
) -> None:
    # A desk that works at night alone: no promise of ours can lie by day.
    night = BusinessHours(opens=time(1), closes=time(3), weekdays=frozenset(range(7)))
    client = create_app(replace(settings, business_hours=night)).test_client()
    answer(session, ticket, agent, "¿Desde cuándo?", Status.SOLVED)
    path = f"/api/v1/tickets/{ticket.number}"
    said = {"author": "customer", "body": "Por teléfono dice que sigue igual."}
    client.post(f"{path}/messages", json=said, headers={**program, "Idempotency-Key": "k-1"})
    promises = [client.get(path, headers=program).json["promised_at"]]
    client.post(f"{path}/messages", json={"body": "Lo vemos."}, headers={**program, "Idempotency-Key": "k-2"})
    promises.append(client.get(path, headers=program).json["promised_at"])
    for status in ("solved", "open"):
        client.patch(path, json={"status": status}, headers=program)
    promises.append(client.get(path, headers=program).json["promised_at"])
    for promised in promises:
        assert night.local(datetime.fromisoformat(promised)).hour in (1, 2, 3), promises


def test_a_program_fetches_a_file_of_a_ticket_once_the_scanner_passed_it(
    settings: Settings, session: Session, program: dict[str, str], ticket: Ticket
) -> None:
    stored = file_store.store(settings.files_folder, io.BytesIO(b"550 5.7.1"), "rebote.txt")
    attachments.add_to_report(session, [stored], ticket)
    session.commit()
    client = create_app(settings).test_client()
    (file,) = client.get(f"/api/v1/tickets/{ticket.number}", headers=program).json["attachments"]
    sent = client.get(f"/api/v1/attachments/{file['id']}", headers=program)
    assert sent.status_code == 302 and client.get(sent.location).data == b"550 5.7.1"
    assert client.get("/api/v1/attachments/no-such", headers=program).status_code == 404
    held = create_app(replace(settings, clamd_url="tcp://127.0.0.1:1")).test_client()
    answer = held.get(f"/api/v1/attachments/{file['id']}", headers=program)
    assert (answer.status_code, answer.json["code"]) == (423, "file_held")
    session.add(FileScan(path=stored.path, clean=False, finding="Eicar", at=NOW))
    session.commit()
    answer = held.get(f"/api/v1/attachments/{file['id']}", headers=program)
    assert (answer.status_code, answer.json["code"]) == (410, "file_discarded")
