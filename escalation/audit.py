"""Who of staff did what: log-ins, reads of attachments, exports, changes of settings, roles and customers. Only ever added to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from escalation.admin_models import AuditEntry
from escalation.models import Staff

PAGE = 50
LOGIN, LOGIN_FAILED, LOGOUT = "login", "login_failed", "logout"
FACTOR_ON, FACTOR_OFF, FACTOR_FAILED, RECOVERY_USED = "factor_on", "factor_off", "factor_failed", "recovery_code_used"
ATTACHMENT_READ, EXPORTED, SETTING_CHANGED = "attachment_read", "exported", "setting_changed"
STAFF_ADDED, STAFF_ROLE, STAFF_ACTIVE, PASSWORD_CHANGED = "staff_added", "staff_role", "staff_active", "password_changed"
SESSIONS_ENDED = "sessions_ended"
CUSTOMER_ADDED, CUSTOMER_BLOCKED, CUSTOMER_MERGED = "customer_added", "customer_blocked", "customer_merged"
CUSTOMER_ADDRESS, CUSTOMER_SERVICE, CUSTOMERS_IMPORTED = "customer_address", "customer_service", "customers_imported"
INCIDENT_DECLARED, INCIDENT_TOLD, INCIDENT_CLOSED = "incident_declared", "incident_told", "incident_closed"
KINDS = (
    *(LOGIN, LOGIN_FAILED, LOGOUT, FACTOR_ON, FACTOR_OFF, FACTOR_FAILED, RECOVERY_USED, ATTACHMENT_READ, EXPORTED),
    *(SETTING_CHANGED, STAFF_ADDED, STAFF_ROLE, STAFF_ACTIVE, PASSWORD_CHANGED, SESSIONS_ENDED, CUSTOMER_ADDED),
    *(CUSTOMER_BLOCKED, CUSTOMER_MERGED, CUSTOMER_ADDRESS, CUSTOMER_SERVICE, CUSTOMERS_IMPORTED, INCIDENT_DECLARED),
    *(INCIDENT_TOLD, INCIDENT_CLOSED),
)
SUBJECT_MAX, ORIGIN_MAX = 100, 64
# A spreadsheet program takes such a cell for a formula (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Actor:
    """Who acts, and from which network address; ``member`` is None where it is not known who."""

    member: Staff | None
    origin: str = ""


@dataclass(frozen=True)
class Wanted:
    """Which entries; None: whatever it is. ``since`` inclusive, ``until`` exclusive."""

    kind: str | None = None
    actor_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def record(session: Session, kind: str, actor: Actor, subject: str, now: datetime, **detail: str | int | bool) -> AuditEntry:
    """Note it in the transaction of the deed itself. ``subject`` and ``detail``: ids and words of ours."""
    assert kind in KINDS, kind
    member = actor.member
    row = AuditEntry(
        at=now,
        kind=kind,
        actor_id=member.id if member else None,
        actor_name=member.name if member else "",
        subject=subject[:SUBJECT_MAX],
        detail=dict(detail),
        origin=actor.origin[:ORIGIN_MAX],
    )
    session.add(row)
    return row


def page(session: Session, wanted: Wanted, before: int | None = None, limit: int = PAGE) -> tuple[list[AuditEntry], int | None]:
    """The newest first, and the ``before`` of the next page (None: there is none)."""
    query = _chosen(wanted).order_by(AuditEntry.id.desc())
    if before is not None:
        query = query.where(AuditEntry.id < before)
    found = list(session.scalars(query.limit(limit + 1)))
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def rows(session: Session, wanted: Wanted) -> Iterator[AuditEntry]:
    """All of them, the oldest first, read in pieces."""
    yield from session.scalars(_chosen(wanted).order_by(AuditEntry.id).execution_options(yield_per=500))


def cell(value: object) -> str:
    """As a cell of a CSV that a spreadsheet program opens."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _chosen(wanted: Wanted) -> Select[tuple[AuditEntry]]:
    query = select(AuditEntry)
    for column, value in ((AuditEntry.kind, wanted.kind), (AuditEntry.actor_id, wanted.actor_id)):
        if value:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    return query
