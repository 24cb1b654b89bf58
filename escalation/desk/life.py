"""The statuses of a ticket as one table, and the two things that happen in its life: it moves, and somebody writes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from escalation.desk.history import By, record
from escalation.errors import InvalidReport
from escalation.models import Author, Status, Ticket, TicketEvent, TicketMessage

# From each status, where a person may take it. A customer's reply has its own rule below.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.NEW: frozenset({Status.OPEN, Status.WAITING, Status.SOLVED, Status.CLOSED}),
    Status.OPEN: frozenset({Status.WAITING, Status.SOLVED, Status.CLOSED}),
    Status.WAITING: frozenset({Status.OPEN, Status.SOLVED, Status.CLOSED}),
    Status.SOLVED: frozenset({Status.OPEN, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.OPEN}),
}
REOPENED_BY_REPLY = frozenset({Status.WAITING, Status.SOLVED, Status.CLOSED})
BODY_MAX = 20_000


def move(session: Session, ticket: Ticket, status: Status, author: Author, author_id: str, now: datetime) -> TicketEvent:
    """Change the status and record who did; whether he may is the calling verb's rule."""
    old, ticket.status, ticket.updated_at = ticket.status, status, now
    return record(session, ticket, "status", By(author, author_id, now), old, status)


def add_message(session: Session, ticket: Ticket, by: By, name: str, body: str, internal: bool = False) -> TicketMessage:
    """Somebody writes; ``name`` is his as the reader sees it.

    Raises:
        InvalidReport: the text is empty or too long.
    """
    text = body.replace("\x00", "").strip()
    if not text or len(text) > BODY_MAX:
        raise InvalidReport(f"write between 1 and {BODY_MAX} characters", body="length")
    message = TicketMessage(
        ticket_id=ticket.id,
        author=by.author,
        author_id=by.author_id,
        author_name=name,
        body=text,
        internal=internal,
        created_at=by.at,
    )
    session.add(message)
    ticket.updated_at = by.at
    session.flush()
    record(session, ticket, "note" if internal else "message", by)
    return message
