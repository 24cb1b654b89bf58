"""A solved ticket that nobody comes back to is closed by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.desk import life
from escalation.models import Author, Status, Ticket


def close_next(session: Session, now: datetime, after: timedelta) -> bool:
    """Close one that has been solved for ``after``; False where there is none. No mail: for the customer nothing changes."""
    due = (Ticket.status == Status.SOLVED) & (Ticket.status_at <= now - after)
    query = select(Ticket).where(due).order_by(Ticket.status_at, Ticket.id).limit(1).with_for_update(skip_locked=True)
    ticket = session.scalar(query)
    if ticket is None:
        return False
    life.move(session, ticket, Status.CLOSED, Author.SYSTEM, None, now)
    return True
