"""The lists that staff work from, page by page: by key, not by number of page, so that news in between shift nothing.

Each list is put together from parts that one index holds in the order wanted: tickets of one status, and where it matters of one
assignee. However many tickets there are, a page reads as many rows of each part as it shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, literal, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, defer, joinedload, selectinload

from escalation.business_hours import BusinessHours
from escalation.desk.clock import STAFFS_TURN
from escalation.desk.wanted import NOBODY, STATUSES_OF, Queue, Sort, Wanted
from escalation.desk_models import TicketTag
from escalation.models import Staff, Status, Ticket

PAGE = 25
# Open time: what can still be answered before the promise breaks if it is taken up now, with the next ones behind it.
CLOSE_WITHIN = timedelta(hours=3)
# A queue's number says how busy it is; beyond this nobody counts.
COUNT_MAX = 99
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KEY = re.compile(r"([01])-(\d{1,17})-(\d{1,12})")
# Not shown in a list, and long.
_NOT_LISTED = (defer(Ticket.transcript), defer(Ticket.vector), defer(Ticket.shown_entries), defer(Ticket.fields))


@dataclass(frozen=True)
class Onlooker:
    """Who looks at a list, when, and the desk's hours."""

    member: Staff
    now: datetime
    hours: BusinessHours


@dataclass(frozen=True)
class Page:
    """``next_key`` is the ``after`` of the next page, or None after the last."""

    tickets: list[Ticket] = field(default_factory=list)
    next_key: str | None = None


@dataclass(frozen=True)
class _Part:
    """Rows that an index holds in order. ``group``: all of the first come before all of the second; ``lead``: its first columns."""

    group: int
    column: InstrumentedAttribute[Any]
    where: tuple[ColumnElement[bool], ...]
    descending: bool
    lead: tuple[InstrumentedAttribute[Any], ...] = ()


def page(session: Session, wanted: Wanted, by: Onlooker, after: str = "", limit: int = PAGE) -> Page:
    """``limit`` tickets of the list as he sees it; a malformed key begins at the beginning."""
    parts = [_rows(part, after, limit + 1) for part in _parts(wanted, by)]
    if not parts:
        return Page()
    both = union_all(*(select(part.subquery()) for part in parts)).subquery()
    group, key, row_id = both.c
    down = _descends(wanted.order)
    ordered = select(both).order_by(group, key.desc() if down else key, row_id.desc() if down else row_id).limit(limit + 1)
    found = session.execute(ordered).all()
    shown = found[:limit]
    next_key = _key(shown[-1]) if len(found) > limit else None
    return Page(listed(session, [row[2] for row in shown]), next_key)


def listed(session: Session, ids: Sequence[int]) -> list[Ticket]:
    """The tickets of ``ids`` in that order, with what a list shows of each, in as many queries however many they are."""
    with_ = (joinedload(Ticket.customer), joinedload(Ticket.assignee), selectinload(Ticket.tags), *_NOT_LISTED)
    found = {ticket.id: ticket for ticket in session.scalars(select(Ticket).where(Ticket.id.in_(ids)).options(*with_))}
    return [found[row_id] for row_id in ids if row_id in found]


def following(session: Session, wanted: Wanted, by: Onlooker, ticket: Ticket) -> Ticket | None:
    """The ticket that comes after this one in the list, or the list's first where it is the last; None where there is no other."""
    here = _key((_group(wanted.order, ticket), _value(wanted.order, ticket), ticket.id))
    for after in (here, ""):
        for other in page(session, wanted, by, after, limit=2).tickets:
            if other.id != ticket.id:
                return other
    return None


def counts(session: Session, by: Onlooker) -> dict[Queue, int]:
    """How many tickets each queue that is worked off has, at most one more than :data:`COUNT_MAX`; one query."""
    queues = [queue for queue in Queue if queue is not Queue.ALL]
    parts = []
    for queue in queues:
        for part in _parts(Wanted(queue, sort=Sort.LONGEST), by):
            # In the order of its index: left to choose, SQLite takes the one of merged tickets, where nearly all rows are alike.
            rows = select(literal(str(queue)).label("queue")).select_from(Ticket).where(*part.where)
            some = rows.order_by(*part.lead, part.column, Ticket.id).limit(COUNT_MAX + 1).subquery()
            parts.append(select(some.c.queue))
    found = dict.fromkeys(queues, 0)
    for (name,) in session.execute(union_all(*parts)):
        found[Queue(name)] += 1
    return {queue: min(count, COUNT_MAX + 1) for queue, count in found.items()}


def conditions(wanted: Wanted, by: Onlooker) -> list[ColumnElement[bool]]:
    """All that the list demands, for lists that have an order of their own: the search."""
    some = [Ticket.status.in_(_statuses(wanted)), *_narrowing(wanted), *_of_queue(wanted, by)]
    owners = _owners(wanted, by.member)
    if owners is not None:
        some.append(
            Ticket.assignee_id.in_([owner for owner in owners if owner]) | (Ticket.assignee_id.is_(None) & (None in owners))
        )
    return some


def _parts(wanted: Wanted, by: Onlooker) -> Iterator[_Part]:
    common = (Ticket.merged_into_id.is_(None), *_narrowing(wanted), *_of_queue(wanted, by))
    owners, down = _owners(wanted, by.member), _descends(wanted.order)
    for owner in (...,) if owners is None else owners:
        for status in _statuses(wanted):
            whose = () if owner is ... else (Ticket.assignee_id.is_(None) if owner is None else Ticket.assignee_id == owner,)
            where = (*whose, Ticket.status == status, *common)
            # The same in all its rows; PostgreSQL sees the order of an index in it only where it is said so.
            lead = (Ticket.assignee_id, Ticket.status) if whose else (Ticket.status,)
            if wanted.order is not Sort.PROMISE:
                yield _Part(0, _COLUMN_OF[wanted.order], where, down, lead)
                continue
            if status in STAFFS_TURN:
                yield _Part(0, Ticket.promised_at, (*where, Ticket.promised_at.is_not(None)), down, lead)
            if wanted.queue is not Queue.CLOSE:
                yield _Part(1, Ticket.updated_at, (*where, Ticket.promised_at.is_(None)), down, lead)


_COLUMN_OF: dict[Sort, InstrumentedAttribute[Any]] = {
    Sort.LONGEST: Ticket.updated_at,
    Sort.LATEST: Ticket.updated_at,
    Sort.NEWEST: Ticket.created_at,
}


def _rows(part: _Part, after: str, limit: int) -> Select[Any]:
    rows = select(literal(part.group).label("group"), part.column.label("key"), Ticket.id.label("id")).where(*part.where)
    if found := _KEY.fullmatch(after):
        group, moment, row_id = int(found[1]), _EPOCH + int(found[2]) * _MICROSECOND, int(found[3])
        if part.group < group:
            rows = rows.where(literal(False))
        elif part.group == group:
            place, there = tuple_(part.column, Ticket.id), tuple_(literal(moment, part.column.type), literal(row_id))
            rows = rows.where(place < there if part.descending else place > there)
    order = (*part.lead, part.column, Ticket.id)
    return rows.order_by(*(column.desc() if part.descending else column for column in order)).limit(limit)


def _statuses(wanted: Wanted) -> tuple[Status, ...]:
    own = STATUSES_OF[wanted.queue]
    return tuple(status for status in own if status in wanted.statuses) if wanted.statuses else own


def _owners(wanted: Wanted, member: Staff) -> tuple[str | None, ...] | None:
    """Whose tickets; None: anybody's."""
    own: dict[Queue, tuple[str | None, ...]] = {
        Queue.TO_DO: (member.id, None),
        Queue.MINE: (member.id,),
        Queue.UNASSIGNED: (None,),
    }
    chosen = None if wanted.assignee == NOBODY else wanted.assignee
    if wanted.queue not in own:
        return (chosen,) if wanted.assignee else None
    return tuple(owner for owner in own[wanted.queue] if not wanted.assignee or owner == chosen) or ("",)


def _narrowing(wanted: Wanted) -> list[ColumnElement[bool]]:
    some: list[ColumnElement[bool]] = []
    for column, value in ((Ticket.area, wanted.area), (Ticket.priority, wanted.priority), (Ticket.customer_id, wanted.customer_id)):
        if value:
            some.append(column == value)
    if wanted.tag:
        some.append(exists().where(TicketTag.ticket_id == Ticket.id, TicketTag.name == wanted.tag))
    return some


def _of_queue(wanted: Wanted, by: Onlooker) -> list[ColumnElement[bool]]:
    if wanted.queue is not Queue.CLOSE:
        return []
    return [Ticket.promised_at.is_not(None), Ticket.promised_at <= by.hours.add(by.now, CLOSE_WITHIN)]


def _descends(order: Sort) -> bool:
    return order in (Sort.LATEST, Sort.NEWEST)


def _group(order: Sort, ticket: Ticket) -> int:
    return 1 if order is Sort.PROMISE and ticket.promised_at is None else 0


def _value(order: Sort, ticket: Ticket) -> datetime:
    if order is Sort.PROMISE:
        return ticket.promised_at or ticket.updated_at
    return ticket.created_at if order is Sort.NEWEST else ticket.updated_at


def _key(row: Sequence[Any]) -> str:
    group, moment, row_id = row
    return f"{group}-{(moment - _EPOCH) // _MICROSECOND}-{row_id}"
