"""No promise lapses in silence: staff are warned before, and the customer gets another time before the old one is over.

Each is done by the promise's old value: of several workers that find the same ticket only one can do it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from escalation.business_hours import BusinessHours
from escalation.desk import clock, life, mails
from escalation.desk.history import By, record
from escalation.desk.targets import reckon
from escalation.models import Author, Ticket
from escalation.promises import CAP_DAYS, full_hour, spoken

# Open time: enough to take a ticket up and answer it.
WARN_BEFORE = timedelta(hours=1)
# A mail needs its time to be read before the hour that it speaks of.
RENEW_BEFORE = timedelta(minutes=15)
WARNED = "promise_warned"
_RUNNING = Ticket.status.in_(clock.STAFFS_TURN) & Ticket.promised_at.is_not(None)
_NOT_WARNED = Ticket.promise_warned_at.is_(None)


def to_warn(session: Session, now: datetime, hours: BusinessHours, but: Collection[int] = ()) -> Ticket | None:
    """The next ticket whose promise ends within an open hour, and of which nobody was warned."""
    return _first(session, _RUNNING & _NOT_WARNED & (Ticket.promised_at <= hours.add(now, WARN_BEFORE)), but)


def warn(session: Session, ticket: Ticket, now: datetime, hours: BusinessHours) -> None:
    """Its audience gets a mail, once for each promise."""
    promised = ticket.promised_at
    if promised is not None and _set(session, ticket, _NOT_WARNED & (Ticket.promised_at == promised), promise_warned_at=now):
        event = record(session, ticket, WARNED, By(Author.SYSTEM, None, now), None, promised.isoformat())
        mails.promise_ends(session, ticket, event.id, spoken(promised, now, hours), now)


def to_renew(session: Session, now: datetime, but: Collection[int] = ()) -> Ticket | None:
    """The next ticket whose promise is about to lapse, or did so while no worker was running."""
    return _first(session, _RUNNING & (Ticket.promised_at <= now + RENEW_BEFORE), but)


def renew(session: Session, ticket: Ticket, now: datetime, hours: BusinessHours, area_url: str) -> None:
    """The customer gets another time, and an apology, once for each promise."""
    old = ticket.promised_at
    if old is None:
        return
    # From the old time on: whoever was promised it late must not be promised an earlier one.
    start, before = max(now, old), int((ticket.promise_basis or {}).get("renewals", 0))
    fresh = reckon(session, ticket.area, ticket.priority, start, hours, is_waiting=True)
    # The first time is a delay, the next ones are a habit: a day, two, three, so that he is not told the same twice a day.
    at = max(fresh.at, full_hour(hours.add(start, min(before, CAP_DAYS) * hours.day), hours))
    values = {"promised_at": at, "promise_basis": fresh.basis | {"renewals": before + 1}, "promise_warned_at": None}
    if _set(session, ticket, Ticket.promised_at == old, **values):
        event = record(session, ticket, clock.RENEWED, By(Author.SYSTEM, None, now), old.isoformat(), at.isoformat())
        times = spoken(old, now, hours), spoken(at, now, hours)
        mails.promise_renewed(session, ticket, event.id, times, life.link_of(ticket, area_url), now)


def _first(session: Session, due: ColumnElement[bool], but: Collection[int]) -> Ticket | None:
    query = select(Ticket).where(due, Ticket.id.not_in(but)).order_by(Ticket.promised_at, Ticket.id).limit(1)
    return session.scalar(query.with_for_update(skip_locked=True))


def _set(session: Session, ticket: Ticket, same: ColumnElement[bool], **values: object) -> bool:
    # By the statement, not by the row's version: an agent who is writing must not be told that somebody changed the ticket.
    statement = update(Ticket).where(Ticket.id == ticket.id, _RUNNING, same).values(**values)
    if session.execute(statement.execution_options(synchronize_session=False)).rowcount != 1:
        return False
    session.refresh(ticket)
    return True
