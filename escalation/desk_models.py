"""The data of the desk's work on a ticket: labels, followers, links, who looks at it, what agents are writing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from escalation.models import Base


class TicketTag(Base):
    """A label of a ticket, lower case."""

    __tablename__ = "ticket_tags"
    __table_args__ = (Index("ix_ticket_tags_name", "name"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)


class TicketWatcher(Base):
    """Who of staff follows a ticket without having to answer it."""

    __tablename__ = "ticket_watchers"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)


class TicketLink(Base):
    """Two tickets that belong together, the older one first."""

    __tablename__ = "ticket_links"
    __table_args__ = (UniqueConstraint("ticket_id", "other_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    other_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), index=True)


class Presence(Base):
    """Who of staff has a ticket before him, and when he last wrote on it."""

    __tablename__ = "ticket_presence"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    seen_at: Mapped[datetime]
    wrote_at: Mapped[datetime | None]


class AnswerDraft(Base):
    """What an agent has typed into a ticket's form and not sent."""

    __tablename__ = "answer_drafts"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    internal: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime]


class AnswerHold(Base):
    """An answer that its author may still take back. ``before`` is the ticket's state that he left; see desk.taking_back."""

    __tablename__ = "answer_holds"

    message_id: Mapped[int] = mapped_column(ForeignKey("ticket_messages.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    status_event_id: Mapped[int | None]
    before: Mapped[dict[str, Any]]
    until: Mapped[datetime]
