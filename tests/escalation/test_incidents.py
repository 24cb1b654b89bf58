"""Declared incidents: whom they touch, one message to all, the end; and those that are only suspected."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from escalation import audit, bonds, customers, incidents, suspicion, tickets
from escalation.audit import Actor, Wanted
from escalation.business_hours import BusinessHours
from escalation.chat_news import CHAT
from escalation.errors import InvalidReport, NotAllowed, NotFound
from escalation.incident_models import Incident, SuspectedIncident
from escalation.incidents import Asked, Declared, Desk
from escalation.models import Customer, OutboxRow, Staff, Status, Ticket
from escalation.outbox import MAIL
from escalation.services import add_services
from escalation.tickets import Report
from escalation.worker import watch_for_incidents
from tests.escalation.conftest import AREA_URL, NOW, PASSWORD, service
from tests.escalation.desk_helpers import reported

DESK = Desk(AREA_URL, BusinessHours())
DOWN = Declared("Correo lento en mail3", "Estamos trabajando; volvemos a las 15.", ("mail",), "mail3")


def declared(session: Session, member: Staff, what: Declared = DOWN) -> Incident:
    incident = incidents.declare(session, what, member, Actor(member), NOW)
    session.commit()
    return incident


def rows(session: Session, channel: str) -> list[OutboxRow]:
    return list(session.scalars(select(OutboxRow).where(OutboxRow.channel == channel).order_by(OutboxRow.id)))


@pytest.mark.parametrize(
    ("areas", "domains", "area", "site", "touched"),
    [
        (("mail",), (), "mail", None, True),
        (("mail",), (), "site", None, False),
        (("mail",), (), None, None, False),
        ((), (), None, None, True),
        ((), ("lola.com.ar",), "site", "www.lola.com.ar/tienda", True),
        ((), ("lola.com.ar",), "site", "otra.com.ar", False),
        (("mail",), ("lola.com.ar",), "mail", "info@lola.com.ar", True),
        (("mail",), ("lola.com.ar",), None, "lola.com.ar", True),
        (("mail",), ("lola.com.ar",), "payment", "lola.com.ar", False),
        (("mail", "site"), (), "site", None, True),
    ],
)
def test_whom_an_incident_touches(
    session: Session, agent: Staff, areas: tuple, domains: tuple, area: str | None, site: str | None, touched: bool
) -> None:
    declared(session, agent, Declared("Caída", "Estamos en eso.", areas, domains=domains))
    assert bool(incidents.touching(session, Asked(area, site))) is touched


def test_a_customer_is_touched_by_what_befalls_his_domains_whatever_he_asks(
    session: Session, agent: Staff, carla: Customer, bruno: Customer
) -> None:
    add_services(session, carla, ["lola.com.ar"], [])
    general = declared(session, agent, Declared("Lentitud general", "En eso."))
    own = declared(session, agent, Declared("Servidor 7", "En eso.", domains=("lola.com.ar",)))
    assert incidents.touching(session, Asked(customer=carla)) == [own, general]
    assert incidents.touching(session, Asked(customer=bruno)) == [general]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Declared("", "x"), "title"),
        (Declared("x", " "), "text"),
        (Declared("x", "y", ("moon",)), "areas"),
        (Declared("x", "y", domains=("no es un dominio",)), "domains"),
        (Declared("x" * 121, "y"), "title"),
    ],
)
def test_what_cannot_be_declared_is_named(session: Session, agent: Staff, wrong: Declared, field: str) -> None:
    with pytest.raises(InvalidReport) as refused:
        incidents.declare(session, wrong, agent, Actor(agent), NOW)
    assert field in refused.value.fields


def test_one_message_answers_every_ticket_and_reaches_whoever_asked_in_a_chat(
    session: Session, agent: Staff, carla: Customer, bruno: Customer
) -> None:
    incident, ticket, other = declared(session, agent), reported(session, carla), reported(session, bruno)
    tickets.update_as_staff(session, other, agent, tickets.StaffUpdate("", Status.CLOSED, other.version), AREA_URL, NOW)
    incidents.attach(session, incident, [ticket.number, other.number, ticket.number], NOW)
    dora = customers.register_customer(session, "dora@x.com.ar", "Dora", PASSWORD, NOW)
    assert incidents.subscribe(session, incident, "c-dora", dora, NOW) is True
    assert incidents.subscribe(session, incident, "c-dora", dora, NOW) is False
    incidents.subscribe(session, incident, "c-nobody", None, NOW)
    incidents.subscribe(session, incident, "c-carla", carla, NOW)
    before = len(rows(session, MAIL))
    assert incidents.tell(session, incident, "Ya casi.", agent, Actor(agent), DESK, NOW) == 4
    session.commit()
    assert [message.body for message in ticket.messages] == ["Ya casi."] and ticket.status == Status.NEW
    assert other.messages == [], "what was closed meanwhile is left alone"
    mailed = rows(session, MAIL)[before:]
    assert sorted(row.recipient for row in mailed) == ["carla@panaderialola.com.ar", "dora@x.com.ar"], "once each"
    assert sorted(row.recipient for row in rows(session, CHAT)) == ["c-carla", "c-dora", "c-nobody"]
    assert all("Ya casi." in row.content["body"] for row in [*mailed, *rows(session, CHAT)])


def test_the_end_solves_its_tickets_and_nothing_can_be_told_after_it(session: Session, agent: Staff, carla: Customer) -> None:
    incident, ticket = declared(session, agent), reported(session, carla)
    incidents.attach(session, incident, [ticket.number], NOW)
    assert incidents.close(session, incident, "Quedó resuelto.", agent, Actor(agent), DESK, NOW) == 1
    session.commit()
    assert (ticket.status, incident.closing_text) == (Status.SOLVED, "Quedó resuelto.")
    assert incidents.current(session) == [] and incidents.closed(session) == [incident]
    for deed in (
        lambda: incidents.tell(session, incident, "x", agent, Actor(agent), DESK, NOW),
        lambda: incidents.close(session, incident, "x", agent, Actor(agent), DESK, NOW),
        lambda: incidents.attach(session, incident, [ticket.number], NOW),
        lambda: incidents.subscribe(session, incident, "c", None, NOW),
        lambda: incidents.change(session, incident, DOWN, Actor(agent), NOW),
    ):
        with pytest.raises(NotAllowed):
            deed()
    assert [entry.kind for entry in audit.rows(session, Wanted())] == [audit.INCIDENT_DECLARED, audit.INCIDENT_CLOSED]


def test_a_ticket_belongs_to_one_incident_at_a_time(session: Session, agent: Staff, carla: Customer) -> None:
    one, other, ticket = declared(session, agent), declared(session, agent), reported(session, carla)
    assert incidents.attach(session, one, [ticket.number], NOW) == [ticket]
    assert incidents.attach(session, one, [ticket.number], NOW) == []
    incidents.attach(session, other, [ticket.number], NOW)
    assert (incidents.tickets_of(session, one), incidents.of_ticket(session, ticket)) == ([], other)
    incidents.detach(session, other, ticket.number)
    assert incidents.of_ticket(session, ticket) is None
    with pytest.raises(NotFound):
        incidents.attach(session, one, ["MDA-NOSUCH"], NOW)


def test_the_bot_learns_what_touches_a_conversation_and_puts_it_on_the_list(
    client: FlaskClient, session: Session, agent: Staff, carla: Customer
) -> None:
    add_services(session, carla, ["lola.com.ar"], [])
    incident = declared(session, agent, Declared("Servidor 7", "En eso.", ("site",), domains=("lola.com.ar",)))
    bonds.bind(session, "c-1", carla, timedelta(days=3650), NOW)
    session.commit()

    def told(path: str) -> list[str]:
        return [item["title"] for item in client.get(f"/api/v1{path}", headers=service()).json["incidents"]]

    assert told("/conversations/c-1/incidents") == ["Servidor 7"]
    assert told("/conversations/c-1/incidents?area=mail") == []
    assert told("/conversations/c-2/incidents?area=site") == []
    assert told("/incidents/current?area=site&site=www.lola.com.ar") == ["Servidor 7"]
    assert client.get("/api/v1/incidents/current?area=moon", headers=service()).status_code == 400
    path = f"/api/v1/conversations/c-1/incidents/{incident.id}/subscribe"
    assert [client.post(path, headers=service()).status_code for _ in range(2)] == [204, 204]
    assert [asked.customer_id for asked in incidents.subscribers(session, incident)] == [carla.id]
    session.commit()
    assert client.post("/api/v1/conversations/c-1/incidents/no/subscribe", headers=service()).status_code == 404
    incident.closed_at = NOW
    session.commit()
    assert client.post(path, headers=service()).status_code == 409


def vector(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}e", *numbers)


def burst(session: Session, count: int, area: str = "mail", site: str | None = None, same: bool = True, at=NOW) -> list[Ticket]:  # type: ignore[no-untyped-def]
    made = []
    for number in range(count):
        customer = customers.register_customer(session, f"{area}{site}{number}{same}{at.minute}@x.com.ar", "Ana", PASSWORD, NOW)
        words = f"palabra{number} otra{number}"
        turned = vector(1, 0.01 * number) if same else vector(*(float(place == number) for place in range(count)))
        ticket, _ = tickets.open_ticket(
            session, customer, Report(area, {"description": words, "site": site}, vector=turned), None, AREA_URL, at
        )
        made.append(ticket)
    session.commit()
    return made


def test_four_customers_with_the_same_trouble_alert_staff_once(
    session: Session, engine: Engine, agent: Staff, admin: Staff
) -> None:
    alike = burst(session, 4)
    burst(session, 3, area="site")
    burst(session, 5, area="payment", same=False)
    (noticed,) = suspicion.look(session, NOW + timedelta(minutes=5))
    session.commit()
    assert (noticed.area, noticed.place, noticed.numbers) == ("mail", "", sorted(ticket.number for ticket in alike))
    told = [row for row in rows(session, MAIL) if row.content["subject"].startswith("Posible incidente: 4")]
    assert {row.recipient for row in told} == {agent.email, admin.email}
    burst(session, 1, at=NOW + timedelta(minutes=6))
    assert suspicion.look(session, NOW + timedelta(minutes=7)) == [], "one more of it is no news"
    assert suspicion.standing(session, NOW) == [noticed]
    suspicion.dismiss(session, noticed.id, NOW)
    assert suspicion.standing(session, NOW) == []


def test_one_domain_of_two_customers_is_enough_and_is_named(session: Session, agent: Staff) -> None:
    burst(session, 2, site="servidor7.csiserver.com", same=False)
    (noticed,) = suspicion.look(session, NOW + timedelta(minutes=5))
    assert noticed.place == "servidor7.csiserver.com"


@pytest.mark.parametrize("how", ["old", "one customer", "attached"])
def test_what_is_no_burst_alerts_nobody(session: Session, agent: Staff, carla: Customer, how: str) -> None:
    made = [reported(session, carla) for _ in range(5)] if how == "one customer" else burst(session, 4)
    if how == "attached":
        incidents.attach(session, declared(session, agent), [ticket.number for ticket in made], NOW)
    at = NOW + (suspicion.WITHIN if how == "old" else timedelta(minutes=1))
    assert suspicion.look(session, at) == []


def test_the_worker_looks_for_bursts(session: Session, engine: Engine, agent: Staff) -> None:

    burst(session, 4, at=datetime.now(UTC))
    watch_for_incidents(engine)
    watch_for_incidents(engine)
    assert len(session.scalars(select(SuspectedIncident)).all()) == 1
