"""Tickets that have to do with each other, of one customer or of several; only staff see it."""

from __future__ import annotations

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from escalation.desk.history import By, record
from escalation.desk.rows import add_once
from escalation.desk_models import TicketLink
from escalation.errors import NotAllowed
from escalation.models import Ticket


def related(session: Session, ticket: Ticket) -> list[Ticket]:
    """What is linked with it, oldest first."""
    others = [link.other_id if link.ticket_id == ticket.id else link.ticket_id for link in _of(session, ticket)]
    return list(session.scalars(select(Ticket).where(Ticket.id.in_(others)).order_by(Ticket.id)))


def link(session: Session, ticket: Ticket, other: Ticket, by: By) -> None:
    """They belong together; nothing happens where that is known.

    Raises:
        NotAllowed: they are one.
    """
    if ticket.id == other.id:
        raise NotAllowed("a ticket cannot be linked with itself")
    first, second = sorted((ticket.id, other.id))
    if _between(session, first, second) is None and add_once(session, TicketLink(ticket_id=first, other_id=second)):
        record(session, ticket, "link", by, None, other.number)
        record(session, other, "link", by, None, ticket.number)


def unlink(session: Session, ticket: Ticket, other: Ticket, by: By) -> None:
    """They have nothing to do with each other after all."""
    first, second = sorted((ticket.id, other.id))
    if session.execute(delete(TicketLink).where(TicketLink.ticket_id == first, TicketLink.other_id == second)).rowcount:
        record(session, ticket, "link", by, other.number, None)
        record(session, other, "link", by, ticket.number, None)


def take_over(session: Session, source: Ticket, target: Ticket, by: By) -> None:
    """What was linked with a merged ticket is linked with where it went."""
    for other in related(session, source):
        unlink(session, source, other, by)
        if other.id != target.id:
            link(session, target, other, by)


def _of(session: Session, ticket: Ticket) -> list[TicketLink]:
    return list(session.scalars(select(TicketLink).where(or_(TicketLink.ticket_id == ticket.id, TicketLink.other_id == ticket.id))))


def _between(session: Session, first: int, second: int) -> TicketLink | None:
    return session.scalar(select(TicketLink).where(TicketLink.ticket_id == first, TicketLink.other_id == second))
