"""Every route × who calls, made from the routes that there are: what is added later is asked too.

The rooms have one rule each, written here apart from the code: who may be let in at all. The exact rule of each route stands in
``test_access.MATRIX``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from escalation import api_tokens, attachments, bonds, customers, sessions
from escalation.api_tokens import Scope
from escalation.auth.access import Caller, rule_of, scope_of
from escalation.file_store import StoredFile
from escalation.models import Customer, Role, Staff, Ticket, new_id
from escalation.sessions import Kind
from escalation.webhooks import registry
from escalation.webhooks.events import OPENED
from tests.escalation.conftest import NOW, PASSWORD, conversation, csrf, service
from tests.escalation.test_tickets import opened

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Whom a room may let in; a route of it may let in fewer.
ROOMS: dict[str, set[Caller]] = {
    "/consola/": {Caller.AGENT, Caller.ADMIN},
    "/area-clientes/": {Caller.CUSTOMER},
    "/api/v1/": {Caller.SERVICE, Caller.CONVERSATION, Caller.INTEGRATION},
}
# Answers of the door itself; any other one comes from behind it.
CLOSED = {401, 403}


@dataclass
class Somebody:
    """Who calls: his headers and cookies, and as what the door should know him."""

    is_a: set[Caller]
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, tuple[str, str]] = field(default_factory=dict)
    scopes: set[Scope] = field(default_factory=set)


@dataclass
class House:
    """Two customers, staff and everything that belongs to Carla; ``people`` by name."""

    app: Flask
    things: dict[str, str]
    people: dict[str, Somebody]
    addresses: Iterator[int] = field(default_factory=count)

    def routes(self) -> Iterator[tuple[str, str, str]]:
        """Rule, method and endpoint of each route."""
        for rule in self.app.url_map.iter_rules():
            for method in sorted(rule.methods - {"OPTIONS", "HEAD"}):
                yield rule.rule, method, rule.endpoint

    def path(self, rule: str) -> str:
        """With Carla's things where the rule has names; one that is not known here is filled with what nobody has."""
        return re.sub(
            r"<(?:(\w+):)?(\w+)>",
            lambda found: self.things.get(found.group(2), "1" if found.group(1) == "int" else "no-such"),
            rule,
        )

    def call(self, somebody: Somebody, method: str, path: str):  # type: ignore[no-untyped-def]
        client = self.client(somebody)
        data = {"csrf_token": self.csrf(client)} if method != "GET" and not path.startswith("/api/") else None
        body = {"json": {}} if path.startswith("/api/") and method != "GET" else {"data": data}
        return client.open(path, method=method, headers=somebody.headers, **body)

    def client(self, somebody: Somebody) -> FlaskClient:
        client = self.app.test_client()
        # Each from an address of its own: how many one address may send is another rule.
        number = next(self.addresses)
        client.environ_base["REMOTE_ADDR"] = f"10.{number // 256 % 256}.{number % 256}.1"
        for name, (value, path) in somebody.cookies.items():
            client.set_cookie(name, value, path=path)
        return client

    @staticmethod
    def csrf(client: FlaskClient) -> str:
        return csrf(client.get("/area-clientes/ingresar").text)


@pytest.fixture
def house(app: Flask, session: Session, carla: Customer, bruno: Customer, agent: Staff) -> House:
    admin = customers.register_staff(session, "adriana@csiserver.com", "Adriana Sosa", Role.ADMIN, PASSWORD)
    ticket = opened(session, carla)
    things = {**_things(session, carla, ticket), "conversation_id": "c-1", "number": ticket.number, "filename": "desk.css"}
    bonds.bind(session, "c-1", carla, timedelta(hours=1), datetime.now(UTC))
    people = {
        "anonymous": Somebody(set()),
        "Carla": Somebody({Caller.CUSTOMER}, cookies=_cookie(session, Kind.CUSTOMER, carla.id)),
        "Bruno": Somebody({Caller.CUSTOMER}, cookies=_cookie(session, Kind.CUSTOMER, bruno.id)),
        "agent": Somebody({Caller.AGENT}, cookies=_cookie(session, Kind.STAFF, agent.id)),
        "admin": Somebody({Caller.AGENT, Caller.ADMIN}, cookies=_cookie(session, Kind.STAFF, admin.id)),
        "service": Somebody({Caller.SERVICE}, service()),
        "conversation": Somebody({Caller.CONVERSATION}, conversation("c-1")),
        "expired session": Somebody(set(), cookies=_cookie(session, Kind.CUSTOMER, carla.id, timedelta(hours=-1))),
        "ended session": Somebody(set(), cookies=_ended(session, carla)),
        "staff session of a customer": Somebody(set(), cookies=_crossed(session, carla)),
        "forged": Somebody(set(), {"Authorization": "Bearer mda_forged"}, {"console_session": ("x", "/")}),
        "revoked token": Somebody(set(), _token(session, agent, "revoked", Scope)),
        **{
            f"token {scope}": Somebody({Caller.INTEGRATION}, _token(session, agent, scope, [scope]), {}, {scope}) for scope in Scope
        },
    }
    api_tokens.revoke(session, "revoked", NOW)
    session.commit()
    return House(app, things, people)


def _things(session: Session, carla: Customer, ticket: Ticket) -> dict[str, str]:
    stored = StoredFile(new_id(), "a.png", "image/png", 100, new_id())
    attachment = attachments.add(session, stored, "c-1", carla, NOW)
    attachment.ticket_id = ticket.id
    webhook = registry.register(session, "https://crm.example.com/", [OPENED], False, NOW)
    return {"attachment_id": attachment.id, "customer_id": carla.id, "webhook_id": webhook.id}


def _cookie(session: Session, kind: Kind, owner_id: str, lifetime: timedelta = timedelta(hours=1)) -> dict[str, tuple[str, str]]:
    name, path = ("area_session", "/area-clientes/") if kind is Kind.CUSTOMER else ("console_session", "/consola/")
    return {name: (sessions.start(session, kind, owner_id, lifetime, datetime.now(UTC)), path)}


def _ended(session: Session, carla: Customer) -> dict[str, tuple[str, str]]:
    cookies = _cookie(session, Kind.CUSTOMER, carla.id)
    session.flush()
    sessions.end(session, cookies["area_session"][0])
    return cookies


def _crossed(session: Session, carla: Customer) -> dict[str, tuple[str, str]]:
    token, _ = _cookie(session, Kind.CUSTOMER, carla.id)["area_session"]
    return {"console_session": (token, "/consola/")}


def _token(session: Session, agent: Staff, name: str, scopes: object) -> dict[str, str]:
    return {"Authorization": f"Bearer {api_tokens.issue(session, name, agent, scopes, NOW)[1]}"}


def let_in(rule: set[Caller], scope: Scope | None, somebody: Somebody) -> bool:
    if Caller.PUBLIC in rule:
        return True
    return bool(rule & somebody.is_a) and (scope is None or scope in somebody.scopes)


def was_let_in(answer) -> bool:  # type: ignore[no-untyped-def]
    if answer.status_code == 302 and "/ingresar" in answer.location:
        return False
    return answer.status_code not in CLOSED


def test_no_room_lets_in_whom_it_is_not_for(house: House) -> None:
    with house.app.app_context():
        for rule, method, endpoint in house.routes():
            callers = set(rule_of(endpoint))
            room = next((room for room in ROOMS if rule.startswith(room)), None)
            assert room is None or callers == {Caller.PUBLIC} or callers <= ROOMS[room], f"{method} {rule}"
            assert callers != {Caller.INTEGRATION} or scope_of(endpoint) is not None, f"{method} {rule}: no scope"


def test_nobody_gets_further_than_the_rule_says_and_everybody_as_far(house: House) -> None:
    wrong = []
    with house.app.app_context():
        rules = {(rule, method): (set(rule_of(endpoint)), scope_of(endpoint)) for rule, method, endpoint in house.routes()}
    for (rule, method), (callers, scope) in rules.items():
        # Leaving would end the session of the next question; that it works is tested elsewhere.
        if rule.endswith("/salir"):
            continue
        for name, somebody in house.people.items():
            answer = house.call(somebody, method, house.path(rule))
            expected = let_in(callers, scope, somebody)
            fits = was_let_in(answer) or (expected and _refused_from_within(answer, callers))
            if answer.status_code >= 500 and rule != "/health":
                wrong.append(f"{name}: {method} {rule}: {answer.status_code}")
            elif (fits and not expected) or (expected and not fits):
                wrong.append(f"{name}: {method} {rule}: {answer.status_code}, expected to be {'let in' if expected else 'refused'}")
    assert wrong == []


def _refused_from_within(answer, callers: set[Caller]) -> bool:  # type: ignore[no-untyped-def]
    # Behind the door a wrong password is 401 too, and a conversation that nobody logged in to is 403: both say their reason.
    if Caller.PUBLIC in callers:
        # The second step of a log-in leads back to the first.
        return answer.status_code in (302, 401, 403)
    return answer.is_json and "code" in answer.json and answer.json["code"] != "insufficient_scope"


# What is not his is left alone, and he gets back to his own list; test_account has what becomes of the session.
SAYS_NOTHING = {"/area-clientes/cuenta/sesiones/<shown_id>/cerrar"}


def test_what_is_carlas_is_not_there_for_bruno(house: House) -> None:
    with house.app.app_context():
        his = [(rule, method) for rule, method, end in house.routes() if Caller.CUSTOMER in rule_of(end) and "<" in rule]
    hers = [(rule, method) for rule, method in his if rule not in SAYS_NOTHING]
    assert len(hers) >= 3
    for rule, method in hers:
        answer = house.call(house.people["Bruno"], method, house.path(rule))
        # A link that is nobody's has run out, whoever opens it.
        assert answer.status_code in (404, 410), f"{method} {rule}: {answer.status_code}"


def test_a_method_that_a_route_does_not_know_is_405_for_everybody(house: House) -> None:
    known: dict[str, set[str]] = {}
    for rule, method, _ in house.routes():
        known.setdefault(rule, set()).add(method)
    adapter = house.app.url_map.bind("localhost")
    for rule, methods in known.items():
        for method in set(METHODS) - methods:
            if adapter.test(house.path(rule), method):  # another rule's: "segundo-factor" is no member of staff
                continue
            for name in ("anonymous", "admin"):
                answer = house.client(house.people[name]).open(house.path(rule), method=method)
                assert answer.status_code == 405, f"{name}: {method} {rule}: {answer.status_code}"
                assert answer.headers["Allow"]
                if rule.startswith("/api/"):
                    assert answer.mimetype == "application/problem+json"


def test_no_form_is_taken_without_its_token(house: House) -> None:
    for rule, method, _ in house.routes():
        if method == "GET" or rule.startswith("/api/"):
            continue
        for name in ("Carla", "admin"):
            answer = house.client(house.people[name]).open(house.path(rule), method=method, data={})
            assert answer.status_code == 400 or not was_let_in(answer), f"{name}: {method} {rule}: {answer.status_code}"
