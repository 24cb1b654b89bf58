"""What the tests of the desk's work share."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import tickets
from escalation.desk.life import Act
from escalation.models import Customer, OutboxRow, Staff, Status, Ticket, TicketEvent
from escalation.tickets import Report, StaffUpdate
from tests.escalation.conftest import AREA_URL, NOW
from tests.escalation.test_business_hours import HOURS


def reported(
    session: Session, customer: Customer, text: str = "no me salen los mails", now: datetime = NOW, area: str = "mail"
) -> Ticket:
    ticket, _ = tickets.open_ticket(session, customer, Report(area, {"description": text}), None, AREA_URL, now, HOURS)
    session.commit()
    return ticket


def act(member: Staff, ticket: Ticket, now: datetime = NOW) -> Act:
    return Act(member, ticket.version, now)


def answer(
    session: Session, ticket: Ticket, member: Staff, body: str, status: Status, now: datetime = NOW, **how: timedelta | bool
) -> None:
    update = StaffUpdate(body, status, ticket.version, **how)  # type: ignore[arg-type]
    tickets.update_as_staff(session, ticket, member, update, AREA_URL, now, HOURS)
    session.commit()


def events(session: Session, ticket: Ticket, *kinds: str) -> list[tuple[str, str | None, str | None]]:
    found = session.scalars(select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.id))
    return [(event.kind, event.old, event.new) for event in found if not kinds or event.kind in kinds]


def mails(session: Session, recipient: str | None = None) -> list[OutboxRow]:
    query = select(OutboxRow).order_by(OutboxRow.id)
    return list(session.scalars(query if recipient is None else query.where(OutboxRow.recipient == recipient)))
