"""The data: customers, staff, tickets and what leaves the house. Rules live beside, in the verbs."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from wire.database import UtcDateTime

if TYPE_CHECKING:
    from escalation.chat_models import Attachment
    from escalation.desk_models import TicketTag

# Names in the table of heartbeats.
WORKER = "worker"


def new_id() -> str:
    """A random row id that tells nothing about how many there are."""
    return str(uuid.uuid4())


class Base(DeclarativeBase):
    """Tables of escalation's database."""

    type_annotation_map = {datetime: UtcDateTime(), dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


class Status(StrEnum):
    """Of a ticket."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting_on_customer"
    SOLVED = "solved"
    CLOSED = "closed"


class Priority(StrEnum):
    """Of a ticket, as staff set it."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Area(StrEnum):
    """Service areas of the support policy, and two for the rest."""

    MAIL = "mail"
    SITE = "site"
    DOMAIN = "domain"
    PAYMENT = "payment"
    ACCOUNT = "account"
    OTHER = "other"


class Role(StrEnum):
    """Of staff."""

    AGENT = "agent"
    ADMIN = "admin"


class Author(StrEnum):
    """Who wrote a message or caused an event."""

    CUSTOMER = "customer"
    STAFF = "staff"
    SYSTEM = "system"


class Customer(Base):
    """Who has services. One customer may prove several addresses."""

    __tablename__ = "customers"
    __table_args__ = (Index("ix_customers_name", "name", "id"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    blocked: Mapped[bool] = mapped_column(default=False)

    addresses: Mapped[list[CustomerAddress]] = relationship(back_populates="customer", order_by="CustomerAddress.id")
    domains: Mapped[list[CustomerDomain]] = relationship(order_by="CustomerDomain.name")
    mailboxes: Mapped[list[CustomerMailbox]] = relationship(order_by="CustomerMailbox.name")


class CustomerAddress(Base):
    """A registered address, lower case."""

    __tablename__ = "customer_addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    address: Mapped[str] = mapped_column(String(254), unique=True)

    customer: Mapped[Customer] = relationship(back_populates="addresses")


class CustomerDomain(Base):
    """A domain of a customer, lower case. Two customers may have the same one: an agency and its client."""

    __tablename__ = "customer_domains"
    __table_args__ = (UniqueConstraint("customer_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    name: Mapped[str] = mapped_column(String(253))


class CustomerMailbox(Base):
    """A mail account that a customer has with us, lower case; it proves nothing about who writes."""

    __tablename__ = "customer_mailboxes"
    __table_args__ = (UniqueConstraint("customer_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    name: Mapped[str] = mapped_column(String(254))


class Staff(Base):
    """Who reviews tickets."""

    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(10))
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)


class LoginSession(Base):
    """A browser that logged in. Only the hash of its token is kept: a copy of the database opens no session."""

    __tablename__ = "login_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    owner_id: Mapped[str] = mapped_column(String(36), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    browser: Mapped[str | None] = mapped_column(String(60))


class LoginFailure(Base):
    """A failed log-in, by account and network address; both as keyed hashes."""

    __tablename__ = "login_failures"
    __table_args__ = (Index("ix_login_failures_origin_at", "origin", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class ConversationBond(Base):
    """Which customer logged in to a chat conversation, and until when."""

    __tablename__ = "conversation_bonds"

    conversation_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    bound_at: Mapped[datetime]
    expires_at: Mapped[datetime]


def _created_at(context: DefaultExecutionContext) -> datetime:
    return context.get_current_parameters()["created_at"]


class Ticket(Base):
    """The promise. ``fields`` are the report's answers by name; ``version`` rises with each change (optimistic lock).

    ``vector`` is the description's sentence embedding (float16, little endian); ``promised_at`` is when we said that we
    would answer, ``promise_basis`` the numbers that it was said from. It is None while the answer is not ours to give;
    ``promise_left`` is then what is left of it, in seconds of open time. ``status_at``: since when it has its status.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        Index("ix_tickets_status_updated", "status", "updated_at"),
        # The queues of the console, each read from where a page ended; see desk.queues.
        Index("ix_tickets_status_promised", "status", "promised_at", "id"),
        Index("ix_tickets_status_created", "status", "created_at", "id"),
        Index("ix_tickets_assignee_updated", "assignee_id", "status", "updated_at", "id"),
        Index("ix_tickets_assignee_promised", "assignee_id", "status", "promised_at", "id"),
        Index("ix_tickets_customer_created", "customer_id", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    idempotency_key: Mapped[str | None] = mapped_column(String(100), unique=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    conversation_id: Mapped[str | None] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(200))
    area: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(20), default=Status.NEW)
    status_at: Mapped[datetime] = mapped_column(default=_created_at)
    priority: Mapped[str] = mapped_column(String(10), default=Priority.NORMAL)
    assignee_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    fields: Mapped[dict[str, Any]]
    transcript: Mapped[list[Any]]
    shown_entries: Mapped[list[Any]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)
    promised_at: Mapped[datetime | None] = mapped_column(index=True)
    promise_basis: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    promise_left: Mapped[int | None]
    promise_warned_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    customer: Mapped[Customer] = relationship()
    assignee: Mapped[Staff | None] = relationship()
    tags: Mapped[list[TicketTag]] = relationship(order_by="TicketTag.name", viewonly=True)
    merged_into: Mapped[Ticket | None] = relationship(remote_side="Ticket.id", viewonly=True)
    messages: Mapped[list[TicketMessage]] = relationship(order_by="TicketMessage.id")
    events: Mapped[list[TicketEvent]] = relationship(order_by="TicketEvent.id")
    attachments: Mapped[list[Attachment]] = relationship(order_by="Attachment.created_at")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class TicketMessage(Base):
    """What customer and staff write to each other; ``internal`` notes are for staff alone.

    Until ``held_until`` its author may take it back, and the customer does not see it.
    """

    __tablename__ = "ticket_messages"
    __table_args__ = (Index("ix_ticket_messages_key", "ticket_id", "idempotency_key", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    author: Mapped[str] = mapped_column(String(10))
    author_id: Mapped[str] = mapped_column(String(36))
    author_name: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    internal: Mapped[bool] = mapped_column(default=False)
    idempotency_key: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime]
    held_until: Mapped[datetime | None]


class TicketEvent(Base):
    """Who changed what, when, from what, to what."""

    __tablename__ = "ticket_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    author: Mapped[str] = mapped_column(String(10))
    author_id: Mapped[str | None] = mapped_column(String(36))
    old: Mapped[str | None] = mapped_column(String(200))
    new: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime]


class OutboxRow(Base):
    """Something that must leave the house, written with its cause, kept until it left. ``channel``: mail, webhook or chat."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "state", "due_at"),
        Index("ix_outbox_recipient", "recipient", "created_at"),
        UniqueConstraint("key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    channel: Mapped[str] = mapped_column(String(10))
    recipient: Mapped[str] = mapped_column(String(254))
    content: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(300))


class Heartbeat(Base):
    """When a background process was last alive."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[datetime]
