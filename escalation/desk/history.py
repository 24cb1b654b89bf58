"""What happened to a ticket: who changed what, when, from what, to what. No verb changes a ticket without it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from escalation.models import Author, Ticket, TicketEvent
from escalation.webhooks import events as webhook_events


@dataclass(frozen=True)
class By:
    """Who did it and when. ``author_id`` is None where nobody did: the system, by itself."""

    author: Author
    author_id: str | None
    at: datetime


def record(
    session: Session, ticket: Ticket, kind: str, by: By, old: str | None = None, new: str | None = None, announced: bool = True
) -> TicketEvent:
    """Note the change; flushed, so that its id can name a mail. ``announced``: other programs are told, see webhooks.events."""
    event = TicketEvent(ticket_id=ticket.id, kind=kind, author=by.author, author_id=by.author_id, old=old, new=new, at=by.at)
    session.add(event)
    session.flush()
    if announced:
        webhook_events.announce(session, ticket, event)
    return event
