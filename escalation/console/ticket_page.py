"""The page of one ticket in the console."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import g, render_template
from sqlalchemy import select

from escalation.desk import answer_drafts, asking, followers, life, links, merging, presence
from escalation.desk.life import TRANSITIONS
from escalation.models import Area, Priority, Staff, Status, Ticket, TicketEvent
from escalation.notices import AREA_NAMES, EVENT_NAMES, PRIORITY_NAMES, STATUS_NAMES
from escalation.pages import local_time
from escalation.ratings import SCORES

NAMES: dict[str, dict[str, str]] = {
    "status": {str(status): name for status, name in STATUS_NAMES.items()},
    "area": AREA_NAMES,
    "priority": PRIORITY_NAMES,
    "rated": SCORES,
}


def render(found: Ticket, typed: str = "", error: str = "") -> str:
    """With what he ``typed`` and the reason why it could not be done; else with what he had typed before."""
    session, now, present = g.session, datetime.now(UTC), Status(found.status)
    draft = answer_drafts.of(session, found, g.staff)
    staff = {member.id: member.name for member in session.scalars(select(Staff).order_by(Staff.name))}
    watching = followers.watchers(session, found)
    return render_template(
        "console_ticket.html",
        ticket=found,
        choices=[present, *(status for status in Status if status in TRANSITIONS[present])],
        typed=typed or (draft.body if draft else ""),
        error=error,
        priorities=[(str(priority), PRIORITY_NAMES[priority]) for priority in Priority],
        areas=[(str(area), AREA_NAMES[area]) for area in Area],
        staff=staff,
        watching=watching,
        watches=g.staff.id in {member.id for member in watching},
        related=links.related(session, found),
        merged=merging.merged_into(session, found),
        lacking=asking.lacking(found),
        here=presence.who_is_here(session, found, now, but=g.staff),
        held=[message for message in found.messages if life.is_held(message, now) and message.author_id == g.staff.id],
        history=[_line(event, staff) for event in merging.history(session, found)],
    )


def _line(event: TicketEvent, staff: dict[str, str]) -> dict[str, str]:
    """An event as people read it."""
    values = [_value(event.kind, value, staff) for value in (event.old, event.new) if value is not None]
    author = staff.get(event.author_id or "") or {"customer": "cliente", "staff": "Soporte", "system": "sistema"}[event.author]
    what = EVENT_NAMES.get(event.kind, event.kind)
    said = ": ".join(filter(None, (what, " → ".join(values) if event.kind != "opened" else "")))
    return {"at": local_time(event.at), "said": said, "author": author}


def _value(kind: str, value: str, staff: dict[str, str]) -> str:
    if kind.startswith("promise"):
        return local_time(datetime.fromisoformat(value))
    if kind in ("assignee", "watcher"):
        return staff.get(value, "—")
    return NAMES.get(kind, {}).get(value, value)
