"""What staff set on a ticket: priority, area, subject, assignee, tags. One verb for one form, an event for each thing changed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from escalation.business_hours import BusinessHours
from escalation.desk import clock, life, mails
from escalation.desk.history import record
from escalation.desk.life import Act
from escalation.desk.reports import SUBJECT_MAX
from escalation.desk.text import storable
from escalation.desk_models import TicketTag
from escalation.errors import InvalidReport
from escalation.models import Area, Priority, Staff, Ticket

TAG_MAX = 40
TAGS_MAX = 20
_TAG = re.compile(r"[\w][\w.+-]*")


def change(session: Session, ticket: Ticket, wanted: Mapping[str, Any], act: Act, hours: BusinessHours) -> None:
    """Set what ``wanted`` names: priority, area, subject, assignee (an id of staff, or None), tags (the whole list).

    What is as it was stays without an event. A nearer promise than the customer has may come of it, never a later one.

    Raises:
        InvalidReport: names what cannot be set so.
        StaleTicket, NotAllowed: see life.begin.
    """
    unknown = {name: "unknown" for name in wanted if name not in _SETTERS}
    if unknown:
        raise InvalidReport("a ticket has no such property", **unknown)
    life.begin(session, ticket, act.version)
    for name, value in wanted.items():
        _SETTERS[name](session, ticket, value, act)
    if wanted.keys() & {"priority", "area"}:
        clock.hurry(session, ticket, act.by, hours)
    session.flush()


def normal_tag(text: str) -> str:
    """A label as it is stored: lower case, words joined by hyphens.

    Raises:
        InvalidReport: empty, too long, or with signs that no label has.
    """
    tag = "-".join(unicodedata.normalize("NFC", text).lower().split())
    if not _TAG.fullmatch(tag) or len(tag) > TAG_MAX:
        raise InvalidReport(f"a tag has 1 to {TAG_MAX} letters, digits, points or hyphens", tags=text[:TAG_MAX])
    return tag


def _priority(session: Session, ticket: Ticket, value: Any, act: Act) -> None:
    _set(session, ticket, "priority", _one_of(Priority, "priority", value), act)


def _area(session: Session, ticket: Ticket, value: Any, act: Act) -> None:
    _set(session, ticket, "area", _one_of(Area, "area", value), act)


def _subject(session: Session, ticket: Ticket, value: Any, act: Act) -> None:
    line = " ".join(storable(str(value)).split())
    if not 0 < len(line) <= SUBJECT_MAX:
        raise InvalidReport(f"a subject of 1 to {SUBJECT_MAX} characters", subject="length")
    _set(session, ticket, "subject", line, act)


def _assignee(session: Session, ticket: Ticket, value: Any, act: Act) -> None:
    member = session.get(Staff, value) if value is not None else None
    if value is not None and (member is None or not member.active):
        raise InvalidReport("nobody of staff who is active", assignee="unknown")
    if value == ticket.assignee_id:
        return
    old, ticket.assignee_id = ticket.assignee_id, value
    event = record(session, ticket, "assignee", act.by, old, value)
    if member is not None and member.id != act.member.id:
        mails.assigned(session, ticket, event.id, member, act.at)


def _tags(session: Session, ticket: Ticket, value: Any, act: Act) -> None:
    wanted = {normal_tag(text) for text in value}
    if len(wanted) > TAGS_MAX:
        raise InvalidReport(f"at most {TAGS_MAX} tags", tags="too many")
    session.expire(ticket, ["tags"])
    present = {tag.name for tag in ticket.tags}
    for name in sorted(present - wanted):
        session.execute(delete(TicketTag).where(TicketTag.ticket_id == ticket.id, TicketTag.name == name))
        record(session, ticket, "tag", act.by, name, None)
    for name in sorted(wanted - present):
        session.add(TicketTag(ticket_id=ticket.id, name=name))
        record(session, ticket, "tag", act.by, None, name)
    if wanted != present:
        life.touch(ticket)
        session.expire(ticket, ["tags"])


def _set(session: Session, ticket: Ticket, name: str, value: str, act: Act) -> None:
    old = getattr(ticket, name)
    if value != old:
        setattr(ticket, name, value)
        record(session, ticket, name, act.by, old, value)


def _one_of(kinds: type[Priority] | type[Area], name: str, value: Any) -> str:
    if value not in set(kinds):
        raise InvalidReport(f"one of {', '.join(kinds)}", **{name: "unknown"})
    return str(kinds(value))


_SETTERS: dict[str, Callable[[Session, Ticket, Any, Act], None]] = {
    "priority": _priority,
    "area": _area,
    "subject": _subject,
    "assignee": _assignee,
    "tags": _tags,
}
