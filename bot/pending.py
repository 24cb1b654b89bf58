"""Reports that could not be handed to escalation: kept sealed in a table of our own until they are delivered, with the same key."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import JSON, String, delete, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bot.sealing import Seal
from wire.database import UtcDateTime, new_engine

log = structlog.get_logger()

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_LENGTH = 6
SEALED = "sealed"
NOT_OPENED = "sealed with another SERVICE_TOKEN"


class Base(DeclarativeBase):
    """Tables of the action server; one, and empty on a good day."""


class PendingReport(Base):
    """A report on its way. ``refused`` says why escalation will never take it: then a person must look.

    ``body``: ``{"sealed": "…"}``; rows from before they were sealed hold the report itself.
    """

    __tablename__ = "pending_reports"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    refused: Mapped[str | None] = mapped_column(String(300))


@dataclass(frozen=True)
class Waiting:
    """A report to deliver."""

    key: str
    body: dict[str, Any]
    kept_at: datetime


def provisional_number(key: str) -> str:
    """What the customer is told until the ticket has its own number; always the same for a report's ``key``."""
    digest = hashlib.sha256(key.encode("utf-8")).digest()
    return "P-" + "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:NUMBER_LENGTH])


class PendingReports:
    """The table at ``url``; what customers wrote is unreadable there without ``secret``."""

    def __init__(self, url: str, secret: str) -> None:
        self._seal = Seal(secret, "pending report")
        self._engine = new_engine(url)
        Base.metadata.create_all(self._engine)

    def keep(self, key: str, body: dict[str, Any]) -> str:
        """Store a report (again: nothing changes) and return its provisional number."""
        with Session(self._engine) as session, session.begin():
            if session.get(PendingReport, key) is None:
                sealed = {SEALED: self._seal.close(json.dumps(body))}
                session.add(PendingReport(key=key, body=sealed, created_at=datetime.now(UTC)))
        return provisional_number(key)

    def waiting(self, limit: int = 20) -> list[Waiting]:
        """The oldest that were not refused; one that cannot be opened is refused here, and stays."""
        query = select(PendingReport).where(PendingReport.refused.is_(None)).order_by(PendingReport.created_at).limit(limit)
        with Session(self._engine) as session, session.begin():
            found = []
            for row in session.scalars(query):
                body = self._opened(row.body)
                if body is None:
                    row.refused = NOT_OPENED
                    log.error("a kept report cannot be read", number=provisional_number(row.key), reason=NOT_OPENED)
                else:
                    found.append(Waiting(row.key, body, row.created_at))
            return found

    def _opened(self, stored: dict[str, Any]) -> dict[str, Any] | None:
        if SEALED not in stored:
            return stored
        opened = self._seal.open(stored[SEALED])
        return json.loads(opened) if opened is not None else None

    def delivered(self, key: str) -> None:
        """Escalation has it."""
        with Session(self._engine) as session, session.begin():
            session.execute(delete(PendingReport).where(PendingReport.key == key))

    def refuse(self, key: str, reason: str) -> None:
        """Escalation said no for good."""
        with Session(self._engine) as session, session.begin():
            session.get_one(PendingReport, key).refused = reason[:300]
