"""Stored events: handed out per person in the order of Meta's timestamps, until each is answered or noted."""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import Engine, delete, func, or_, select, update
from sqlalchemy.orm import Session

from bot.channels.messenger.tables import DONE, FAILED, NOTE, RECEIVED, TURN, Event, Outgoing, Person
from wire.database import for_reading

# Meta tries again for hours at most; what is older than this never comes again.
KEPT_SECONDS = 30 * 24 * 3600.0
FAULTS_MAX, FAULT_SECONDS = 5, 10.0


class Inbox:
    """Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = for_reading(engine)

    def people_due(self, limit: int) -> list[tuple[str, str]]:
        """``(page_id, psid)`` of people with something to be answered now for whom nobody works, who waits longest first."""
        now = time.time()
        due = (Event.state == RECEIVED) & (Event.lane == TURN) & (Event.due_at <= now)
        known = (Person.page_id == Event.page_id) & (Person.psid == Event.psid)
        free = or_(Person.id.is_(None), Person.intake_until < now)
        query = select(Event.page_id, Event.psid).join(Person, known, isouter=True).where(due, free)
        longest = query.group_by(Event.page_id, Event.psid).order_by(func.min(Event.due_at)).limit(limit)
        with Session(self._reader) as session:
            return [(row.page_id, row.psid) for row in session.execute(longest)]

    def waiting(self, page_id: str, psid: str, limit: int) -> list[Event]:
        """A person's events that are to be answered, in the order of Meta's timestamps, due or not."""
        his = (Event.psid == psid) & (Event.page_id == page_id) & (Event.state == RECEIVED) & (Event.lane == TURN)
        with Session(self._reader, expire_on_commit=False) as session:
            return list(session.scalars(select(Event).where(his).order_by(Event.at, Event.id).limit(limit)))

    def notes(self, limit: int) -> list[Event]:
        """Events to be noted, oldest first."""
        due = (Event.state == RECEIVED) & (Event.lane == NOTE) & (Event.due_at <= time.time())
        with Session(self._reader, expire_on_commit=False) as session:
            return list(session.scalars(select(Event).where(due).order_by(Event.due_at, Event.id).limit(limit)))

    def fetched(self, event_id: int, files: list[dict[str, object]]) -> None:
        """What became of its attachments."""
        self._change(event_id, files=files)

    def done(self, event_id: int, state: str = DONE) -> None:
        """It is over, without an answer."""
        self._change(event_id, state=state, sealed=None)

    def answered(self, event: Event, rows: Sequence[Outgoing], person: dict[str, object]) -> None:
        """It is answered: the messages out, the person's change and the event's end, together or not at all."""
        with Session(self._engine) as session, session.begin():
            known = set(session.scalars(select(Outgoing.key).where(Outgoing.key.in_([row.key for row in rows]))))
            session.add_all(row for row in rows if row.key not in known)
            if person and rows:
                session.execute(update(Person).where(Person.id == rows[0].person_id).values(**person))
            session.execute(update(Event).where(Event.id == event.id).values(state=DONE, sealed=None))

    def later(self, event: Event, seconds: float) -> None:
        """Try it again after ``seconds``; his later ones wait for it."""
        until = time.time() + seconds
        self._change(event.id, due_at=until, attempts=event.attempts + 1)
        self.hold_back(event.page_id, event.psid, until)

    def failed(self, event: Event) -> None:
        """Working on it met a fault of ours: try again a few times, then leave it for people to look at."""
        if event.attempts >= FAULTS_MAX:
            self.done(event.id, FAILED)
        else:
            self.later(event, FAULT_SECONDS)

    def hold_back(self, page_id: str, psid: str, until: float) -> None:
        """Nothing of his is due before ``until``: an older event of his is not."""
        his = (Event.psid == psid) & (Event.page_id == page_id) & (Event.state == RECEIVED) & (Event.lane == TURN)
        with Session(self._engine) as session, session.begin():
            session.execute(update(Event).where(his & (Event.due_at < until)).values(due_at=until))

    def prune(self) -> None:
        """Forget what is over for so long that Meta cannot send it again."""
        old = time.time() - KEPT_SECONDS
        with Session(self._engine) as session, session.begin():
            session.execute(delete(Event).where(Event.received_at < old, Event.state != RECEIVED))
            session.execute(delete(Outgoing).where(Outgoing.created_at < old, Outgoing.state.notin_(("pending", "sending"))))

    def _change(self, event_id: int, **values: object) -> None:
        with Session(self._engine) as session, session.begin():
            session.execute(update(Event).where(Event.id == event_id).values(**values))
