"""What a program with a token may do, and that nothing else opens to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from escalation import api_tokens, people, tickets
from escalation.api_tokens import PREFIX, USE_NOTED_EVERY, Scope
from escalation.customers import register_customer
from escalation.errors import InvalidReport
from escalation.integration_models import ApiToken
from escalation.models import Customer, OutboxRow, Staff, Ticket, TicketMessage
from escalation.sessions import Kind, owner, start
from tests.escalation.conftest import AREA_URL, NOW, PASSWORD, log_in, service
from tests.escalation.test_tickets import opened

Headers = Callable[..., dict[str, str]]


@pytest.fixture
def token(session: Session, agent: Staff) -> Headers:
    """Makes the headers of a new token with these scopes (all, where none are named)."""

    def make(*scopes: Scope, key: str = "") -> dict[str, str]:
        _, secret = api_tokens.issue(session, f"CRM {datetime.now(UTC)}", agent, scopes or Scope, NOW)
        session.commit()
        return {"Authorization": f"Bearer {secret}", **({"Idempotency-Key": key} if key else {})}

    return make


@pytest.fixture
def ticket(session: Session, carla: Customer) -> Ticket:
    made = opened(session, carla)
    session.commit()
    return made


def test_a_token_is_stored_as_a_hash_and_known_for_what_it_is(session: Session, agent: Staff) -> None:
    row, secret = api_tokens.issue(session, "CRM", agent, [Scope.TICKETS_READ], NOW)
    assert secret.startswith(PREFIX) and len(secret) > 40 and secret not in str(vars(row))
    assert api_tokens.find(session, secret) is row
    assert api_tokens.find(session, secret + "x") is api_tokens.find(session, row.token_hash) is None


@pytest.mark.parametrize(("name", "scopes"), [("", [Scope.WEBHOOKS]), ("x" * 101, [Scope.WEBHOOKS]), ("CRM", [])])
def test_a_token_needs_a_name_and_something_that_it_may_do(session: Session, agent: Staff, name: str, scopes: list[Scope]) -> None:
    with pytest.raises(InvalidReport):
        api_tokens.issue(session, name, agent, scopes, NOW)


def test_a_token_opens_what_its_scopes_say_and_no_more(client: FlaskClient, token: Headers, ticket: Ticket) -> None:
    reads = token(Scope.TICKETS_READ)
    assert client.get("/api/v1/tickets", headers=reads).status_code == 200
    refused = client.patch(f"/api/v1/tickets/{ticket.number}", json={"status": "open"}, headers=reads)
    assert (refused.status_code, refused.json["code"]) == (403, "insufficient_scope")
    assert "tickets:write" in refused.json["detail"]
    assert client.get("/api/v1/customers", headers=reads).status_code == 403
    assert client.get("/api/v1/conversations/c-1", headers=reads).status_code == 401
    for path in ("/consola/", "/area-clientes/"):
        assert client.get(path, headers=token()).status_code == 302


def test_the_bots_own_credential_is_no_token(client: FlaskClient, ticket: Ticket) -> None:
    answer = client.get("/api/v1/tickets", headers=service())
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_revoked_token_opens_nothing_and_neither_does_that_of_deactivated_staff(
    client: FlaskClient, session: Session, agent: Staff, token: Headers
) -> None:
    first, second = token(), token()
    row = session.scalars(select(ApiToken)).first()
    api_tokens.revoke(session, row.name, NOW)
    session.commit()
    statuses = sorted(client.get("/api/v1/tickets", headers=one).status_code for one in (first, second))
    assert statuses == [200, 401]
    people.set_active(session, agent, False)
    session.commit()
    assert {client.get("/api/v1/tickets", headers=one).status_code for one in (first, second)} == {401}


def test_the_last_use_is_noted_now_and_then_and_not_at_every_call(
    client: FlaskClient, session: Session, token: Headers, ticket: Ticket
) -> None:
    headers, path = token(), f"/api/v1/tickets/{ticket.number}"
    client.get("/api/v1/tickets", headers=headers)
    row = session.scalars(select(ApiToken)).one()
    first = row.last_used_at
    session.rollback()
    assert datetime.now(UTC) - first < timedelta(minutes=1)
    client.patch(path, json={"status": "nonsense"}, headers=headers)
    session.expire_all()
    row = session.scalars(select(ApiToken)).one()
    assert row.last_used_at == first
    row.last_used_at = first - USE_NOTED_EVERY
    session.commit()
    client.patch(path, json={"status": "nonsense"}, headers=headers)
    session.expire_all()
    assert session.scalars(select(ApiToken)).one().last_used_at > first
    session.rollback()


def pages(
    client: FlaskClient, headers: dict[str, str], path: str, name: str, cursor: str | None = None
) -> Iterator[dict[str, object]]:
    for _ in range(20):
        page = client.get(path, query_string={"limit": 2, **({"cursor": cursor} if cursor else {})}, headers=headers).json
        yield from page[name]
        cursor = page["next"]
        if cursor is None:
            return
    raise AssertionError("the pages have no end")


def test_pages_by_key_tell_every_ticket_once_also_where_many_share_one_moment(
    client: FlaskClient, session: Session, carla: Customer, token: Headers
) -> None:
    made = {opened(session, carla, f"k-{number}").number for number in range(7)}
    session.commit()
    told = [line["number"] for line in pages(client, token(), "/api/v1/tickets", "tickets")]
    assert len(told) == 7 and set(told) == made
    page = client.get("/api/v1/tickets?limit=3", headers=token()).json
    assert not any(str(number) in page["next"] for number in made)


def test_a_ticket_that_changes_while_somebody_pages_is_told_again_at_the_end(
    client: FlaskClient, session: Session, carla: Customer, token: Headers
) -> None:
    first = opened(session, carla, "k-1")
    opened(session, carla, "k-2")
    session.commit()
    headers = token()
    page = client.get("/api/v1/tickets?limit=1", headers=headers).json
    tickets.reply_as_customer(session, session.get_one(Ticket, first.id), "Sigue igual.", datetime.now(UTC))
    second = session.scalars(select(Ticket).where(Ticket.id != first.id)).one()
    tickets.reply_as_customer(session, second, "También.", datetime.now(UTC))
    session.commit()
    rest = [line["number"] for line in pages(client, headers, "/api/v1/tickets", "tickets", page["next"])]
    assert rest[-1] == second.number and set(rest) >= {first.number, second.number}


def test_lists_are_filtered_by_status_area_customer_and_change(
    client: FlaskClient, session: Session, carla: Customer, bruno: Customer, agent: Staff, token: Headers
) -> None:
    hers, his = opened(session, carla), opened(session, bruno, "k-2")
    later = NOW + timedelta(hours=1)
    tickets.update_as_staff(session, his, agent, tickets.StaffUpdate("", tickets.Status.OPEN, his.version), AREA_URL, later)
    session.commit()
    headers = token()

    def told(query: str) -> set[str]:
        return {line["number"] for line in client.get(f"/api/v1/tickets?{query}", headers=headers).json["tickets"]}

    assert told("status=new") == {hers.number} and told("status=open") == {his.number}
    assert told("area=mail") == {hers.number, his.number} and told("area=payment") == set()
    assert told(f"customer={carla.id}") == {hers.number}
    # Not escaped, the plus of the offset arrives as a space.
    assert told(f"updated_since={later.isoformat()}") == {his.number}


@pytest.mark.parametrize(
    "query",
    [
        "status=lost",
        "limit=0",
        "limit=101",
        "limit=x",
        "cursor=no",
        "cursor=WzEsMl0=",
        "updated_since=2026-11-30",
        "updated_since=9999-12-31T23:59:59-12:00",
        "customer=%00",
    ],
)
def test_a_query_that_cannot_be_answered_says_why(client: FlaskClient, token: Headers, query: str) -> None:
    answer = client.get(f"/api/v1/tickets?{query}", headers=token())
    assert answer.status_code == 400 and answer.mimetype == "application/problem+json"
    assert query.split("=")[0] in answer.json["errors"]["query"]


def test_a_program_opens_a_ticket_once_and_the_customer_is_told(
    client: FlaskClient, session: Session, carla: Customer, token: Headers
) -> None:
    body = {"area": "site", "fields": {"description": "Monitoreo: panaderialola.com.ar no responde"}}
    headers = token(key="alerta-1")
    first, again = (client.post(f"/api/v1/customers/{carla.id}/tickets", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200) and first.json == again.json
    assert first.json["customer"] == {"id": carla.id, "name": "Carla Medina"}
    assert any(row.recipient == "carla@panaderialola.com.ar" for row in session.scalars(select(OutboxRow)))
    other = client.post(f"/api/v1/customers/{carla.id}/tickets", json=body, headers=token(key="alerta-1"))
    assert other.status_code == 201 and other.json["number"] != first.json["number"]
    assert client.post("/api/v1/customers/no-such/tickets", json=body, headers=headers).status_code == 404
    headers.pop("Idempotency-Key")
    assert client.post(f"/api/v1/customers/{carla.id}/tickets", json=body, headers=headers).status_code == 400


def test_a_program_answers_notes_and_files_what_the_customer_said_each_once(
    client: FlaskClient, session: Session, agent: Staff, token: Headers, ticket: Ticket
) -> None:
    path = f"/api/v1/tickets/{ticket.number}/messages"
    headers = token()

    def write(key: str, **body: object) -> int:
        return client.post(path, json=body, headers={**headers, "Idempotency-Key": key}).status_code

    assert [write("a", body="Ya lo vemos.") for _ in range(2)] == [201, 200]
    assert write("b", body="Es el servidor 7.", internal=True) == 201
    assert write("c", body="Llamó: sigue igual.", author="customer") == 201
    assert write("d", body="x", author="customer", internal=True) == 400
    assert write("ñ", body="x") == 400
    said = [(row.author, row.author_name, row.internal) for row in session.scalars(select(TicketMessage))]
    assert said == [("staff", agent.name, False), ("staff", agent.name, True), ("customer", "Carla Medina", False)]
    told = client.get(f"/api/v1/tickets/{ticket.number}", headers=headers).json
    assert [line["body"] for line in told["messages"]] == ["Ya lo vemos.", "Es el servidor 7.", "Llamó: sigue igual."]
    assert told["events"][0]["kind"] == "opened"


def test_a_program_changes_the_status_within_the_table_and_never_over_somebody_elses_change(
    client: FlaskClient, session: Session, token: Headers, ticket: Ticket
) -> None:
    path, headers = f"/api/v1/tickets/{ticket.number}", token()
    solved = client.patch(path, json={"status": "solved"}, headers=headers)
    assert (solved.status_code, solved.json["status"]) == (200, "solved")
    assert client.patch(path, json={"status": "solved"}, headers=headers).status_code == 200
    refused = client.patch(path, json={"status": "waiting_on_customer"}, headers=headers)
    assert (refused.status_code, refused.json["code"]) == (409, "not_allowed")
    stale = client.patch(path, json={"status": "open", "version": 1}, headers=headers)
    assert (stale.status_code, stale.json["code"]) == (409, "stale_ticket")
    seen = client.get(path, headers=headers).json["version"]
    assert client.patch(path, json={"status": "open", "version": seen}, headers=headers).status_code == 200
    assert client.patch("/api/v1/tickets/MDA-000000", json={"status": "open"}, headers=headers).status_code == 404


def test_a_program_registers_reads_and_changes_customers(client: FlaskClient, session: Session, token: Headers) -> None:
    headers = token()
    body = {"email": "Ana@Vivero.com.ar", "name": "Ana Paz", "domains": ["www.vivero.com.ar"], "mailboxes": ["info@vivero.com.ar"]}
    made = client.post("/api/v1/customers", json=body, headers=headers)
    assert made.status_code == 201 and "password" not in made.text
    assert made.json["addresses"] == ["ana@vivero.com.ar"] and made.json["domains"] == ["vivero.com.ar"]
    path = f"/api/v1/customers/{made.json['id']}"
    change = {
        "name": "Ana Paz (Vivero)",
        "addresses": ["ana@vivero.com.ar", "ventas@vivero.com.ar"],
        "domains": [],
        "blocked": True,
    }
    changed = client.patch(path, json=change, headers=headers)
    assert changed.status_code == 200
    assert client.get(path, headers=headers).json == changed.json
    assert changed.json == {**made.json, **change}
    assert client.patch(path, json={"addresses": ["ventas@vivero.com.ar"]}, headers=headers).json["addresses"] == [
        "ventas@vivero.com.ar"
    ]
    assert client.patch(path, json={}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"addresses": ["carla@panaderialola.com.ar"]}, 422),
        ({"addresses": ["no-es-mail"]}, 422),
        ({"addresses": []}, 400),
        ({"domains": ["localhost"]}, 422),
        ({"name": "   "}, 422),
        ({"name": ""}, 400),
        ({"password": "otra clave larga"}, 400),
    ],
)
def test_a_customer_is_not_changed_into_nonsense(
    client: FlaskClient, token: Headers, carla: Customer, bruno: Customer, change: dict[str, object], status: int
) -> None:
    assert client.patch(f"/api/v1/customers/{bruno.id}", json=change, headers=token()).status_code == status
    assert client.get(f"/api/v1/customers/{bruno.id}", headers=token()).json["addresses"] == ["bruno@estudioruiz.com"]


def test_a_taken_address_and_a_short_password_are_refused(client: FlaskClient, carla: Customer, token: Headers) -> None:
    body = {"email": "carla@panaderialola.com.ar", "name": "Otra"}
    assert client.post("/api/v1/customers", json=body, headers=token()).status_code == 422
    body = {"email": "ana@x.com.ar", "name": "Ana", "password": "corta"}
    assert client.post("/api/v1/customers", json=body, headers=token()).status_code == 400


def test_customers_are_told_page_by_page(client: FlaskClient, session: Session, token: Headers) -> None:
    made = {register_customer(session, f"c{number}@x.com.ar", "Ana", PASSWORD, NOW).id for number in range(5)}
    session.commit()
    told = [row["id"] for row in pages(client, token(), "/api/v1/customers", "customers")]
    assert len(told) == 5 and set(told) == made


def test_blocking_by_a_program_logs_the_customer_out(
    client: FlaskClient, session: Session, carla: Customer, token: Headers
) -> None:
    log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar")
    assert client.get("/area-clientes/").status_code == 200
    client.patch(f"/api/v1/customers/{carla.id}", json={"blocked": True}, headers=token())
    client.patch(f"/api/v1/customers/{carla.id}", json={"blocked": False}, headers=token())
    assert client.get("/area-clientes/").status_code == 302


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"status": NaN}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"version": ' + b"9" * 5000 + b"}", "application/json", 400),
        (b'{"status": "open\\u0000"}', "application/json", 400),
        (b'{"status": "open"}', "text/plain", 415),
        (b"status=open", "application/x-www-form-urlencoded", 415),
        (b"x" * 2**21, "application/json", 413),
        (b"", "application/json", 400),
    ],
)
def test_whatever_the_body_is_the_answer_is_about_it(
    client: FlaskClient, token: Headers, ticket: Ticket, body: bytes, kind: str, status: int
) -> None:
    answer = client.patch(f"/api/v1/tickets/{ticket.number}", data=body, content_type=kind, headers=token())
    assert answer.status_code == status
    assert status == 200 or answer.mimetype == "application/problem+json"


def test_what_no_database_keeps_becomes_a_space(client: FlaskClient, session: Session, carla: Customer, token: Headers) -> None:
    body = b'{"fields": {"description": "no anda\\u0000 desde\\ud800 ayer \\ud83d\\ude00"}}'
    path, headers = f"/api/v1/customers/{carla.id}/tickets", token(key="k")
    answer = client.post(path, data=body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json["fields"]["description"]) == (201, "no anda  desde  ayer 😀")


def test_errors_of_routing_are_problem_details_for_programs_and_pages_for_people(client: FlaskClient) -> None:
    for method, path, status in (("GET", "/api/v1/nothing", 404), ("PUT", "/api/v1/tickets", 405), ("GET", "/api/%00", 404)):
        answer = client.open(path, method=method)
        assert (answer.status_code, answer.mimetype, answer.json["status"]) == (status, "application/problem+json", status)
    assert "GET" in client.put("/api/v1/tickets").headers["Allow"]
    for method, path, status in (("GET", "/nothing", 404), ("PUT", "/consola/", 405)):
        answer = client.open(path, method=method)
        assert (answer.status_code, answer.mimetype) == (status, "text/html")


def test_a_name_with_a_nul_is_not_found_on_any_database(client: FlaskClient, token: Headers, agent: Staff) -> None:
    assert client.get("/api/v1/tickets/MDA%00X", headers=token()).status_code == 404
    assert client.get("/api/v1/customers/%00", headers=token()).status_code == 404
    log_in(client, "/consola/ingresar", agent.email)
    assert client.get("/consola/tickets/%00").status_code == 404


def test_a_failure_of_ours_is_said_without_its_reason(client: FlaskClient, token: Headers, engine: Engine) -> None:
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    headers = token()

    def break_down(**_: object) -> None:
        raise RuntimeError("secreto")

    client.application.view_functions["api.list_tickets"] = break_down
    break_down.callers, break_down.scope = ("integration",), Scope.TICKETS_READ
    answer = client.get("/api/v1/tickets", headers=headers)
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json") and "secreto" not in answer.text


def test_sessions_of_others_stay_when_one_is_logged_out(session: Session, carla: Customer, bruno: Customer) -> None:
    hers, his = (start(session, Kind.CUSTOMER, one.id, timedelta(hours=1), NOW) for one in (carla, bruno))
    people.end_sessions(session, carla.id)
    assert owner(session, Kind.CUSTOMER, hers, NOW) is None and owner(session, Kind.CUSTOMER, his, NOW) == bruno.id
