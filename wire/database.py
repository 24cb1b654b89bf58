"""Engines with the same manners in every room: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, Engine, create_engine, event
from sqlalchemy.types import TypeDecorator

# Longer than any transaction of ours; shorter than a customer's patience.
BUSY_TIMEOUT_MS = 5000
# A PostgreSQL that does not answer, or whose machine is gone (libpq's parameters; without them it is minutes, or for ever).
POSTGRES_LIMITS = {"connect_timeout": 3, "tcp_user_timeout": 20_000, "keepalives_idle": 10, "keepalives_interval": 5}
POOL_SECONDS = 10


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, also on SQLite, which forgets time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_engine(url: str) -> Engine:
    """An engine for ``url``. SQLite gets WAL (readers do not wait for a writer), foreign keys and a busy timeout."""
    # Parameters hold what customers wrote and who they are: no error message may carry them into a log.
    others = (
        {} if url.startswith("sqlite") else {"pool_pre_ping": True, "pool_timeout": POOL_SECONDS, "connect_args": POSTGRES_LIMITS}
    )
    engine = create_engine(url, hide_parameters=True, **others)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_manners)
        event.listen(engine, "begin", _begin)
    return engine


def for_reading(engine: Engine) -> Engine:
    """The same engine for transactions that only read: on SQLite they take no write lock."""
    return engine.execution_options(only_reads=True)


def _sqlite_manners(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN is deferred: two transactions that read first and write later would fail instead of waiting.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _begin(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get("only_reads", False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
