"""``/api/v1``: the contract that the bot and outside checks rely on."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation.models import Customer, Ticket
from escalation.services import add_services
from tests.escalation.conftest import PASSWORD, conversation, service

LOGIN = {"email": "carla@panaderialola.com.ar", "password": PASSWORD}
BODY = {"conversation_id": "c-1", "area": "mail", "fields": {"description": "no me salen los mails"}}


def bind(client: FlaskClient) -> None:
    assert client.post("/api/v1/conversation-login", json=LOGIN, headers=conversation("c-1")).status_code == 204


def create(client: FlaskClient, key: str = "k", body: dict[str, object] | None = None):  # type: ignore[no-untyped-def]
    return client.post("/api/v1/tickets", json=body or BODY, headers={**service(), "Idempotency-Key": key})


def test_log_in_binds_the_conversation_on_the_server(client: FlaskClient, session: Session, carla: Customer) -> None:
    add_services(session, carla, ["panaderialola.com.ar"], [])
    session.commit()
    bind(client)
    known = client.get("/api/v1/conversations/c-1", headers=service()).json
    assert known["customer"] == {"name": "Carla Medina", "domains": ["panaderialola.com.ar"], "mailboxes": []}
    assert datetime.fromisoformat(known["bound_until"]) > datetime.now(UTC)
    nobody = {"customer": None, "bound_until": None, "draft": None, "other_draft": None}
    assert client.get("/api/v1/conversations/c-2", headers=service()).json == nobody


def test_a_ticket_is_made_with_201_and_told_again_with_200(client: FlaskClient, carla: Customer) -> None:
    bind(client)
    first, second = create(client), create(client)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert first.json["link"] == f"http://desk.test/area-clientes/tickets/{first.json['number']}"
    assert first.json["fields"] == {"description": "no me salen los mails"}


def test_no_ticket_without_a_customer_bound_on_the_server_side(client: FlaskClient, carla: Customer) -> None:
    assert create(client).status_code == 403
    forged = {**BODY, "customer_id": carla.id}
    assert create(client, body=forged).status_code in (400, 403)


def test_with_a_conversations_own_token_the_body_cannot_name_another(client: FlaskClient, carla: Customer) -> None:
    bind(client)
    headers = {**conversation("c-2"), "Idempotency-Key": "k"}
    assert client.post("/api/v1/tickets", json=BODY, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, BODY, 400),
        ({"Idempotency-Key": "x" * 101}, BODY, 400),
        ({"Idempotency-Key": "k"}, {"conversation_id": "c-1"}, 400),
        ({"Idempotency-Key": "k"}, {**BODY, "area": "weather"}, 400),
        ({"Idempotency-Key": "k"}, {**BODY, "fields": {"description": ""}}, 422),
        ({"Idempotency-Key": "k"}, {**BODY, "fields": {"description": "x", "unknown": "y"}}, 422),
        ({"Idempotency-Key": "k"}, {**BODY, "fields": "no"}, 400),
        ({"Idempotency-Key": "k"}, {"area": "mail", "fields": {"description": "x"}}, 400),
    ],
)
def test_bad_input_is_refused_with_a_reason(
    client: FlaskClient, carla: Customer, headers: dict[str, str], body: dict[str, object], status: int
) -> None:
    bind(client)
    answer = client.post("/api/v1/tickets", json=body, headers={**service(), **headers})
    assert answer.status_code == status
    assert answer.json


def test_two_at_once_with_one_key_make_one_ticket(app: Flask, session: Session, carla: Customer) -> None:
    bind(app.test_client())
    statuses: list[int] = []
    barrier = threading.Barrier(6)

    def submit() -> None:
        barrier.wait()
        statuses.append(create(app.test_client(), "twin").status_code)

    threads = [threading.Thread(target=submit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 5 + [201]
    assert session.scalar(select(func.count()).select_from(Ticket)) == 1


def test_the_widget_may_log_in_from_the_named_origins_only(client: FlaskClient, carla: Customer) -> None:
    for origin, allowed in (("http://front.test", "http://front.test"), ("http://evil.test", None)):
        answer = client.options("/api/v1/conversation-login", headers={"Origin": origin})
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed


def test_the_document_describes_the_routes(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.")
    assert {"/api/v1/tickets", "/api/v1/conversation-login"} <= set(document["paths"])
