"""Tables of the help centre: what readers say of an answer."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, Index, String, Text
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
