"""What an agent does with one form: he answers, notes, changes the status, or all at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from escalation import notices, promises
from escalation.business_hours import BusinessHours
from escalation.desk import answer_drafts, clock, life, taking_back
from escalation.desk.history import By
from escalation.desk.life import TRANSITIONS, USUAL_HOURS
from escalation.errors import InvalidReport, NotAllowed
from escalation.models import Author, Staff, Status, Ticket, TicketMessage


@dataclass(frozen=True)
class StaffUpdate:
    """One form of the console: ``body`` may be empty, ``status`` may be the present one. ``version`` is the one he saw.

    ``hold``: how long the answer can be taken back before it leaves. ``asks``: it is no answer but a question, see asking.
    """

    body: str
    status: Status
    version: int
    internal: bool = False
    hold: timedelta = timedelta()
    asks: bool = False

    @property
    def says(self) -> bool:
        """Whether the customer gets to read something."""
        return bool(self.body.strip()) and not self.internal


def update_as_staff(
    session: Session,
    ticket: Ticket,
    member: Staff,
    update: StaffUpdate,
    area_url: str,
    now: datetime,
    hours: BusinessHours = USUAL_HOURS,
) -> TicketMessage | None:
    """An agent answers, notes, or changes the status, or all at once; returns what he wrote.

    An answer keeps the promise; where the ticket then still is staff's to work on, the customer gets the time of the next news.

    Raises:
        StaleTicket: somebody else changed the ticket since he opened it.
        NotAllowed: the table has no such change of status, or the ticket was merged.
        InvalidReport: nothing to do, or the text is too long.
    """
    life.begin(session, ticket, update.version)
    changes = _changes_status(ticket, update)
    by, link, before = By(Author.STAFF, member.id, now), life.link_of(ticket, area_url), taking_back.state_of(ticket)
    if update.says and not update.asks:
        clock.answered(session, ticket, by)
    event = life.move(session, ticket, update.status, Author.STAFF, member.id, now, hours) if changes else None
    message = None
    if update.body.strip():
        message = life.add_message(session, ticket, by, member.name, update.body, update.internal)
        answer_drafts.discard(session, ticket, member)
    if message is not None and update.says:
        clock.ensure(session, ticket, by, hours)
        taking_back.hold(session, message, member, taking_back.Undo(before, event, now + update.hold))
        promised = promises.spoken(ticket.promised_at, now, hours) if ticket.promised_at else None
        notices.staff_answered(session, ticket, message, link, now, promised)
    elif event is not None and update.status != Status.OPEN:
        notices.status_changed(session, ticket, event.id, link, now)
    return message


def _changes_status(ticket: Ticket, update: StaffUpdate) -> bool:
    changes = update.status != ticket.status
    if not update.body.strip() and not changes:
        raise InvalidReport("write an answer or choose another status", body="empty")
    if changes and update.status not in TRANSITIONS[Status(ticket.status)]:
        raise NotAllowed(f"a ticket cannot go from {ticket.status} to {update.status}")
    return changes
