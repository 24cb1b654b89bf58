"""Where events are kept before Meta hears 200: once each, and quickly whatever the worker does to the same database."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import OperationalError

from bot.channels.messenger.events import Incoming
from bot.channels.messenger.tables import RECEIVED, TURN, Event
from wire.database import BUSY_TIMEOUT_MS, new_engine

_INSERT = {"sqlite": sqlite_insert, "postgresql": postgresql_insert}
# SQLite itself waits for its lock in steps that grow to a tenth of a second; who holds it is done after one or two milliseconds.
PAUSE_SECONDS = 0.001
# Whoever commits the thousandth page writes them all to the disk and waits for it (SQLite, wal_autocheckpoint): that is for the
# worker to do, at SQLite's own default; here only where there is none for long.
CHECKPOINT_PAGES = 20_000


class EventStore:
    """``settle_seconds``: so long an event that is to be answered waits for an older one that is delivered late."""

    def __init__(self, url: str, settle_seconds: float) -> None:
        self._engine = new_engine(url)
        self._settle = settle_seconds
        # In one process the threads need not meet at the database's lock.
        self._one = threading.Lock()
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _hurry)

    def add(self, events: Sequence[Incoming]) -> None:
        """Keep all of them, together; one that is there already changes nothing."""
        if not events:
            return
        now = time.time()
        common = {"state": RECEIVED, "received_at": now, "attempts": 0}
        rows = [{**vars(one), **common, "due_at": now + self._settle * (one.lane == TURN)} for one in events]
        with self._one:
            self._insert(rows, time.monotonic() + BUSY_TIMEOUT_MS / 1000)

    def _insert(self, rows: list[dict[str, Any]], deadline: float) -> None:
        statement = _INSERT[self._engine.dialect.name](Event).on_conflict_do_nothing(index_elements=["key"])
        while True:
            try:
                with self._engine.begin() as connection:
                    connection.execute(statement, rows)
                return
            except OperationalError as failed:
                if getattr(failed.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            time.sleep(PAUSE_SECONDS)


def _hurry(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA busy_timeout=0").close()
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}").close()
