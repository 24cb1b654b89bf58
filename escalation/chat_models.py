"""The data of a chat conversation: half-filled report, codes by mail, files, and what happened. Rules live in the verbs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from escalation.models import Base, new_id


class Draft(Base):
    """The half-filled report of a conversation. ``key`` becomes the ticket's idempotency key; ``state``: see drafts."""

    __tablename__ = "drafts"

    conversation_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"), index=True)
    key: Mapped[str] = mapped_column(String(100), index=True)
    area: Mapped[str] = mapped_column(String(10))
    fields: Mapped[dict[str, Any]]
    shown_entries: Mapped[list[Any]]
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class LoginCode(Base):
    """A six-digit code asked for. Code and typed address are keyed hashes; no ``customer_id``: the address is nobody's."""

    __tablename__ = "login_codes"
    __table_args__ = (
        Index("ix_login_codes_account_at", "account", "created_at"),
        Index("ix_login_codes_conversation_at", "conversation_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(64))
    account: Mapped[str] = mapped_column(String(64))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Attachment(Base):
    """A customer's file. ``name`` is only shown, never a path; ``path`` is relative to the files' folder; ``size`` in bytes."""

    __tablename__ = "attachments"
    __table_args__ = (Index("ix_attachments_waiting", "conversation_id", "ticket_id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    conversation_id: Mapped[str | None] = mapped_column(String(64))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_messages.id"))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    path: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


class ConversationEvent(Base):
    """Something worth counting that happened in a conversation; never what the customer wrote."""

    __tablename__ = "conversation_events"
    __table_args__ = (Index("ix_conversation_events_kind_at", "kind", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    detail: Mapped[dict[str, Any]]
    at: Mapped[datetime]
