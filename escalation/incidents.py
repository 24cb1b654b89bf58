"""Declared incidents: whom they touch, whose tickets belong to them, one message to all, and the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation import audit, chat_news, incident_notices, services, tickets
from escalation.audit import Actor
from escalation.business_hours import BusinessHours
from escalation.desk import life, merging
from escalation.desk.text import storable
from escalation.errors import InvalidReport, NotAllowed, NotFound
from escalation.incident_models import Incident, IncidentMessage, IncidentSubscriber, IncidentTicket
from escalation.models import Area, Customer, Staff, Status, Ticket
from escalation.similar import domain_of
from escalation.tickets import StaffUpdate

TITLE_MAX, TEXT_MAX, DOMAINS_MAX, SERVER_MAX = 120, 2_000, 2_000, 120


@dataclass(frozen=True)
class Declared:
    """What is said of it. Without ``domains`` it touches all of its ``areas``; without ``areas`` everybody.

    ``server`` is a name for people: which customers are on it, its domains say.
    """

    title: str
    text: str
    areas: tuple[str, ...] = ()
    server: str = ""
    domains: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """Whom or what an incident may touch: what is known of somebody's trouble."""

    area: str | None = None
    site: str | None = None
    customer: Customer | None = None


@dataclass(frozen=True)
class Desk:
    """Where and when the desk works: for what a message does to a ticket's promise."""

    area_url: str
    hours: BusinessHours


def declare(session: Session, declared: Declared, member: Staff, actor: Actor, now: datetime) -> Incident:
    """Raises:
    InvalidReport: names what is missing, malformed or too long.
    """
    row = Incident(declared_by=member.id, declared_at=now, **_checked(declared))
    session.add(row)
    session.flush()
    audit.record(session, audit.INCIDENT_DECLARED, actor, row.id, now)
    return row


def change(session: Session, incident: Incident, declared: Declared, actor: Actor, now: datetime) -> None:
    """More is known by now; what was told stays told.

    Raises:
        InvalidReport: as :func:`declare`.
        NotAllowed: it is closed.
    """
    _begin(session, incident)
    for name, value in _checked(declared).items():
        setattr(incident, name, value)
    audit.record(session, audit.INCIDENT_DECLARED, actor, incident.id, now, changed=True)


def find(session: Session, incident_id: str) -> Incident:
    """Raises:
    NotFound: there is none of this id.
    """
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise NotFound("there is no such incident")
    return incident


def current(session: Session) -> list[Incident]:
    """Those that are not closed, the newest first."""
    return list(session.scalars(select(Incident).where(Incident.closed_at.is_(None)).order_by(Incident.declared_at.desc())))


def closed(session: Session, limit: int = 50) -> list[Incident]:
    """The last ones."""
    query = select(Incident).where(Incident.closed_at.is_not(None)).order_by(Incident.closed_at.desc())
    return list(session.scalars(query.limit(limit)))


def touching(session: Session, asked: Asked) -> list[Incident]:
    """The current ones that touch it, those about his very domains first."""
    his = {item.name for item in asked.customer.domains} if asked.customer else set()
    site = domain_of(asked.site)
    names = his | ({site} if site else set())
    found = [incident for incident in current(session) if _touches(incident, asked.area, names)]
    return sorted(found, key=lambda incident: not incident.domains)


def attach(session: Session, incident: Incident, numbers: Iterable[str], now: datetime) -> list[Ticket]:
    """These tickets are about it; those of another incident change over. Returns those that were not its own before.

    Raises:
        NotFound: one of them is no ticket.
        NotAllowed: it is closed.
    """
    _begin(session, incident)
    added = []
    for number in dict.fromkeys(numbers):
        ticket = tickets.find(session, number)
        row = session.get(IncidentTicket, ticket.id)
        if row is None:
            session.add(IncidentTicket(ticket_id=ticket.id, incident_id=incident.id, attached_at=now))
        elif row.incident_id != incident.id:
            row.incident_id, row.attached_at = incident.id, now
        else:
            continue
        session.flush()
        added.append(ticket)
    return added


def detach(session: Session, incident: Incident, number: str) -> None:
    """It is about something else after all; nothing happens where it is not attached."""
    row = session.get(IncidentTicket, tickets.find(session, number).id)
    if row is not None and row.incident_id == incident.id:
        session.delete(row)
        session.flush()


def tickets_of(session: Session, incident: Incident) -> list[Ticket]:
    """Its tickets, the oldest first; merged ones as what they went into."""
    query = select(Ticket).join(IncidentTicket, IncidentTicket.ticket_id == Ticket.id)
    found = session.scalars(query.where(IncidentTicket.incident_id == incident.id).order_by(Ticket.id))
    return list(dict.fromkeys(merging.final(session, ticket) for ticket in found))


def of_ticket(session: Session, ticket: Ticket) -> Incident | None:
    """What it is attached to."""
    row = session.get(IncidentTicket, ticket.id)
    return session.get(Incident, row.incident_id) if row is not None else None


def subscribers(session: Session, incident: Incident) -> list[IncidentSubscriber]:
    """Who asked in a chat to hear that it is back."""
    query = select(IncidentSubscriber).where(IncidentSubscriber.incident_id == incident.id)
    return list(session.scalars(query.order_by(IncidentSubscriber.id)))


def subscribe(session: Session, incident: Incident, conversation_id: str, customer: Customer | None, now: datetime) -> bool:
    """«Avíseme cuando vuelva»; says whether he was not on the list before.

    Raises:
        NotAllowed: it is over.
    """
    _begin(session, incident)
    mine = (IncidentSubscriber.incident_id == incident.id) & (IncidentSubscriber.conversation_id == conversation_id)
    row = session.scalar(select(IncidentSubscriber).where(mine))
    if row is not None:
        row.customer_id = customer.id if customer else row.customer_id
        return False
    named = customer.id if customer else None
    session.add(IncidentSubscriber(incident_id=incident.id, conversation_id=conversation_id, customer_id=named, asked_at=now))
    session.flush()
    return True


def tell(session: Session, incident: Incident, body: str, member: Staff, actor: Actor, desk: Desk, now: datetime) -> int:
    """One message to all: an answer in each ticket (with its mail and its chat), a mail or a word in the chat to the others.

    Returns how many it reaches.

    Raises:
        InvalidReport: it is empty or too long.
        NotAllowed: the incident is closed.
    """
    _begin(session, incident)
    text = _text(body)
    reached = _tell(session, incident, text, None, member, desk, now)
    audit.record(session, audit.INCIDENT_TOLD, actor, incident.id, now, reached=reached)
    return reached


def close(session: Session, incident: Incident, body: str, member: Staff, actor: Actor, desk: Desk, now: datetime) -> int:
    """It is over: the last message solves its tickets. Returns how many it reaches; raises like :func:`tell`."""
    _begin(session, incident)
    text = _text(body)
    reached = _tell(session, incident, text, Status.SOLVED, member, desk, now)
    incident.closed_at, incident.closing_text = now, text
    audit.record(session, audit.INCIDENT_CLOSED, actor, incident.id, now, reached=reached)
    return reached


def messages(session: Session, incident: Incident) -> list[IncidentMessage]:
    """What was told, the newest first."""
    query = select(IncidentMessage).where(IncidentMessage.incident_id == incident.id)
    return list(session.scalars(query.order_by(IncidentMessage.id.desc())))


def sizes(session: Session) -> dict[str, int]:
    """How many tickets are attached to each, by id."""
    query = select(IncidentTicket.incident_id, func.count()).group_by(IncidentTicket.incident_id)
    return {incident_id: count for incident_id, count in session.execute(query)}


def _touches(incident: Incident, area: str | None, names: set[str]) -> bool:
    # What the question is about may not be known yet; a domain that is down is down for everything.
    fits = not incident.areas or area in incident.areas
    if incident.domains:
        return bool(names & set(incident.domains)) and (fits or area is None)
    return fits


def _tell(session: Session, incident: Incident, text: str, status: Status | None, member: Staff, desk: Desk, now: datetime) -> int:
    row = IncidentMessage(incident_id=incident.id, staff_id=member.id, body=text, reached=0, at=now)
    session.add(row)
    session.flush()
    mailed: set[str] = set()
    spoken: set[str | None] = set()
    for ticket in tickets_of(session, incident):
        # What its customer or an agent closed meanwhile is left alone.
        if ticket.status == Status.CLOSED:
            continue
        wanted = Status(ticket.status) if status is None or ticket.status == status else status
        life.begin(session, ticket)
        update = StaffUpdate(text, wanted, ticket.version)
        tickets.update_as_staff(session, ticket, member, update, desk.area_url, now, desk.hours)
        mailed.add(ticket.customer_id)
        spoken.add(ticket.conversation_id)
        row.reached += 1
    for asked in subscribers(session, incident):
        customer = session.get(Customer, asked.customer_id) if asked.customer_id else None
        if customer is not None and customer.id not in mailed and customer.addresses:
            incident_notices.told(session, incident, customer, text, str(row.id), status is not None, now)
            mailed.add(customer.id)
        if asked.conversation_id not in spoken:
            chat_news.of_incident(session, asked.conversation_id, f"incident-{row.id}-{asked.id}", incident.title, text, now)
            spoken.add(asked.conversation_id)
            row.reached += 1
    return row.reached


def _begin(session: Session, incident: Incident) -> None:
    session.flush()
    session.refresh(incident, with_for_update=True)
    if incident.closed_at is not None:
        raise NotAllowed("this incident is closed")


def _text(body: str) -> str:
    text = storable(body).strip()
    if not 0 < len(text) <= TEXT_MAX:
        raise InvalidReport(f"write between 1 and {TEXT_MAX} characters", text="length")
    return text


def _checked(declared: Declared) -> dict[str, object]:
    wrong: dict[str, str] = {}
    title, server = " ".join(storable(declared.title).split()), " ".join(storable(declared.server).split())
    if not 0 < len(title) <= TITLE_MAX:
        wrong["title"] = "length"
    if len(server) > SERVER_MAX:
        wrong["server"] = "length"
    if any(area not in set(Area) for area in declared.areas):
        wrong["areas"] = "unknown"
    try:
        domains = sorted({services.normal_domain(name) for name in declared.domains})
    except InvalidReport as refused:
        domains, wrong["domains"] = [], str(refused)
    if len(domains) > DOMAINS_MAX:
        wrong["domains"] = "many"
    text = storable(declared.text).strip()
    if not 0 < len(text) <= TEXT_MAX:
        wrong["text"] = "length"
    if wrong:
        raise InvalidReport("the incident cannot be declared as it is", **wrong)
    return {"title": title, "text": text, "areas": sorted(set(declared.areas)), "server": server, "domains": domains}
