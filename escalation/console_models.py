"""The data of the console itself: views that staff keep, and answers that they write again and again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from escalation.models import Base, new_id


class SavedView(Base):
    """A filtered and sorted list under a name. ``wanted``: see desk.wanted; ``shared``: everybody of staff has it."""

    __tablename__ = "saved_views"
    __table_args__ = (Index("ix_saved_views_staff_id", "staff_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    name: Mapped[str] = mapped_column(String(60))
    wanted: Mapped[dict[str, Any]]
    shared: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class SavedReply(Base):
    """A text with variables that agents put into their answers; ``area`` None: it fits any."""

    __tablename__ = "saved_replies"
    __table_args__ = (UniqueConstraint("title"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text)
    area: Mapped[str | None] = mapped_column(String(10))
    changed_by_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    changed_at: Mapped[datetime]
