"""The data of the Área de Clientes: links by mail, kept texts, what was read, ratings, requests about own data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, backref, mapped_column, relationship

from escalation.models import Base, Ticket, new_id


class RecoveryLink(Base):
    """A link to choose a new password. Token, typed address and sender are hashes; no ``customer_id``: the address is nobody's."""

    __tablename__ = "recovery_links"
    __table_args__ = (
        Index("ix_recovery_links_account_at", "account", "created_at"),
        Index("ix_recovery_links_origin_at", "origin", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account: Mapped[str] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(64))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AddressLink(Base):
    """A link that proves that an address is the customer's who wants to add it."""

    __tablename__ = "address_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class FormDraft(Base):
    """What a customer had typed into a form when his session ended. ``place``: a ticket's number, or see form_drafts."""

    __tablename__ = "form_drafts"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    place: Mapped[str] = mapped_column(String(20), primary_key=True)
    fields: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class TicketSeen(Base):
    """When the customer last looked at his ticket."""

    __tablename__ = "ticket_seen"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    seen_at: Mapped[datetime]


class TicketRating(Base):
    """How the help was, by the customer: one a ticket. ``score``: see ratings."""

    __tablename__ = "ticket_ratings"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    score: Mapped[str] = mapped_column(String(10))
    comment: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    ticket: Mapped[Ticket] = relationship(backref=backref("rating", uselist=False))


class RatingLink(Base):
    """The secret of a link in a mail that lets its reader rate one ticket, and nothing else."""

    __tablename__ = "rating_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    expires_at: Mapped[datetime]


class DataRequest(Base):
    """A customer made use of his rights over his data. It stays as evidence when all else of him is gone.

    ``kind``, ``state``: see erasure. ``subjects`` are keyed hashes of his addresses: they show whose request it was to who knows
    the address, and to nobody else. ``outcome``: how many rows and files it concerned.
    """

    __tablename__ = "data_requests"
    __table_args__ = (Index("ix_data_requests_customer", "customer_id", "kind"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    finished_by: Mapped[str | None] = mapped_column(String(36))
    subjects: Mapped[list[Any]]
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
