"""One thing done to many tickets at once; a ticket that cannot have it is told, and keeps none of the others from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.exc import StaleDataError

from escalation.business_hours import BusinessHours
from escalation.desk import properties
from escalation.desk.answering import StaffUpdate, update_as_staff
from escalation.desk.life import Act
from escalation.errors import DeskError, InvalidReport, StaleTicket
from escalation.models import Staff, Status, Ticket

AT_ONCE_MAX = 100


@dataclass(frozen=True)
class Many:
    """Who does it, ``versions`` of the tickets as he saw them by id, and when."""

    member: Staff
    versions: Mapping[int, int]
    at: datetime
    hours: BusinessHours
    area_url: str


@dataclass
class Outcome:
    """Numbers of tickets: what was ``done``, and what was not because somebody else changed it, or it is not allowed."""

    done: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


Verb = Callable[[Ticket, Act], object]


def assign(session: Session, many: Many, staff_id: str | None) -> Outcome:
    """They are ``staff_id``'s now, or nobody's."""
    return _each(session, many, lambda ticket, act: properties.change(session, ticket, {"assignee": staff_id}, act, many.hours))


def set_priority(session: Session, many: Many, priority: str) -> Outcome:
    """As urgent as that."""
    return _each(session, many, lambda ticket, act: properties.change(session, ticket, {"priority": priority}, act, many.hours))


def add_tag(session: Session, many: Many, tag: str) -> Outcome:
    """They have this label too.

    Raises:
        InvalidReport: it is none.
    """
    name = properties.normal_tag(tag)

    def verb(ticket: Ticket, act: Act) -> None:
        tags = dict.fromkeys([*(own.name for own in ticket.tags), name])
        properties.change(session, ticket, {"tags": list(tags)}, act, many.hours)

    return _each(session, many, verb)


def set_status(session: Session, many: Many, status: Status) -> Outcome:
    """They go to that status, where their own allows it; the customers hear of it as of any other change."""

    def verb(ticket: Ticket, act: Act) -> None:
        update = StaffUpdate("", status, act.version)
        update_as_staff(session, ticket, act.member, update, many.area_url, act.at, many.hours)

    return _each(session, many, verb)


def _each(session: Session, many: Many, verb: Verb) -> Outcome:
    """In the order of their ids: two agents with the same tickets must not wait for each other.

    Raises:
        InvalidReport: none, or more than :data:`AT_ONCE_MAX`.
    """
    if not 0 < len(many.versions) <= AT_ONCE_MAX:
        raise InvalidReport(f"choose 1 to {AT_ONCE_MAX} tickets", tickets="count")
    query = select(Ticket).where(Ticket.id.in_(many.versions)).options(selectinload(Ticket.customer)).order_by(Ticket.id)
    outcome = Outcome()
    for ticket in session.scalars(query).all():
        number = ticket.number
        try:
            with session.begin_nested():
                verb(ticket, Act(many.member, many.versions[ticket.id], many.at))
            outcome.done.append(number)
        except (StaleTicket, StaleDataError):
            outcome.stale.append(number)
        except DeskError:
            outcome.refused.append(number)
    return outcome
