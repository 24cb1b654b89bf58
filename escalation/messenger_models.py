"""The data beside the chat channels: codes of account linking, and what is wrong with a channel."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from escalation.models import Base


class AccountLink(Base):
    """A customer proved who he is on the page that Messenger opened; the code (kept as a keyed hash) goes home through Meta."""

    __tablename__ = "account_links"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(64))
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class ChannelAlarm(Base):
    """A chat channel that does not work, as long as it does not. ``kind`` as the channel calls it, ``detail`` for technicians."""

    __tablename__ = "channel_alarms"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(String(300))
    since: Mapped[datetime]
