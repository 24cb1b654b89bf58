"""Logged-in browsers, kept on the server: each can be listed and ended."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from escalation.models import LoginSession

# A page a second would otherwise be a write a second.
NOTED_EVERY = timedelta(minutes=5)
PUBLIC_ID_LENGTH = 16


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


def public_id(login: LoginSession) -> str:
    """What a page may call it: too little of the hash to be of any use elsewhere."""
    return login.token_hash[:PUBLIC_ID_LENGTH]


def is_of(login: LoginSession, token: str) -> bool:
    """Whether this is the token's own session."""
    return login.token_hash == _hash(token)


def use_is_old(session: Session, token: str, now: datetime) -> bool:
    """Whether it is time to note again that this browser was here."""
    found = session.get(LoginSession, _hash(token))
    return found is not None and (found.last_used_at is None or found.last_used_at <= now - NOTED_EVERY)


def note_use(session: Session, token: str, browser: str, now: datetime) -> None:
    """This browser was here."""
    mine = update(LoginSession).where(LoginSession.token_hash == _hash(token))
    session.execute(mine.values(last_used_at=now, browser=browser))


def live_of(session: Session, kind: Kind, owner_id: str, now: datetime) -> list[LoginSession]:
    """Where somebody is logged in, the last used first."""
    used = func.coalesce(LoginSession.last_used_at, LoginSession.created_at)
    his = select(LoginSession).where(LoginSession.kind == kind, LoginSession.owner_id == owner_id)
    return list(session.scalars(his.where(LoginSession.expires_at > now).order_by(used.desc())))


def end_one(session: Session, kind: Kind, owner_id: str, shown_id: str) -> None:
    """Log out the browser of this :func:`public_id`; nothing happens where he has no such session."""
    his = (LoginSession.kind == kind) & (LoginSession.owner_id == owner_id)
    named = func.substr(LoginSession.token_hash, 1, PUBLIC_ID_LENGTH) == shown_id
    session.execute(delete(LoginSession).where(his, named))


def end_all(session: Session, kind: Kind, owner_id: str, but: str | None = None) -> None:
    """Log out all his browsers, except the one that holds the token ``but``."""
    his = (LoginSession.kind == kind) & (LoginSession.owner_id == owner_id)
    session.execute(delete(LoginSession).where(his, LoginSession.token_hash != (_hash(but) if but else "")))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
