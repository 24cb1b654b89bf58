"""Tokens for programs: what each may do, and that it can be taken away at once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.errors import InvalidReport, NotFound
from escalation.integration_models import ApiToken
from escalation.models import Staff

# Seen in a log or a repository, it is known for what it is; scanners of secrets look for such beginnings.
PREFIX = "mda_"
NAME_MAX = 100
# Fine enough to see that a token sleeps; a write at every call would be for nothing.
USE_NOTED_EVERY = timedelta(minutes=10)


class Scope(StrEnum):
    """What a token may do."""

    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    WEBHOOKS = "webhooks"


def issue(session: Session, name: str, staff: Staff, scopes: Iterable[Scope], now: datetime) -> tuple[ApiToken, str]:
    """A new token that acts for ``staff``; the second value is the token itself, which is stored nowhere.

    Raises:
        InvalidReport: no name, a taken one, no scope, or staff that were deactivated.
    """
    wanted = sorted(set(scopes))
    if not 0 < len(name.strip()) <= NAME_MAX:
        raise InvalidReport(f"the name needs 1 to {NAME_MAX} characters", name="length")
    if not wanted:
        raise InvalidReport("name at least one scope", scopes="none")
    if not staff.active:
        raise InvalidReport(f"{staff.email} is not active", staff="inactive")
    if session.scalar(select(ApiToken).where(ApiToken.name == name.strip())):
        raise InvalidReport(f"a token is called {name.strip()!r} already", name="taken")
    secret = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(name=name.strip(), token_hash=hashed(secret), staff_id=staff.id, scopes=wanted, created_at=now)
    session.add(row)
    session.flush()
    return row, secret


def find(session: Session, secret: str) -> ApiToken | None:
    """The live token of ``secret``; None where it was never issued, was revoked, or who answers for it was deactivated."""
    if not secret.startswith(PREFIX):
        return None
    row = session.scalar(select(ApiToken).where(ApiToken.token_hash == hashed(secret)))
    return row if row is not None and row.revoked_at is None and row.staff.active else None


def use_is_stale(row: ApiToken, now: datetime) -> bool:
    """Whether its last use was noted so long ago that it should be noted again."""
    return row.last_used_at is None or now - row.last_used_at >= USE_NOTED_EVERY


def note_use(session: Session, token_id: str, now: datetime) -> None:
    """It was used."""
    session.get_one(ApiToken, token_id).last_used_at = now


def revoke(session: Session, name: str, now: datetime) -> ApiToken:
    """From now on it opens nothing; the same where it was revoked before.

    Raises:
        NotFound: no token has this name.
    """
    row = session.scalar(select(ApiToken).where(ApiToken.name == name))
    if row is None:
        raise NotFound(f"no token is called {name!r}")
    row.revoked_at = row.revoked_at or now
    return row


def every(session: Session) -> list[ApiToken]:
    """All of them, the newest first."""
    return list(session.scalars(select(ApiToken).order_by(ApiToken.created_at.desc(), ApiToken.name)))


def hashed(secret: str) -> str:
    """What is stored: 256 random bits need no slow hash (OWASP, cryptographic storage)."""
    return hashlib.sha256(secret.encode()).hexdigest()
