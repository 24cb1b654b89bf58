"""Which changes of status the customer gets to see: none that came with an answer which may still be taken back, or was."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from escalation.models import TicketEvent

TAKEN_BACK = "taken_back"


def visible(events: Sequence[TicketEvent], held: Collection[datetime]) -> list[TicketEvent]:
    """``events`` of one ticket, in order, without those; ``held``: when answers were written that may still be taken back."""
    hidden = _undone(events) | {event.id for event in events if event.kind == "status" and event.at in held}
    return [event for event in events if event.id not in hidden]


def _undone(events: Sequence[TicketEvent]) -> set[int]:
    # Taking back notes itself, then the status as it was before, both at one moment; see taking_back.
    changes = [event for event in events if event.kind == "status"]
    gone: set[int] = set()
    for event in events:
        if event.kind == TAKEN_BACK:
            undo = next((change for change in changes if change.id > event.id and change.at == event.at), None)
            did = next((change for change in reversed(changes) if change.id < event.id and change.id not in gone), None)
            if undo is not None and did is not None:
                gone |= {undo.id, did.id}
    return gone
