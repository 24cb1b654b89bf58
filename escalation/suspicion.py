"""A burst of reports that are alike, from several customers: staff hear of it before anybody has counted them by hand.

Alike are two reports of one service area about the same domain, or whose descriptions mean the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import incident_notices
from escalation.incident_models import IncidentTicket, SuspectedIncident
from escalation.models import Ticket
from escalation.similar import domain_of, word_overlap
from escalation.vectors import cosine

WITHIN = timedelta(hours=1)
# So many customers with one trouble in an hour are no coincidence at a desk that has a few dozen reports a day.
CUSTOMERS_MIN = 4
# About one and the same domain (an agency's client, a shared server's own name) fewer are enough.
CUSTOMERS_MIN_OF_DOMAIN = 2
# Higher than for one customer's two reports about one site (similar): these are strangers', with nothing else in common.
COSINE_AT = 0.75
WORDS_AT = 0.5
# While it lasts, one more report of it is no news.
QUIET_FOR = timedelta(hours=12)
# A flood of tickets is compared pair by pair: past this the newest are enough to see it.
LOOKED_AT = 200


def look(session: Session, now: datetime) -> list[SuspectedIncident]:
    """Note the bursts that nobody was told of yet, tell staff, and return them."""
    return [_note(session, burst, now) for burst in bursts(session, now)]


def bursts(session: Session, now: datetime) -> list[list[Ticket]]:
    """Groups of tickets that nobody was told of yet; reads only, and takes its time where there are many."""
    fresh, known, found = _fresh(session, now), _known_numbers(session, now), []
    for area in sorted({ticket.area for ticket in fresh}):
        left = [ticket for ticket in fresh if ticket.area == area]
        while burst := _burst(left):
            left = [ticket for ticket in left if ticket not in burst]
            if known.isdisjoint(ticket.number for ticket in burst):
                found.append(burst)
    return found


def standing(session: Session, now: datetime) -> list[SuspectedIncident]:
    """Those of late that nobody put aside, the newest first."""
    query = select(SuspectedIncident).where(
        SuspectedIncident.noticed_at > now - QUIET_FOR, SuspectedIncident.dismissed_at.is_(None)
    )
    return list(session.scalars(query.order_by(SuspectedIncident.noticed_at.desc())))


def dismiss(session: Session, suspected_id: int, now: datetime) -> None:
    """Somebody looked: it is none, or was declared. Nothing happens where there is none of this id."""
    row = session.get(SuspectedIncident, suspected_id)
    if row is not None:
        row.dismissed_at = row.dismissed_at or now


def _fresh(session: Session, now: datetime) -> list[Ticket]:
    attached = select(IncidentTicket.ticket_id)
    query = select(Ticket).where(Ticket.created_at > now - WITHIN, Ticket.id.not_in(attached), Ticket.merged_into_id.is_(None))
    return list(session.scalars(query.order_by(Ticket.id.desc()).limit(LOOKED_AT)))


def _known_numbers(session: Session, now: datetime) -> set[str]:
    query = select(SuspectedIncident.numbers).where(SuspectedIncident.noticed_at > now - QUIET_FOR)
    return {number for numbers in session.scalars(query) for number in numbers}


def _burst(tickets: list[Ticket]) -> list[Ticket]:
    """The largest group around one report that is a burst; empty where none is."""
    best: list[Ticket] = []
    for seed in tickets:
        group = [ticket for ticket in tickets if ticket is seed or _alike(seed, ticket)]
        enough = CUSTOMERS_MIN_OF_DOMAIN if _place(group) else CUSTOMERS_MIN
        if len({ticket.customer_id for ticket in group}) >= enough and len(group) > len(best):
            best = group
    return best


def _alike(one: Ticket, other: Ticket) -> bool:
    site = _site(one)
    if site is not None and site == _site(other):
        return True
    if one.vector is not None and other.vector is not None:
        likeness = cosine(one.vector, other.vector)
        if likeness is not None:
            return likeness >= COSINE_AT
    return word_overlap(str(one.fields.get("description") or ""), str(other.fields.get("description") or "")) >= WORDS_AT


def _site(ticket: Ticket) -> str | None:
    return domain_of(ticket.fields.get("site"))


def _place(tickets: Iterable[Ticket]) -> str:
    """The domain that all of them are about, or empty."""
    sites = {_site(ticket) for ticket in tickets}
    only = sites.pop() if len(sites) == 1 else None
    return only or ""


def _note(session: Session, burst: list[Ticket], now: datetime) -> SuspectedIncident:
    numbers = sorted(ticket.number for ticket in burst)
    row = SuspectedIncident(area=burst[0].area, place=_place(burst), numbers=numbers, noticed_at=now)
    session.add(row)
    session.flush()
    incident_notices.suspected(session, row.area, row.place, numbers, f"suspected-{row.id}", now)
    return row
