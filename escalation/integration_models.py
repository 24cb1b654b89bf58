"""The data of integrations: tokens for programs, addresses that are told of ticket events, and what became of each telling."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from escalation.models import Base, Staff, Ticket, new_id

# Integrations read what changed since they last asked, page by page.
TICKETS_BY_CHANGE = Index("ix_tickets_updated_number", Ticket.updated_at, Ticket.number)


class ApiToken(Base):
    """A credential of a program, acting for a member of staff. Only its hash is kept: a copy of the database opens nothing."""

    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    staff: Mapped[Staff] = relationship()


class Webhook(Base):
    """An address that is told of ticket events. ``secret`` signs what it gets; ``failing_since`` is None after a success."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    url: Mapped[str] = mapped_column(String(500))
    events: Mapped[list[Any]]
    secret: Mapped[str] = mapped_column(String(80))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]
    disabled_reason: Mapped[str | None] = mapped_column(String(300))


class WebhookAttempt(Base):
    """One try to tell a webhook something; ``message_id`` is the same on every try of one telling, ``ms`` how long it took."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (Index("ix_webhook_attempts_webhook_at", "webhook_id", "at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(String(120))
    event: Mapped[str] = mapped_column(String(40))
    attempt: Mapped[int]
    status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(300))
    ms: Mapped[int]
    at: Mapped[datetime]


class FileScan(Base):
    """What the virus scanner said of a stored file, by its path. A file without a row has not been scanned yet."""

    __tablename__ = "file_scans"

    path: Mapped[str] = mapped_column(String(100), primary_key=True)
    clean: Mapped[bool]
    finding: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime]
