"""Who of staff hears of a ticket: whoever has it, and whoever watches it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from escalation.desk.history import By, record
from escalation.desk.rows import add_once
from escalation.desk_models import TicketWatcher
from escalation.models import Author, Staff, Ticket


def audience(session: Session, ticket: Ticket) -> list[Staff]:
    """Its assignee and watchers; all of staff where it has none. Only active ones."""
    active = select(Staff).where(Staff.active).order_by(Staff.email)
    own = Staff.id.in_(select(TicketWatcher.staff_id).where(TicketWatcher.ticket_id == ticket.id))
    if ticket.assignee_id is not None:
        own |= Staff.id == ticket.assignee_id
    return list(session.scalars(active.where(own))) or list(session.scalars(active))


def watchers(session: Session, ticket: Ticket) -> list[Staff]:
    """Who watches it, by name."""
    return list(session.scalars(select(Staff).join(TicketWatcher).where(TicketWatcher.ticket_id == ticket.id).order_by(Staff.name)))


def watch(session: Session, ticket: Ticket, member: Staff, now: datetime) -> None:
    """He wants to hear of it; nothing happens where he does already. It is no change that another agent must have seen."""
    is_there = session.get(TicketWatcher, (ticket.id, member.id)) is not None
    if not is_there and add_once(session, TicketWatcher(ticket_id=ticket.id, staff_id=member.id)):
        record(session, ticket, "watcher", By(Author.STAFF, member.id, now), None, member.id)


def unwatch(session: Session, ticket: Ticket, member: Staff, now: datetime) -> None:
    """He does not want to hear of it any more."""
    own = delete(TicketWatcher).where(TicketWatcher.ticket_id == ticket.id, TicketWatcher.staff_id == member.id)
    if session.execute(own).rowcount:
        record(session, ticket, "watcher", By(Author.STAFF, member.id, now), member.id, None)
