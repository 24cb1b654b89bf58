"""What a customer does with his tickets without leaving the chat: see the open ones, add to one, solve it, reopen it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from escalation import attachments, notices, tickets
from escalation.errors import NotAllowed
from escalation.models import Author, Customer, Status, Ticket, TicketMessage

UNFINISHED = (Status.NEW, Status.OPEN, Status.WAITING)
LIST_LENGTH = 10
# So long a solved ticket is still at hand to be reopened from the chat.
REOPENED_WITHIN = timedelta(days=14)
# From where a customer may take his ticket to each status; staff's own changes are tickets.TRANSITIONS, which has these too.
CUSTOMER_MAY = {
    Status.SOLVED: frozenset(UNFINISHED),
    Status.OPEN: frozenset({Status.SOLVED, Status.CLOSED}),
}


def unfinished(session: Session, customer: Customer, now: datetime) -> list[Ticket]:
    """His tickets that are neither solved nor closed, or were solved lately, newest first, at most ten."""
    solved_lately = (Ticket.status == Status.SOLVED) & (Ticket.updated_at >= now - REOPENED_WITHIN)
    query = select(Ticket).where(Ticket.customer_id == customer.id, Ticket.status.in_(UNFINISHED) | solved_lately)
    newest = query.order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(LIST_LENGTH)
    return list(session.scalars(newest.options(selectinload(Ticket.messages))))


def last_news(ticket: Ticket) -> TicketMessage | None:
    """The newest message that the customer may see, or None."""
    return next((message for message in reversed(ticket.messages) if not message.internal), None)


def reply_once(
    session: Session, ticket: Ticket, body: str, key: str, conversation_id: str, now: datetime
) -> tuple[TicketMessage, bool]:
    """His message, once per ``key`` and ticket: returns it and whether it was written now.

    The files that wait in the conversation go along. Raises like :func:`escalation.tickets.reply_as_customer`.
    """
    query = select(TicketMessage).where(TicketMessage.ticket_id == ticket.id, TicketMessage.idempotency_key == key)
    existing = session.scalar(query)
    if existing is not None:
        return existing, False
    message = tickets.reply_as_customer(session, ticket, body, now)
    message.idempotency_key = key
    session.flush()
    attachments.attach_waiting(session, conversation_id, ticket.customer, ticket, message)
    return message, True


def change(session: Session, ticket: Ticket, status: Status, now: datetime) -> None:
    """He says that it is solved, or that it is not; nothing happens where it already is so, as after a repeated click.

    Raises:
        NotAllowed: :data:`CUSTOMER_MAY` has no such change.
    """
    if ticket.status == status:
        return
    if Status(ticket.status) not in CUSTOMER_MAY.get(status, frozenset()):
        raise NotAllowed(f"a customer cannot take a ticket from {ticket.status} to {status}")
    event = tickets.move(session, ticket, status, Author.CUSTOMER, ticket.customer_id, now)
    notices.customer_changed_status(session, ticket, event.id, now)
