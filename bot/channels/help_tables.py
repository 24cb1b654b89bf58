"""Tables of the help centre: what readers say of an answer, and reports that wait for escalation."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.channels.tables import Base
from wire.database import UtcDateTime


class Opinion(Base):
    """One reader's yes or no to "¿Le sirvió?". ``key`` came with his page: he may change his mind, and add a comment.

    ``entry_updated``: the version of the answer that he read. Nothing says who he is.
    """

    __tablename__ = "help_opinions"
    __table_args__ = (Index("ix_help_opinions_entry", "entry_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(36), unique=True)
    entry_id: Mapped[str] = mapped_column(String(100))
    entry_updated: Mapped[date] = mapped_column(Date)
    helped: Mapped[bool]
    comment: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())


class KeptReport(Base):
    """A report that came by the plain form while escalation was down. ``sealed``: its content, empty once a ticket has it.

    ``chat_id``: the chat of the same browser, if it had one: where he was logged in there, no further proof is wanted.
    ``key``: the ticket's Idempotency-Key; ``state``: waiting (here alone), delivered (a draft over there, whose writer has not
    said who he is), sent (a ticket, ``ticket`` is its number where we know it), refused (a person must look).
    """

    __tablename__ = "kept_reports"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    chat_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    sealed: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), index=True)
    ticket: Mapped[str | None] = mapped_column(String(30))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
