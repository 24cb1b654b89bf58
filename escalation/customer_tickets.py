"""What a customer does with his tickets without leaving the chat: see the open ones, add to one, solve it, reopen it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from escalation import attachments, notices, tickets
from escalation.business_hours import BusinessHours
from escalation.desk import life
from escalation.errors import NotAllowed
from escalation.models import Author, Customer, Status, Ticket, TicketEvent, TicketMessage
from escalation.tickets import USUAL_HOURS

UNFINISHED = (Status.NEW, Status.OPEN, Status.WAITING)
LIST_LENGTH = 10
# So long a solved ticket is still at hand to be reopened from the chat.
REOPENED_WITHIN = timedelta(days=14)
# From where a customer may take his ticket to each status; staff's own changes are tickets.TRANSITIONS, which has these too.
CUSTOMER_MAY = {
    Status.SOLVED: frozenset(UNFINISHED),
    Status.OPEN: frozenset({Status.SOLVED, Status.CLOSED}),
}
# Each time staff get a mail. Who still sees a problem after that many strokes of a button has something to write, and may.
REOPENINGS_MAX = 5
REOPENINGS_WITHIN = timedelta(days=1)


def unfinished(session: Session, customer: Customer, now: datetime) -> list[Ticket]:
    """His tickets that are neither solved nor closed, or were solved lately, newest first, at most ten."""
    solved_lately = (Ticket.status == Status.SOLVED) & (Ticket.updated_at >= now - REOPENED_WITHIN)
    query = select(Ticket).where(Ticket.customer_id == customer.id, Ticket.status.in_(UNFINISHED) | solved_lately)
    newest = query.order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(LIST_LENGTH)
    return list(session.scalars(newest.options(selectinload(Ticket.messages))))


def last_news(ticket: Ticket, now: datetime) -> TicketMessage | None:
    """The newest message that the customer may see, or None."""
    return next(reversed(life.thread_for_customer(ticket, now)), None)


def reply_once(
    session: Session,
    ticket: Ticket,
    body: str,
    key: str,
    conversation_id: str,
    now: datetime,
    hours: BusinessHours = USUAL_HOURS,
) -> tuple[TicketMessage, bool]:
    """His message, once per ``key`` and ticket: returns it and whether it was written now.

    The files that wait in the conversation go along. Raises like :func:`escalation.tickets.reply_as_customer`.
    """
    query = select(TicketMessage).where(TicketMessage.ticket_id == ticket.id, TicketMessage.idempotency_key == key)
    existing = session.scalar(query)
    if existing is not None:
        return existing, False
    message = tickets.reply_as_customer(session, ticket, body, now, hours)
    message.idempotency_key = key
    session.flush()
    attachments.attach_waiting(session, conversation_id, ticket.customer, ticket, message)
    return message, True


def change(session: Session, ticket: Ticket, status: Status, now: datetime, hours: BusinessHours = USUAL_HOURS) -> None:
    """He says that it is solved, or that it is not; nothing happens where it already is so, as after a repeated click.

    Raises:
        NotAllowed: :data:`CUSTOMER_MAY` has no such change, the ticket was merged, or he reopened it too often today; a
            message opens it all the same.
    """
    life.begin(session, ticket)
    if ticket.status == status:
        return
    if Status(ticket.status) not in CUSTOMER_MAY.get(status, frozenset()):
        raise NotAllowed(f"a customer cannot take a ticket from {ticket.status} to {status}")
    if status == Status.OPEN and _reopened(session, ticket, now) >= REOPENINGS_MAX:
        raise NotAllowed("reopened too often; write what is still wrong")
    event = tickets.move(session, ticket, status, Author.CUSTOMER, ticket.customer_id, now, hours)
    notices.customer_changed_status(session, ticket, event.id, now)


def _reopened(session: Session, ticket: Ticket, now: datetime) -> int:
    his = (TicketEvent.ticket_id == ticket.id) & (TicketEvent.author == Author.CUSTOMER) & (TicketEvent.kind == "status")
    lately = his & (TicketEvent.new == Status.OPEN) & (TicketEvent.at > now - REOPENINGS_WITHIN)
    return session.scalar(select(func.count()).select_from(TicketEvent).where(lately)) or 0
