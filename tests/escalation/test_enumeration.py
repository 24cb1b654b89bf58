"""Whether an address is registered: neither words nor the work that is done tell it. Work is counted, for clocks lie."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from escalation import passwords, people
from escalation.models import Customer
from tests.escalation.area import send
from tests.escalation.conftest import conversation, csrf, log_in, service

KNOWN, UNKNOWN, BLOCKED = "carla@panaderialola.com.ar", "nadie@panaderialola.com.ar", "bruno@estudioruiz.com"
AREA = "/area-clientes/"
Ask = Callable[[FlaskClient, str], TestResponse]


@pytest.fixture
def server_url() -> None:
    """SQLite alone: which statements are sent does not depend on the database."""


@contextmanager
def work() -> Iterator[list[str]]:
    """What is asked of the database (verb and table) and of the hash, in order."""
    done: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found = re.match(r"\s*(\w+).*?(?:FROM|INTO|UPDATE)\s+(\w+)", statement, re.DOTALL | re.IGNORECASE)
        done.append(" ".join(found.groups()) if found else statement.split()[0])

    event.listen(Engine, "before_cursor_execute", note)
    hasher, checked = passwords._hasher, passwords._hasher.verify
    with pytest.MonkeyPatch.context() as patch:

        class Counting:
            def verify(self, *given: str) -> bool:
                done.append("hash")
                return checked(*given)

            def __getattr__(self, name: str) -> object:
                return getattr(hasher, name)

        patch.setattr(passwords, "_hasher", Counting())
        try:
            yield done
        finally:
            event.remove(Engine, "before_cursor_execute", note)


def by_form(client: FlaskClient, email: str) -> TestResponse:
    return log_in(client, f"{AREA}ingresar", email, "adivino")


def by_chat(client: FlaskClient, email: str) -> TestResponse:
    return client.post("/api/v1/conversation-login", json={"email": email, "password": "adivino"}, headers=conversation("c-1"))


def by_recovery(client: FlaskClient, email: str) -> TestResponse:
    return send(client, f"{AREA}recuperar", {"email": email})


def by_code(client: FlaskClient, email: str) -> TestResponse:
    return client.post("/api/v1/conversations/c-1/code", json={"email": email}, headers=service())


def by_staff(client: FlaskClient, email: str) -> TestResponse:
    return log_in(client, "/consola/ingresar", email, "adivino")


@pytest.mark.parametrize("ask", [by_form, by_chat, by_recovery, by_code, by_staff], ids=lambda ask: ask.__name__)
def test_known_unknown_and_blocked_addresses_get_the_same_answer_for_the_same_work(
    app: Flask, session: Session, carla: Customer, bruno: Customer, ask: Ask
) -> None:
    people.set_blocked(session, bruno, True)
    session.commit()
    ask(app.test_client(), "primero@x.com.ar")
    told = {}
    for number, email in enumerate((KNOWN, UNKNOWN, BLOCKED)):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"10.0.{number}.1"
        with work() as done:
            answer = ask(client, email)
        told[email] = (answer.status_code, answer.location, _without_what_changes(answer.text, email), _shape(done))
    assert told[UNKNOWN] == told[KNOWN]
    assert told[BLOCKED] == told[KNOWN]
    # Passwords are looked at by their hash, also where there is none; the other two roads write as much for nobody.
    assert ("hash" in told[UNKNOWN][3]) == (ask in (by_form, by_chat, by_staff))


def _without_what_changes(page: str, email: str) -> str:
    token = csrf(page) if 'name="csrf_token"' in page else "-"
    return re.sub(r'"(?:csrf_token|request_id)"[^>]*', "", page.replace(token, "").replace(email, ""))


def _shape(done: list[str]) -> dict[str, int]:
    """How often of each; a row that a relationship loads beside its owner is read by its key, in no time that a network shows."""
    return {one: done.count(one) for one in sorted(set(done)) if one == "hash" or not one.upper().startswith("SELECT")}
