"""A customer's tickets, page by page: what is open first, then the freshest, each with its last news and whether he read it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from escalation.area_models import TicketSeen
from escalation.customer_tickets import UNFINISHED
from escalation.desk import shown
from escalation.models import Author, Customer, Status, Ticket, TicketEvent, TicketMessage

PAGE_LENGTH = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEY = re.compile(r"([01])-(\d{1,17})-([A-Z0-9-]{1,20})")
_MICROSECOND = timedelta(microseconds=1)
# Staff's and the desk's doings are news; his own are not.
_OTHERS = (Author.STAFF, Author.SYSTEM)
# A ticket that was split off one of his is one that he did not open.
_NEWS = ("status", "split_from")


@dataclass(frozen=True)
class Line:
    """One ticket of the list. ``news``: the last message that he may see; ``unread``: others did something since he looked."""

    ticket: Ticket
    news: TicketMessage | None
    unread: bool


def page(
    session: Session, customer: Customer, statuses: Collection[Status], now: datetime, after: str = ""
) -> tuple[list[Line], str | None]:
    """Twenty tickets in one of ``statuses`` (none: in any), and the key of the next page, or None after the last.

    A key says where a page ended, so that news in between shift nothing (no offsets); a malformed one begins at the beginning.
    """
    finished = case((Ticket.status.in_(UNFINISHED), 0), else_=1)
    # A merged one is where it went.
    query = select(Ticket).where(Ticket.customer_id == customer.id, Ticket.merged_into_id.is_(None))
    if statuses:
        query = query.where(Ticket.status.in_(statuses))
    if key := _KEY.fullmatch(after):
        group, at, number = int(key[1]), _EPOCH + int(key[2]) * _MICROSECOND, key[3]
        older = (Ticket.updated_at < at) | ((Ticket.updated_at == at) & (Ticket.number < number))
        query = query.where((finished > group) | ((finished == group) & older))
    ordered = query.order_by(finished, Ticket.updated_at.desc(), Ticket.number.desc())
    found = session.scalars(ordered.limit(PAGE_LENGTH + 1)).all()
    shown = found[:PAGE_LENGTH]
    return _lines(session, shown, now), _key(shown[-1]) if len(found) > PAGE_LENGTH else None


def mark_seen(session: Session, ticket_id: int, now: datetime) -> None:
    """He looks at it now."""
    session.merge(TicketSeen(ticket_id=ticket_id, seen_at=now))


def is_unread(session: Session, ticket: Ticket, now: datetime) -> bool:
    """Whether others did something since he last looked."""
    return _lines(session, [ticket], now)[0].unread


def _key(ticket: Ticket) -> str:
    group = 0 if ticket.status in UNFINISHED else 1
    return f"{group}-{(ticket.updated_at - _EPOCH) // _MICROSECOND}-{ticket.number}"


def _lines(session: Session, tickets: Sequence[Ticket], now: datetime) -> list[Line]:
    # As desk.life.thread_for_customer says it.
    held = TicketMessage.held_until.is_not(None) & (TicketMessage.held_until > now)
    visible = TicketMessage.internal.is_(False) & ~held
    ids = [ticket.id for ticket in tickets]
    newest = select(func.max(TicketMessage.id)).where(TicketMessage.ticket_id.in_(ids), visible).group_by(TicketMessage.ticket_id)
    news = {message.ticket_id: message for message in session.scalars(select(TicketMessage).where(TicketMessage.id.in_(newest)))}
    seen = {row.ticket_id: row.seen_at for row in session.scalars(select(TicketSeen).where(TicketSeen.ticket_id.in_(ids)))}
    moved = _moved(session, ids, now)
    query = select(TicketMessage.ticket_id, func.max(TicketMessage.created_at)).where(TicketMessage.ticket_id.in_(ids), visible)
    theirs = query.where(TicketMessage.author.in_(_OTHERS)).group_by(TicketMessage.ticket_id)
    written = {ticket_id: moment for ticket_id, moment in session.execute(theirs)}
    lines = []
    for ticket in tickets:
        latest = max(written.get(ticket.id, _EPOCH), moved.get(ticket.id, _EPOCH))
        lines.append(Line(ticket, news.get(ticket.id), latest > seen.get(ticket.id, _EPOCH)))
    return lines


def _moved(session: Session, ids: list[int], now: datetime) -> dict[int, datetime]:
    """When others last changed the status of each, as far as the customer may see it."""
    waiting = select(TicketMessage).where(TicketMessage.ticket_id.in_(ids), TicketMessage.held_until > now)
    held = {(message.ticket_id, message.created_at) for message in session.scalars(waiting)}
    about = TicketEvent.ticket_id.in_(ids) & TicketEvent.kind.in_((*_NEWS, shown.TAKEN_BACK))
    events: dict[int, list[TicketEvent]] = {}
    for event in session.scalars(select(TicketEvent).where(about).order_by(TicketEvent.id)):
        events.setdefault(event.ticket_id, []).append(event)
    moved = {}
    for ticket_id, its in events.items():
        seen = shown.visible(its, {at for held_in, at in held if held_in == ticket_id})
        moved[ticket_id] = max((event.at for event in seen if event.kind in _NEWS and event.author in _OTHERS), default=_EPOCH)
    return moved
