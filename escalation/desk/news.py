"""What changed at the desk since somebody last looked: numbers of tickets, for pages that are open."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation.models import Ticket, TicketEvent

# More at once, and a page does better to load its list anew than to look for each in it.
READ_MAX = 200


@dataclass(frozen=True)
class News:
    """``last`` is the newest event that was told; ``tickets``: the numbers of those that changed, each once."""

    last: int
    tickets: tuple[str, ...] = ()


def since(session: Session, last: int | None) -> News:
    """Changes after the event ``last``; None: from now on.

    On PostgreSQL an event may be seen after one with a higher number; pages load their lists anew each minute for that reason.
    """
    if last is None:
        return News(session.scalar(select(func.max(TicketEvent.id))) or 0)
    query = select(TicketEvent.id, Ticket.number).join(Ticket, Ticket.id == TicketEvent.ticket_id).where(TicketEvent.id > last)
    rows = session.execute(query.order_by(TicketEvent.id).limit(READ_MAX)).all()
    if len(rows) == READ_MAX:
        last = session.scalar(select(func.max(TicketEvent.id))) or last
    return News(max([last, *(event_id for event_id, _number in rows)]), tuple(dict.fromkeys(number for _id, number in rows)))
