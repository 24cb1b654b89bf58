"""Before when a ticket is to be answered, by priority and area: what is promised is reckoned from the desk's own work."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from escalation.business_hours import BusinessHours
from escalation.models import Priority
from escalation.promises import TARGETS, Promise, load_of, promise

# Of the area's usual time. Estimates of ours: an urgent ticket is taken before all others, a low one after them.
SHARES: dict[str, float] = {Priority.LOW: 2, Priority.NORMAL: 1, Priority.HIGH: 0.5, Priority.URGENT: 0.25}


def reckon(
    session: Session,
    area: str,
    priority: str,
    now: datetime,
    hours: BusinessHours,
    complete: bool = True,
    is_waiting: bool = False,
) -> Promise:
    """What can be promised at ``now`` in the present load; ``is_waiting``: the ticket itself is one of those that wait."""
    share = SHARES[priority]
    load = load_of(session, now, hours, area)
    others = load.waiting - 1 if is_waiting else load.waiting
    load = replace(load, waiting=others, recent=tuple(time * share for time in load.recent))
    made = promise(load, area, complete, now, hours, {area: TARGETS[area] * share})
    return replace(made, basis=made.basis | {"priority": str(priority)})
