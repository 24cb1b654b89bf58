"""The promised time of one ticket: it runs while the answer is ours to give, and stands still while we wait on the customer.

An answer of staff keeps the promise. Where the ticket then still is ours, the customer gets the time of the next news; where
it comes back to us after that, a new time. Only what waits on the customer without an answer goes on where it stopped. Each
change has its event, with the moments in ISO 8601 (UTC) as old and new.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from escalation.business_hours import BusinessHours
from escalation.desk.history import By, record
from escalation.desk.targets import reckon
from escalation.models import Status, Ticket
from escalation.promises import FLOOR, full_hour

STAFFS_TURN = frozenset({Status.NEW, Status.OPEN})
MADE, KEPT, PAUSED, RESUMED = "promise_made", "promise_kept", "promise_paused", "promise_resumed"
EARLIER, RENEWED, DROPPED, RESTORED = "promise_earlier", "promise_renewed", "promise_dropped", "promise_restored"


def set_promise(session: Session, ticket: Ticket, kind: str, at: datetime | None, by: By) -> None:
    """The one place where a promised time changes after a ticket was opened."""
    old, ticket.promised_at, ticket.promise_warned_at = ticket.promised_at, at, None
    if old != at:
        record(session, ticket, kind, by, _text(old), _text(at))


def before_status(session: Session, ticket: Ticket, status: Status, by: By, hours: BusinessHours) -> None:
    """The ticket is about to move to ``status``: whose turn is it then?"""
    is_ours, will_be_ours = ticket.status in STAFFS_TURN, status in STAFFS_TURN
    if will_be_ours and not is_ours:
        _run_again(session, ticket, by, hours)
    elif status == Status.WAITING and is_ours and ticket.promised_at is not None:
        ticket.promise_left = round(hours.between(by.at, ticket.promised_at).total_seconds())
        set_promise(session, ticket, PAUSED, None, by)
    elif not will_be_ours and status != Status.WAITING:
        ticket.promise_left = None
        set_promise(session, ticket, DROPPED, None, by)


def answered(session: Session, ticket: Ticket, by: By) -> None:
    """Staff answer: what was promised is kept. Called before the answer's own change of status."""
    ticket.promise_left = None
    set_promise(session, ticket, KEPT, None, by)


def ensure(session: Session, ticket: Ticket, by: By, hours: BusinessHours) -> None:
    """Where the next word is still ours, the customer is told when it comes."""
    if ticket.status in STAFFS_TURN and ticket.promised_at is None:
        _make(session, ticket, by, hours, is_waiting=True)


def hurry(session: Session, ticket: Ticket, by: By, hours: BusinessHours) -> None:
    """Priority or area changed: a time that was given moves nearer if it can, and never further away."""
    if ticket.promised_at is None and ticket.promise_left is None:
        return
    is_running = ticket.promised_at is not None
    fresh = reckon(session, ticket.area, ticket.priority, by.at, hours, is_waiting=is_running)
    if not is_running:
        ticket.promise_left = min(ticket.promise_left or 0, round(hours.between(by.at, fresh.at).total_seconds()))
    elif fresh.at < ticket.promised_at:
        ticket.promise_basis = fresh.basis
        set_promise(session, ticket, EARLIER, fresh.at, by)


def _run_again(session: Session, ticket: Ticket, by: By, hours: BusinessHours) -> None:
    if ticket.promise_left is None:
        _make(session, ticket, by, hours, is_waiting=False)
        return
    # However little was left, nobody reads an answer and acts on it at once.
    left = max(timedelta(seconds=ticket.promise_left), FLOOR)
    ticket.promise_left = None
    set_promise(session, ticket, RESUMED, full_hour(hours.add(by.at, left), hours), by)


def _make(session: Session, ticket: Ticket, by: By, hours: BusinessHours, is_waiting: bool) -> None:
    fresh = reckon(session, ticket.area, ticket.priority, by.at, hours, is_waiting=is_waiting)
    ticket.promise_basis = fresh.basis
    set_promise(session, ticket, MADE, fresh.at, by)


def _text(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at is not None else None
