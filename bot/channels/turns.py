"""One turn of a conversation at a time: Rasa's own lock loses messages when several arrive together (measured)."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from bot.channels.tables import Conversation

# A turn that holds its conversation longer than this died with its process; the next message may go on.
TURN_LEASE_SECONDS = 45.0
# Somebody who types faster than the bot answers has two or three on their way.
WAITING_MAX = 4
_CLAIM_PAUSE_SECONDS = 0.05


class ConversationBusy(RuntimeError):
    """Another message of the conversation is still being worked on."""


class Turns:
    """The lease is a row: it holds across threads, processes and machines."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: Counter[str] = Counter()
        self._counting = threading.Lock()

    @contextmanager
    def hold(self, conversation_id: str, patience: float) -> Iterator[None]:
        """Have the conversation to oneself; waits up to ``patience`` seconds for it.

        Raises:
            ConversationBusy: somebody else held it all the time, or too many wait already.
        """
        self._queue(conversation_id, patience)
        try:
            yield
        finally:
            with Session(self._engine) as session, session.begin():
                session.execute(update(Conversation).where(Conversation.id == conversation_id).values(busy_until=0.0))

    def _queue(self, conversation_id: str, patience: float) -> None:
        # A waiting message holds a thread: one conversation may not take them all.
        with self._counting:
            if self._waiting[conversation_id] >= WAITING_MAX:
                raise ConversationBusy(conversation_id)
            self._waiting[conversation_id] += 1
        try:
            deadline = time.monotonic() + patience
            while not self._try_claim(conversation_id):
                if time.monotonic() > deadline:
                    raise ConversationBusy(conversation_id)
                time.sleep(_CLAIM_PAUSE_SECONDS)
        finally:
            with self._counting:
                self._waiting[conversation_id] -= 1
                if not self._waiting[conversation_id]:
                    del self._waiting[conversation_id]

    def _try_claim(self, conversation_id: str) -> bool:
        now = time.time()
        free = (Conversation.id == conversation_id) & (Conversation.busy_until < now)
        with Session(self._engine) as session, session.begin():
            held = session.execute(update(Conversation).where(free).values(busy_until=now + TURN_LEASE_SECONDS))
            return held.rowcount == 1
