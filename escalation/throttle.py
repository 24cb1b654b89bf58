"""Log-in attempts: slows down a guesser without locking the victim out.

Counted per pair of account and network address, and per network address alone; never per account alone, which would
let anybody shut a customer out by typing his address.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from escalation.errors import TooManyAttempts
from escalation.models import LoginFailure

WINDOW = timedelta(minutes=15)
MAX_PER_ACCOUNT_AND_ORIGIN = 5
# An office behind one address has many customers; a list of stolen passwords has thousands.
MAX_PER_ORIGIN = 50


@dataclass(frozen=True)
class Origin:
    """Where an attempt comes from. ``secret`` keys the hashes: the table alone names nobody."""

    address: str
    secret: str

    def hashed(self, text: str) -> str:
        return hmac.new(self.secret.encode(), text.strip().lower().encode(), hashlib.sha256).hexdigest()


def check(session: Session, account: str, origin: Origin, now: datetime) -> None:
    """Raises:
    TooManyAttempts: this origin failed too often within the last fifteen minutes.
    """
    recent = select(func.count()).select_from(LoginFailure).where(LoginFailure.at > now - WINDOW)
    from_here = recent.where(LoginFailure.origin == origin.hashed(origin.address))
    on_account = from_here.where(LoginFailure.account == origin.hashed(account))
    if session.scalar(from_here) >= MAX_PER_ORIGIN or session.scalar(on_account) >= MAX_PER_ACCOUNT_AND_ORIGIN:
        raise TooManyAttempts("too many attempts; wait fifteen minutes")


def record_failure(session: Session, account: str, origin: Origin, now: datetime) -> None:
    """Count one failure; drops those that no longer matter."""
    session.execute(delete(LoginFailure).where(LoginFailure.at <= now - WINDOW))
    session.add(LoginFailure(account=origin.hashed(account), origin=origin.hashed(origin.address), at=now))


def forget_failures(session: Session, account: str, origin: Origin) -> None:
    """A success clears the account's failures from this origin."""
    mine = (LoginFailure.account == origin.hashed(account)) & (LoginFailure.origin == origin.hashed(origin.address))
    session.execute(delete(LoginFailure).where(mine))
