"""No promise lapses in silence: staff are warned before, and the customer gets another time before the old one is over.

Each step takes one ticket in one transaction, and by its old value: of several workers only one can do it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from escalation.business_hours import BusinessHours
from escalation.desk import clock, life, mails
from escalation.desk.history import By, record
from escalation.desk.targets import reckon
from escalation.models import Author, Ticket
from escalation.promises import spoken

# Open time: enough to take a ticket up and answer it.
WARN_BEFORE = timedelta(hours=1)
# A mail needs its time to be read before the hour that it speaks of.
RENEW_BEFORE = timedelta(minutes=15)
WARNED = "promise_warned"
_RUNNING = Ticket.status.in_(clock.STAFFS_TURN) & Ticket.promised_at.is_not(None)


def warn_next(session: Session, now: datetime, hours: BusinessHours) -> bool:
    """Warn the audience of one ticket, once for each promise; False where none is to be warned of."""
    due = _RUNNING & Ticket.promise_warned_at.is_(None) & (Ticket.promised_at <= hours.add(now, WARN_BEFORE))
    ticket = _first(session, due)
    if ticket is None or ticket.promised_at is None:
        return False
    same = _RUNNING & (Ticket.id == ticket.id) & (Ticket.promised_at == ticket.promised_at) & Ticket.promise_warned_at.is_(None)
    if _changed(session, ticket, same, promise_warned_at=now):
        event = record(session, ticket, WARNED, By(Author.SYSTEM, None, now), None, ticket.promised_at.isoformat())
        mails.promise_ends(session, ticket, event.id, spoken(ticket.promised_at, now, hours), now)
    return True


def renew_next(session: Session, now: datetime, hours: BusinessHours, area_url: str) -> bool:
    """Give the customer of one ticket another time, and an apology; False where no promise is about to lapse."""
    ticket = _first(session, _RUNNING & (Ticket.promised_at <= now + RENEW_BEFORE))
    if ticket is None or ticket.promised_at is None:
        return False
    old = ticket.promised_at
    # From the old time on: whoever was promised it late must not be promised an earlier one.
    fresh = reckon(session, ticket.area, ticket.priority, max(now, old), hours, is_waiting=True)
    basis = fresh.basis | {"renewals": int((ticket.promise_basis or {}).get("renewals", 0)) + 1}
    same = _RUNNING & (Ticket.id == ticket.id) & (Ticket.promised_at == old)
    if _changed(session, ticket, same, promised_at=fresh.at, promise_basis=basis, promise_warned_at=None):
        by = By(Author.SYSTEM, None, now)
        event = record(session, ticket, clock.RENEWED, by, old.isoformat(), fresh.at.isoformat())
        times = spoken(old, now, hours), spoken(fresh.at, now, hours)
        mails.promise_renewed(session, ticket, event.id, times, life.link_of(ticket, area_url), now)
    return True


def _first(session: Session, due: object) -> Ticket | None:
    query = select(Ticket).where(due).order_by(Ticket.promised_at, Ticket.id).limit(1)  # type: ignore[arg-type]
    return session.scalar(query.with_for_update(skip_locked=True))


def _changed(session: Session, ticket: Ticket, same: object, **values: object) -> bool:
    """By the statement, not by the row's version: an agent who is writing an answer must not be told that somebody changed it."""
    statement = update(Ticket).where(same).values(**values).execution_options(synchronize_session=False)  # type: ignore[arg-type]
    if session.execute(statement).rowcount != 1:
        return False
    session.refresh(ticket)
    return True
