"""The statuses of a ticket as one table, and the two things that happen in its life: it moves, and somebody writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from escalation.business_hours import BusinessHours
from escalation.desk import clock
from escalation.desk.history import By, record
from escalation.desk.text import storable
from escalation.errors import InvalidReport, NotAllowed, StaleTicket
from escalation.models import Author, Staff, Status, Ticket, TicketEvent, TicketMessage

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
USUAL_HOURS = BusinessHours()


@dataclass(frozen=True)
class Act:
    """What a member of staff does ``at`` a moment to a ticket as he saw it: in ``version``."""

    member: Staff
    version: int
    at: datetime

    @property
    def by(self) -> By:
        """For the history."""
        return By(Author.STAFF, self.member.id, self.at)


def begin(session: Session, ticket: Ticket, version: int | None = None) -> None:
    """Take the ticket in hand: until the transaction ends nobody else changes it. First line of each verb.

    Raises:
        StaleTicket: it is no longer in the ``version`` that somebody saw.
        NotAllowed: it was merged into another one, and has no life of its own any more.
    """
    session.flush()
    session.refresh(ticket, with_for_update=True)
    if ticket.merged_into_id is not None:
        raise NotAllowed("this ticket was merged into another one")
    if version is not None and version != ticket.version:
        raise StaleTicket("somebody else changed this ticket while you were writing")


def touch(ticket: Ticket) -> None:
    """Something beside its row changed: who saw the ticket before that has not seen this."""
    flag_modified(ticket, "status_at")


def link_of(ticket: Ticket, area_url: str) -> str:
    """Where the customer sees it."""
    return f"{area_url}tickets/{ticket.number}"


def move(
    session: Session,
    ticket: Ticket,
    status: Status,
    author: Author,
    author_id: str | None,
    now: datetime,
    hours: BusinessHours = USUAL_HOURS,
) -> TicketEvent:
    """Change the status and record who did; whether he may is the calling verb's rule. The promise runs or rests with it."""
    by = By(author, author_id, now)
    clock.before_status(session, ticket, status, by, hours)
    old, ticket.status, ticket.status_at, ticket.updated_at = ticket.status, status, now, now
    return record(session, ticket, "status", by, old, status)


def thread_for_customer(ticket: Ticket, now: datetime) -> list[TicketMessage]:
    """The messages that he may see: no notes, and no answer that may still be taken back."""
    return [message for message in ticket.messages if not message.internal and not is_held(message, now)]


def is_held(message: TicketMessage, now: datetime) -> bool:
    """Whether its author may still take it back."""
    return message.held_until is not None and message.held_until > now


def add_message(session: Session, ticket: Ticket, by: By, name: str, body: str, internal: bool = False) -> TicketMessage:
    """Somebody writes; ``name`` is his as the reader sees it.

    Raises:
        InvalidReport: the text is empty or too long.
    """
    text = storable(body).strip()
    if not text or len(text) > BODY_MAX:
        raise InvalidReport(f"write between 1 and {BODY_MAX} characters", body="length")
    message = TicketMessage(
        ticket_id=ticket.id,
        author=by.author,
        author_id=by.author_id or by.author,
        author_name=name,
        body=text,
        internal=internal,
        created_at=by.at,
    )
    session.add(message)
    ticket.updated_at = by.at
    touch(ticket)
    session.flush()
    record(session, ticket, "note" if internal else "message", by)
    return message
