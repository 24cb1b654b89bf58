"""Tables of the chat database: conversations, what was said in them, files on their way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from wire.database import UtcDateTime

RECEIVED, ANSWERED = "received", "answered"
CUSTOMER, BOT, STAFF = "customer", "bot", "staff"


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
    """A message either way. ``client_id`` is the channel's own id of an incoming one; replies point back by ``reply_to``.

    ``payload`` of an incoming one is the command that Rasa gets in place of the text; None where the text itself goes to her.
    """

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
        """As the widget reads it: ``{"id", "text", "author", "at", "client_id" or "reply_to", …buttons, card, attachment}``."""
        told = {"id": str(self.id), "author": self.author, "text": self.text, "at": self.created_at.isoformat()}
        if self.client_id:
            told["client_id"] = self.client_id
        if self.reply_to:
            told["reply_to"] = str(self.reply_to)
        return {**told, "buttons": [], **self.extras}


class Attachment(Base):
    """A customer's file on its way to escalation; ``forwarded_at`` None: it waits here, as ``path`` below the files' folder.

    ``name`` is the customer's and only shown; ``size`` in bytes; ``busy_until`` (epoch seconds) is the lease of who sends it.
    """

    # Both rooms may live in one database, and escalation has attachments of its own.
    __tablename__ = "chat_attachments"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]
    path: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    forwarded_at: Mapped[datetime | None] = mapped_column(UtcDateTime(), index=True)
    busy_until: Mapped[float] = mapped_column(default=0.0)
