"""What happened to a ticket, as staff read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from escalation.console import words
from escalation.models import TicketEvent
from escalation.pages import local_time


@dataclass(frozen=True)
class Line:
    """One event in words."""

    id: int
    at: str
    said: str
    author: str


def lines(events: list[TicketEvent], staff: Mapping[str, str]) -> list[Line]:
    """In the order of ``events``; ``staff``: names by id."""
    names = {
        "status": dict(words.statuses()),
        "area": dict(words.areas()),
        "priority": dict(words.priorities()),
    }
    nobody = {"customer": _("cliente"), "staff": _("Soporte"), "system": _("sistema")}
    kinds = words.events()
    made = []
    for event in events:
        values = [_value(event.kind, value, staff, names) for value in (event.old, event.new) if value is not None]
        said = ": ".join(filter(None, (kinds.get(event.kind, event.kind), " → ".join(values) if event.kind != "opened" else "")))
        made.append(Line(event.id, local_time(event.at), said, staff.get(event.author_id or "") or nobody[event.author]))
    return made


def _value(kind: str, value: str, staff: Mapping[str, str], names: Mapping[str, Mapping[str, str]]) -> str:
    if kind.startswith("promise"):
        return local_time(datetime.fromisoformat(value))
    if kind in ("assignee", "watcher"):
        return staff.get(value, "—")
    return names.get(kind, {}).get(value, value)
