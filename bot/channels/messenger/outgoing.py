"""Messages out as rows: in order per person, at the Page's pace, each as long as Meta's windows allow."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from bot.channels.messenger import tables as t
from bot.channels.messenger.page import THE_PAGE
from bot.channels.messenger.settings import MessengerSettings
from bot.channels.messenger.tables import Outgoing, PageState, Person
from wire.database import for_reading

# 24 hours from what the customer does; seven days for a person's own text (Messenger Platform, policy; HUMAN_AGENT). A minute
# less: our clocks and Meta's are not the same.
MARGIN_SECONDS = 60.0
WINDOW_SECONDS = 24 * 3600.0 - MARGIN_SECONDS
HUMAN_SECONDS = 7 * 24 * 3600.0 - MARGIN_SECONDS
# Typing that is shown later than this shows nothing.
ACTION_SECONDS = 15.0
RETRY_SECONDS_MAX = 300.0
_WAITING = (t.PENDING, t.SENDING)


@dataclass(frozen=True)
class Start:
    """A row that is about to be sent: to whom, with which body, after ``wait`` seconds. ``mended``: Meta refused all before."""

    row: Outgoing
    body: dict[str, Any]
    wait: float
    mended: bool


def reply_rows(person_id: int, key: str, messages: Iterable[dict[str, Any]], **more: Any) -> list[Outgoing]:
    """Rows for messages that leave one after another; ``key`` is unique for their cause."""
    now = time.time()
    return [
        Outgoing(
            **{
                "key": f"{key}:{part}",
                "person_id": person_id,
                "kind": t.REPLY,
                "body": body,
                "due_at": now,
                "created_at": now,
                **more,
            }
        )
        for part, body in enumerate(messages)
    ]


# Comes back in the echo of what we sent (message.metadata).
_METADATA = re.compile(r"mesa:(\d{1,18}):[0-9a-f]{16}", re.ASCII)


def _metadata(row: Outgoing) -> str:
    return f"mesa:{row.id}:{hashlib.sha256(f'{row.key}|{row.created_at}'.encode()).hexdigest()[:16]}"


def within(person: Person, human: bool) -> bool:
    """Whether he may be written to now: by anybody, or (``human``) with a person's own text."""
    return time.time() - person.customer_at < (HUMAN_SECONDS if human else WINDOW_SECONDS)


class Queue:
    """Each method is one transaction."""

    def __init__(self, engine: Engine, settings: MessengerSettings) -> None:
        self._engine = engine
        self._reader = for_reading(engine)
        self._settings = settings

    def put(self, rows: Sequence[Outgoing]) -> None:
        """Add rows, each key once."""
        with Session(self._engine) as session, session.begin():
            known = set(session.scalars(select(Outgoing.key).where(Outgoing.key.in_([row.key for row in rows]))))
            session.add_all(row for row in rows if row.key not in known)

    def people_due(self, limit: int) -> list[int]:
        """People to whom something may leave now and for whom nobody is sending, who waits longest first."""
        now = time.time()
        due = Outgoing.state.in_(_WAITING) & (Outgoing.due_at <= now) & (Person.sending_until < now)
        query = select(Outgoing.person_id).join(Person, Person.id == Outgoing.person_id).where(due)
        longest = query.group_by(Outgoing.person_id).order_by(func.min(Outgoing.due_at)).limit(limit)
        with Session(self._reader) as session:
            return list(session.scalars(longest))

    def begin(self, person_id: int) -> Start | None:
        """The person's next message, marked as being sent; None where none may leave now.

        Who owns the conversation, the window and the Page's pause are looked at here, at the moment of sending.
        """
        now = time.time()
        his = select(Outgoing).where(Outgoing.person_id == person_id, Outgoing.state.in_(_WAITING)).order_by(Outgoing.id)
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            page = session.scalars(select(PageState).where(PageState.id == THE_PAGE).with_for_update()).one()
            person = session.get_one(Person, person_id)
            for row in session.scalars(his):
                if row.due_at > now or page.paused_until > now:
                    return None
                if (fate := self._fate(row, person)) is not None:
                    row.state = fate
                    continue
                wait = max(page.next_send_at - now, 0.0)
                if row.kind != t.ACTION:
                    page.next_send_at = now + wait + 1 / self._settings.rate
                # Should this process die now, the next one waits for the echo before it sends again.
                row.state, row.sending_at, row.attempts = t.SENDING, now, row.attempts + 1
                row.due_at = now + wait + self._settings.echo_seconds
                return Start(row, self._body(row, person), wait, page.alarm is not None or page.pauses > 0)
            return None

    def _fate(self, row: Outgoing, person: Person) -> str | None:
        """The state in which it ends unsent; None: it may leave."""
        if row.kind == t.ACTION:
            late = row.attempts > 0 or time.time() - row.created_at > ACTION_SECONDS
            return t.DROPPED if late or person.owner != t.BOT else None
        if person.owner == t.CLOSED or (row.kind == t.REPLY and person.owner != t.BOT):
            return t.WITHHELD
        return None if within(person, row.human and self._settings.human_agent) else t.EXPIRED

    def _body(self, row: Outgoing, person: Person) -> dict[str, Any]:
        recipient = {"recipient": {"id": person.psid}}
        if row.kind == t.ACTION:
            return {**recipient, **row.body}
        message = {**row.body, "metadata": _metadata(row)}
        if within(person, human=False):
            return {**recipient, "messaging_type": "RESPONSE", "message": message}
        return {**recipient, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT", "message": message}

    def sent(self, row_id: int, mid: str, at: float | None = None) -> None:
        """It left, as Meta's answer or its echo says; the later of the two changes nothing."""
        values = {"state": t.SENT, "mid": mid or None, "sent_at": at or time.time(), "error": None}
        with Session(self._engine) as session, session.begin():
            session.execute(update(Outgoing).where(Outgoing.id == row_id, Outgoing.state != t.SENT).values(**values))

    def echoed(self, metadata: Any, mid: str, at: float) -> bool:
        """Whether an echo with this ``metadata`` is of a message of ours, which left then: none of a person, nor of a copy of
        this house on another database."""
        parts = _METADATA.fullmatch(metadata) if isinstance(metadata, str) else None
        if parts is None:
            return False
        with Session(self._reader) as session:
            row = session.get(Outgoing, int(parts[1]))
            ours = row is not None and _metadata(row) == metadata
        if ours:
            self.sent(int(parts[1]), mid, at)
        return ours

    def ended(self, row_id: int, state: str, error: str) -> None:
        """It never leaves; an echo that came meanwhile knows better."""
        self._change(row_id, state=state, error=error[:300])

    def again(self, row: Outgoing, error: str) -> None:
        """It did not leave: the same at once when the Page may send again. This was no try of its own."""
        self._change(row.id, state=t.PENDING, due_at=time.time(), attempts=row.attempts - 1, error=error[:300])

    def later(self, row: Outgoing, error: str) -> None:
        """It did not leave: try again later, twice as long after each try; what is behind it waits."""
        until = time.time() + min(2.0 ** (row.attempts - 1), RETRY_SECONDS_MAX)
        self._change(row.id, state=t.PENDING, due_at=until, error=error[:300])
        self._hold_back(row, until)

    def unclear(self, row: Outgoing, error: str) -> None:
        """It may have left: its echo has some seconds to say so, then it is sent again."""
        until = time.time() + self._settings.echo_seconds * min(2.0 ** (row.attempts - 1), 8.0)
        self._change(row.id, due_at=until, error=error[:300])
        self._hold_back(row, until)

    def delivered(self, person_id: int, mids: Sequence[str], at: float) -> None:
        """Meta says that they reached a device."""
        which = (Outgoing.person_id == person_id) & Outgoing.mid.in_(mids) & Outgoing.delivered_at.is_(None)
        with Session(self._engine) as session, session.begin():
            session.execute(update(Outgoing).where(which).values(delivered_at=at))

    def read(self, person_id: int, watermark: float) -> None:
        """He saw all that was sent before ``watermark`` (seconds)."""
        which = (Outgoing.person_id == person_id) & (Outgoing.sent_at <= watermark) & Outgoing.read_at.is_(None)
        with Session(self._engine) as session, session.begin():
            session.execute(update(Outgoing).where(which).values(read_at=watermark))

    def _change(self, row_id: int, **values: object) -> None:
        with Session(self._engine) as session, session.begin():
            session.execute(update(Outgoing).where(Outgoing.id == row_id, Outgoing.state != t.SENT).values(**values))

    def _hold_back(self, row: Outgoing, until: float) -> None:
        behind = (Outgoing.person_id == row.person_id) & (Outgoing.state == t.PENDING) & (Outgoing.due_at < until)
        with Session(self._engine) as session, session.begin():
            session.execute(update(Outgoing).where(behind).values(due_at=until))
