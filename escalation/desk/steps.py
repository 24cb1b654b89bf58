"""What the desk does by itself as time passes: new times for promises, warnings, closing. The worker calls it all the time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from escalation.desk import closing, deadlines
from escalation.models import Ticket
from escalation.settings import Settings

log = structlog.get_logger()

# Fine enough for a time that is given fifteen minutes before, and nothing for a database.
EVERY = timedelta(seconds=15)


@dataclass(frozen=True)
class Step:
    """``find`` gives the next ticket that is due, but some; ``do`` does it. Both in one transaction for each ticket."""

    name: str
    find: Callable[[Session, datetime, Collection[int]], Ticket | None]
    do: Callable[[Session, Ticket, datetime], None]


def steps_of(settings: Settings) -> tuple[Step, ...]:
    """In their order: a promise that is over before anybody could be warned is renewed, and not warned of as well."""
    hours, area_url, after = settings.business_hours, settings.area_url, settings.close_solved_after
    return (
        Step("promise renewed", deadlines.to_renew, lambda s, ticket, now: deadlines.renew(s, ticket, now, hours, area_url)),
        Step(
            "promise warned of",
            lambda s, now, but: deadlines.to_warn(s, now, hours, but),
            lambda s, ticket, now: deadlines.warn(s, ticket, now, hours),
        ),
        Step("solved ticket closed", lambda s, now, but: closing.to_close(s, now, after, but), closing.close),
    )


class Steps:
    """All that is due at a moment, at most every :data:`EVERY`."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._steps = steps_of(settings)
        self._last: datetime | None = None

    def run(self, now: datetime) -> bool:
        """Do what is due. False: nothing more for now."""
        if self._last is not None and now - self._last < EVERY:
            return False
        self._last = now
        for step in self._steps:
            # One ticket that cannot be done must not keep the others from being done, nor be tried without end.
            failed: set[int] = set()
            while self._one(step, now, failed):
                pass
        return False

    def _one(self, step: Step, now: datetime, failed: set[int]) -> bool:
        ticket_id = None
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                ticket = step.find(session, now, failed)
                if ticket is None:
                    return False
                ticket_id = ticket.id
                step.do(session, ticket, now)
        except Exception:
            if ticket_id is None:
                raise
            log.exception("desk step failed", step=step.name, ticket=ticket_id)
            failed.add(ticket_id)
            return True
        log.info(step.name, ticket=ticket_id)
        return True
