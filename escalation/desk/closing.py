"""A solved ticket that nobody comes back to is closed by itself."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.desk import life
from escalation.models import Author, Status, Ticket


def to_close(session: Session, now: datetime, after: timedelta, but: Collection[int] = ()) -> Ticket | None:
    """The next ticket that has been solved for ``after``."""
    due = (Ticket.status == Status.SOLVED) & (Ticket.status_at <= now - after) & Ticket.id.not_in(but)
    query = select(Ticket).where(due).order_by(Ticket.status_at, Ticket.id).limit(1)
    return session.scalar(query.with_for_update(skip_locked=True))


def close(session: Session, ticket: Ticket, now: datetime) -> None:
    """It is closed; no mail, because for the customer nothing changes: his reply opens it as before."""
    life.move(session, ticket, Status.CLOSED, Author.SYSTEM, None, now)
