"""Which files customers sent, and which of them still wait for escalation. The bytes are in a folder; see files."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from sqlalchemy import Engine, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.channels.tables import Attachment
from wire.database import for_reading

# Longer than a file takes on its way; one whose sender died with its process is tried again after it.
LEASE_SECONDS = 30.0


class FileRows:
    """Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = for_reading(engine)

    def add(self, file_id: str, conversation_id: str, name: str, size: int) -> Attachment:
        """Note a file of ``size`` bytes; the same id again gives the row of the first time."""
        with Session(self._engine, expire_on_commit=False) as session:
            row = Attachment(
                id=file_id, conversation_id=conversation_id, name=name, size=size, path=file_id, created_at=datetime.now(UTC)
            )
            session.add(row)
            try:
                session.commit()
            except IntegrityError:
                session.rollback()
                row = session.get_one(Attachment, file_id)
            return row

    def waiting(self, conversation_id: str | None = None) -> list[Attachment]:
        """What escalation does not have yet, oldest first; of one conversation, or of all."""
        query = select(Attachment).where(Attachment.forwarded_at.is_(None)).order_by(Attachment.created_at)
        if conversation_id is not None:
            query = query.where(Attachment.conversation_id == conversation_id)
        with Session(self._reader, expire_on_commit=False) as session:
            return list(session.scalars(query))

    def bytes_waiting(self) -> int:
        """How much room the waiting files of all conversations take."""
        with Session(self._reader) as session:
            return session.scalar(select(func.sum(Attachment.size)).where(Attachment.forwarded_at.is_(None))) or 0

    def claim(self, file_id: str) -> bool:
        """Be the only one who sends the file for a while; False: another one is, or it is sent."""
        now = time.time()
        free = (Attachment.id == file_id) & Attachment.forwarded_at.is_(None) & (Attachment.busy_until < now)
        with Session(self._engine) as session, session.begin():
            return session.execute(update(Attachment).where(free).values(busy_until=now + LEASE_SECONDS)).rowcount == 1

    def release(self, file_id: str, forwarded: bool) -> None:
        """The try is over; ``forwarded``: escalation has it."""
        at = datetime.now(UTC) if forwarded else None
        with Session(self._engine) as session, session.begin():
            session.execute(update(Attachment).where(Attachment.id == file_id).values(busy_until=0.0, forwarded_at=at))

    def drop(self, file_id: str) -> None:
        """Forget a file that nobody wants."""
        with Session(self._engine) as session, session.begin():
            session.delete(session.get_one(Attachment, file_id))
