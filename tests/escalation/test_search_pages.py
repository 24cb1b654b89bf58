"""The search where people and programs meet it: the console's box, and the API."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from escalation import api_tokens
from escalation.api_tokens import Scope
from escalation.customers import register_customer
from escalation.desk import merging
from escalation.models import Customer, Staff, Ticket
from tests.escalation.conftest import AREA_URL, NOW, PASSWORD, log_in
from tests.escalation.desk_helpers import act, reported
from tests.escalation.test_business_hours import HOURS


@pytest.fixture
def program(session: Session, agent: Staff) -> dict[str, str]:
    _, secret = api_tokens.issue(session, "CRM", agent, Scope, NOW)
    session.commit()
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def facturas(session: Session, carla: Customer) -> list[Ticket]:
    return [reported(session, carla, f"No encuentro la facturación, pedido {number}", area="payment") for number in range(5)]


def pages(client: FlaskClient, path: str, headers: dict[str, str], name: str) -> Iterator[list[dict[str, object]]]:
    cursor = ""
    while cursor is not None:
        answer = client.get(path + (f"&cursor={quote(cursor)}" if cursor else ""), headers=headers)
        assert answer.status_code == 200, answer.json
        yield answer.json[name]
        cursor = answer.json["next"]


def test_a_program_pages_through_what_was_found(
    client: FlaskClient, session: Session, program: dict[str, str], facturas: list[Ticket], bruno: Customer
) -> None:
    other = reported(session, bruno, "El sitio no carga", area="site")
    found = list(pages(client, "/api/v1/search/tickets?q=FACTURACION&limit=2", program, "tickets"))
    assert [len(page) for page in found] == [2, 2, 1]
    assert [one["number"] for page in found for one in page] == [ticket.number for ticket in reversed(facturas)]
    (one,) = client.get(f"/api/v1/search/tickets?q={other.number}", headers=program).json["tickets"]
    assert one["customer"]["name"] == "Bruno Ruiz"
    assert client.get("/api/v1/search/tickets?q=inexistente", headers=program).json == {"tickets": [], "next": None}


def test_a_program_finds_customers_page_by_page(client: FlaskClient, session: Session, program: dict[str, str]) -> None:
    for number in range(3):
        register_customer(session, f"rivas{number}@estudio.com.ar", f"Ñusta Rivas {number}", PASSWORD, NOW)
    session.commit()
    found = list(pages(client, "/api/v1/search/customers?q=nusta&limit=2", program, "customers"))
    assert sorted(one["name"] for page in found for one in page) == [f"Ñusta Rivas {number}" for number in range(3)]
    assert [len(page) for page in found] == [2, 1]


@pytest.mark.parametrize("query", ["", "q=", "q=" + "x" * 1001, "q=a&cursor=roto", "q=a&limit=0"])
def test_a_search_that_cannot_be_is_refused_with_the_reason(client: FlaskClient, program: dict[str, str], query: str) -> None:
    answer = client.get(f"/api/v1/search/tickets?{query}", headers=program)
    assert answer.status_code == 400 and answer.json["errors"]


def test_each_search_needs_its_own_scope(client: FlaskClient, session: Session, agent: Staff) -> None:
    _, secret = api_tokens.issue(session, "solo tickets", agent, [Scope.TICKETS_READ], NOW)
    session.commit()
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/search/tickets?q=a", headers=headers).status_code == 200
    assert client.get("/api/v1/search/customers?q=a", headers=headers).status_code == 403


def test_an_agent_finds_tickets_with_the_box_of_every_page(
    client: FlaskClient, session: Session, agent: Staff, carla: Customer, facturas: list[Ticket]
) -> None:
    log_in(client, "/consola/ingresar", agent.email)
    assert 'name="q"' in client.get("/consola/").text
    page = client.get("/consola/?q=panaderialola").text
    assert all(ticket.number in page for ticket in facturas)
    merging.merge(session, facturas[0], facturas[1], act(agent, facturas[0]), AREA_URL, HOURS)
    session.commit()
    page = client.get(f"/consola/?q={facturas[0].number}").text
    assert f"/consola/tickets/{facturas[1].number}" in page
    nothing = client.get("/consola/?q=<script>alert(1)</script>").text
    assert facturas[1].number not in nothing and "<script>alert" not in nothing
    assert client.get("/consola/?q=%00").status_code == 200
