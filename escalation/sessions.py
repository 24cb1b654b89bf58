"""Logged-in browsers, kept on the server: each can be listed and ended."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.orm import Session

from escalation.models import LoginSession


class Kind(StrEnum):
    """Customers and staff never share a session."""

    CUSTOMER = "customer"
    STAFF = "staff"


def start(session: Session, kind: Kind, owner_id: str, lifetime: timedelta, now: datetime) -> str:
    """A new session; returns the token for the cookie, which is stored nowhere."""
    session.execute(delete(LoginSession).where(LoginSession.expires_at <= now))
    token = secrets.token_urlsafe(32)
    session.add(LoginSession(token_hash=_hash(token), kind=kind, owner_id=owner_id, created_at=now, expires_at=now + lifetime))
    return token


def owner(session: Session, kind: Kind, token: str, now: datetime) -> str | None:
    """Id of whom the token logged in, or None."""
    found = session.get(LoginSession, _hash(token))
    if found is None or found.kind != kind or found.expires_at <= now:
        return None
    return found.owner_id


def end(session: Session, token: str) -> None:
    """Log this browser out."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == _hash(token)))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
