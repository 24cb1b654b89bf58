"""Tables of the chat database: conversations and what was said in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from wire.database import UtcDateTime

RECEIVED, ANSWERED = "received", "answered"
CUSTOMER, BOT = "customer", "bot"


class Base(DeclarativeBase):
    """Tables of the chat database."""


class Conversation(Base):
    """One customer's thread in one channel. ``busy_until`` (epoch seconds) is the lease of the turn in progress."""

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    busy_until: Mapped[float] = mapped_column(default=0.0)


class Message(Base):
    """A message either way. ``client_id`` is the channel's own id of an incoming one; replies point back by ``reply_to``."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("conversation_id", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    client_id: Mapped[str | None] = mapped_column(String(64))
    reply_to: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    author: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    payload: Mapped[str | None] = mapped_column(Text)
    extras: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    status: Mapped[str] = mapped_column(String(10), default=ANSWERED)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())

    def as_dict(self) -> dict[str, Any]:
        """As the widget reads it: ``{"id", "text", "author", "at", "client_id", …buttons, card}``."""
        told = {"id": str(self.id), "author": self.author, "text": self.text, "at": self.created_at.isoformat()}
        if self.client_id:
            told["client_id"] = self.client_id
        return {**told, "buttons": [], **self.extras}
