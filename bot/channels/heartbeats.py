"""Signs of life of the channels' worker, for ``/health``."""

from __future__ import annotations

import time

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bot.channels.messenger.tables import ChannelHeartbeat
from wire.database import for_reading

WORKER = "worker"
SILENCE_MAX_SECONDS = 30.0


class Heartbeats:
    """Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = for_reading(engine)

    def beat(self) -> None:
        """The worker lives."""
        with Session(self._engine) as session, session.begin():
            session.merge(ChannelHeartbeat(name=WORKER, at=time.time()))

    def alive(self) -> bool:
        """Whether it gave a sign of life lately."""
        with Session(self._reader) as session:
            beat = session.get(ChannelHeartbeat, WORKER)
            return beat is not None and time.time() - beat.at < SILENCE_MAX_SECONDS
