"""Who of staff has a ticket before him, and who is writing on it: told by open pages, forgotten when these fall silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from escalation.desk.rows import add_once
from escalation.desk_models import Presence
from escalation.models import Staff, Ticket

# A page tells every ten seconds; twice unheard may be the network, three times is a closed page.
HERE_FOR = timedelta(seconds=30)
TELL_EVERY = timedelta(seconds=10)


@dataclass(frozen=True)
class Present:
    """Somebody who has the ticket before him; ``is_writing``: he typed within the last seconds."""

    member: Staff
    is_writing: bool


def look(session: Session, ticket: Ticket, member: Staff, is_writing: bool, now: datetime) -> None:
    """His page says that he is still there. Of several pages of his one that writes is enough. No change of the ticket."""
    row = session.get(Presence, (ticket.id, member.id))
    if row is None:
        gone = delete(Presence).where(Presence.ticket_id == ticket.id, Presence.seen_at <= now - HERE_FOR)
        session.execute(gone)
        fresh = Presence(ticket_id=ticket.id, staff_id=member.id, seen_at=now, wrote_at=now if is_writing else None)
        if add_once(session, fresh):
            return
        row = session.get_one(Presence, (ticket.id, member.id))
    row.seen_at = now
    row.wrote_at = now if is_writing else row.wrote_at


def leave(session: Session, ticket: Ticket, member: Staff) -> None:
    """He closed the page."""
    session.execute(delete(Presence).where(Presence.ticket_id == ticket.id, Presence.staff_id == member.id))


def who_is_here(session: Session, ticket: Ticket, now: datetime, but: Staff) -> list[Present]:
    """The others who have it before them, those who write first."""
    here = select(Presence, Staff).join(Staff, Staff.id == Presence.staff_id).where(Presence.ticket_id == ticket.id)
    others = here.where(Presence.seen_at > now - HERE_FOR, Presence.staff_id != but.id).order_by(Staff.name)
    found = [Present(member, _is_recent(row.wrote_at, now)) for row, member in session.execute(others)]
    return sorted(found, key=lambda present: not present.is_writing)


def of_tickets(session: Session, ticket_ids: Sequence[int], now: datetime, but: Staff) -> dict[int, list[str]]:
    """Names of the others who have one of these tickets before them, by the ticket's id; one query."""
    here = select(Presence.ticket_id, Staff.name).join(Staff, Staff.id == Presence.staff_id).order_by(Staff.name)
    others = here.where(Presence.ticket_id.in_(ticket_ids), Presence.seen_at > now - HERE_FOR, Presence.staff_id != but.id)
    found: dict[int, list[str]] = {}
    for ticket_id, name in session.execute(others):
        found.setdefault(ticket_id, []).append(name)
    return found


def _is_recent(wrote_at: datetime | None, now: datetime) -> bool:
    return wrote_at is not None and wrote_at > now - HERE_FOR
