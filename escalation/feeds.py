"""Pages of tickets and customers for programs: by key, not by number of page, so that nothing is told twice or left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from escalation.models import Customer, Ticket

# What a ticket in a list tells beside its own row.
SUMMARY = (joinedload(Ticket.customer), joinedload(Ticket.assignee), joinedload(Ticket.merged_into), selectinload(Ticket.tags))


@dataclass(frozen=True)
class Place:
    """Where a page ended: the last row's moment and its key."""

    moment: datetime
    key: str


@dataclass(frozen=True)
class TicketFilter:
    """What is wanted; None: whatever it is."""

    status: str | None = None
    area: str | None = None
    customer_id: str | None = None
    updated_since: datetime | None = None


def tickets_page(session: Session, wanted: TicketFilter, after: Place | None, limit: int) -> tuple[list[Ticket], Place | None]:
    """Tickets, the one that changed longest ago first, and where the next page begins (None: there is none).

    A ticket that changes while somebody pages comes again at the end: it is told late, never lost.
    """
    query = select(Ticket).options(*SUMMARY).order_by(Ticket.updated_at, Ticket.number)
    for column, value in ((Ticket.status, wanted.status), (Ticket.area, wanted.area), (Ticket.customer_id, wanted.customer_id)):
        if value is not None:
            query = query.where(column == value)
    if wanted.updated_since is not None:
        query = query.where(Ticket.updated_at >= wanted.updated_since)
    if after is not None:
        query = query.where(_beyond(Ticket.updated_at, Ticket.number, after))
    found = session.scalars(query.limit(limit + 1)).all()
    return _cut(found, limit, lambda row: Place(row.updated_at, row.number))


def customers_page(session: Session, after: Place | None, limit: int) -> tuple[list[Customer], Place | None]:
    """Customers, the one who came first first, and where the next page begins."""
    lists = (selectinload(Customer.addresses), selectinload(Customer.domains), selectinload(Customer.mailboxes))
    query = select(Customer).options(*lists).order_by(Customer.created_at, Customer.id)
    if after is not None:
        query = query.where(_beyond(Customer.created_at, Customer.id, after))
    return _cut(session.scalars(query.limit(limit + 1)).all(), limit, lambda row: Place(row.created_at, row.id))


def _beyond(moment: Any, key: Any, place: Place) -> ColumnElement[bool]:
    return or_(moment > place.moment, and_(moment == place.moment, key > place.key))


def _cut(found: Sequence[Any], limit: int, place_of: Any) -> tuple[list[Any], Place | None]:
    page = list(found[:limit])
    return page, place_of(page[-1]) if len(found) > limit else None
