"""The data of running the desk: who did what, second factors, the desk's own settings, merged customers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from escalation.models import Base, new_id


class AuditEntry(Base):
    """Who of staff did what, to what; ``actor_id`` is None for who is not known. Append-only: the database refuses all else.

    ``subject`` and ``detail`` hold ids and words of ours, never what a customer wrote; ``origin`` is a network address.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_kind", "kind", "id"),
        Index("ix_audit_entries_actor", "actor_id", "id"),
        Index("ix_audit_entries_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[str | None] = mapped_column(String(36))
    actor_name: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(100))
    detail: Mapped[dict[str, Any]]
    origin: Mapped[str] = mapped_column(String(64))


class SecondFactor(Base):
    """The secret of somebody's authenticator, encrypted; ``last_step``: of the newest code that was taken (RFC 6238 5.2)."""

    __tablename__ = "second_factors"

    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    failures_since: Mapped[datetime | None]


class RecoveryCode(Base):
    """One of the codes for whoever lost his authenticator, as a keyed hash; each is good once."""

    __tablename__ = "recovery_codes"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    used_at: Mapped[datetime | None]


class DeskSetting(Base):
    """What an administrator decides for the whole desk while it runs; see desk_settings."""

    __tablename__ = "desk_settings"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))


class StaffLanguage(Base):
    """In which language somebody of staff reads the console."""

    __tablename__ = "staff_languages"

    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(5))


class CustomerMerge(Base):
    """A customer who went into another one. His row stays, empty and blocked, so that old addresses of pages lead on."""

    __tablename__ = "customer_merges"

    source_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    target_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    merged_by: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime]


class CustomerImport(Base):
    """Lines of a file that an administrator looked over and has not confirmed yet; gone after an hour."""

    __tablename__ = "customer_imports"

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    lines: Mapped[list[Any]]
    created_at: Mapped[datetime]
