"""The data of mail that comes in: each mail once, how far each mailbox was read, addresses that are dead, staff's choices."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from escalation.models import Base, new_id


class InboundMail(Base):
    """A mail that reached us, stored before anything else. Its bytes are a file, see :mod:`escalation.mail.raw_store`.

    ``message_id`` is its own, or one made from sender and body; ``state``: see :class:`escalation.mail.intake.State`;
    ``reason``: why it is in that state; ``verdict``: what proved its sender (see :mod:`escalation.mail.trust`), "none"
    otherwise; ``released_by``: whoever let it out of quarantine; ``subject_key``: the subject without "Re:", for comparing;
    ``full_text``: all of its text, with what it quotes.
    """

    __tablename__ = "inbound_mails"
    __table_args__ = (
        Index("ix_inbound_mails_due", "state", "due_at"),
        Index("ix_inbound_mails_sender", "sender", "received_at"),
        Index("ix_inbound_mails_ticket", "ticket_id", "received_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    message_id: Mapped[str] = mapped_column(String(255), unique=True)
    mailbox: Mapped[str] = mapped_column(String(300))
    uid: Mapped[int | None] = mapped_column(BigInteger)
    uid_validity: Mapped[int | None] = mapped_column(BigInteger)
    filed: Mapped[bool] = mapped_column(default=False)
    raw_path: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sender: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(300))
    subject_key: Mapped[str] = mapped_column(String(300))
    written_at: Mapped[str] = mapped_column(String(100))
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(40), default="")
    verdict: Mapped[str] = mapped_column(String(12), default="")
    verdict_detail: Mapped[str] = mapped_column(String(300), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(300))
    released_by: Mapped[str | None] = mapped_column(String(36))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    ticket_message_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_messages.id"))
    full_text: Mapped[str | None] = mapped_column(Text)


class MailCursor(Base):
    """How far a mailbox was read (RFC 9051: UIDVALIDITY and the last UID), and when it last could be."""

    __tablename__ = "mail_cursors"

    mailbox: Mapped[str] = mapped_column(String(300), primary_key=True)
    uid_validity: Mapped[int] = mapped_column(BigInteger, default=0)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    fetched_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(String(300))
    alarmed_at: Mapped[datetime | None]


class DeadAddress(Base):
    """An address whose server says that it does not exist; nothing is sent to it ``until`` then."""

    __tablename__ = "dead_addresses"

    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    since: Mapped[datetime]
    until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(300))


class StaffMailChoice(Base):
    """A member of staff who wants one ``digest`` a day instead of a mail for each piece of news."""

    __tablename__ = "staff_mail_choices"

    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    digest: Mapped[bool] = mapped_column(default=False)
    digest_at: Mapped[datetime]
