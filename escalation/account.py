"""A customer's password once he is in: proving it again, choosing another."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from escalation import account_notices, sessions, throttle
from escalation.area_models import RecoveryLink
from escalation.chat_models import LoginCode
from escalation.customers import PASSWORD_MIN
from escalation.errors import InvalidReport, LoginFailed
from escalation.models import ConversationBond, Customer
from escalation.passwords import hash_password, matches

# Longer ones only cost time to hash; no password manager makes them.
PASSWORD_MAX = 200


def prove_again(session: Session, customer: Customer, password: str, origin: throttle.Origin, now: datetime) -> None:
    """A step that would outlive a stolen session needs the password. The caller commits also on failure: failures count.

    Raises:
        LoginFailed: it is not his password.
        TooManyAttempts: see :mod:`escalation.throttle`.
    """
    throttle.check(session, customer.id, origin, now)
    if not matches(customer.password_hash, password):
        throttle.record_failure(session, customer.id, origin, now)
        raise LoginFailed("the password does not match")
    throttle.forget_failures(session, customer.id, origin)


def change_password(session: Session, customer: Customer, password: str, token: str | None, now: datetime) -> None:
    """From now on it is ``password``; every other browser and every chat is logged out, and he is told by mail.

    ``token``: of the one session that stays.

    Raises:
        InvalidReport: ``fields["password"]``: short, long, address or same.
    """
    check_password(customer, password)
    customer.password_hash = hash_password(password)
    sessions.end_all(session, sessions.Kind.CUSTOMER, customer.id, but=token)
    end_other_ways(session, customer)
    account_notices.password_changed(session, customer, now)


def end_other_ways(session: Session, customer: Customer) -> None:
    """Chats that he logged in to, and links and codes on their way: who knew the old password may have asked for them."""
    session.execute(delete(ConversationBond).where(ConversationBond.customer_id == customer.id))
    session.execute(delete(RecoveryLink).where(RecoveryLink.customer_id == customer.id, RecoveryLink.used_at.is_(None)))
    session.execute(delete(LoginCode).where(LoginCode.customer_id == customer.id, LoginCode.used_at.is_(None)))


def check_password(customer: Customer, password: str) -> None:
    """Raises:
    InvalidReport: see :func:`change_password`.
    """
    if len(password) < PASSWORD_MIN:
        raise InvalidReport(f"at least {PASSWORD_MIN} characters", password="short")  # noqa: S106
    if len(password) > PASSWORD_MAX:
        raise InvalidReport(f"at most {PASSWORD_MAX} characters", password="long")  # noqa: S106
    if password.strip().lower() in {item.address for item in customer.addresses}:
        raise InvalidReport("an address is the first thing that is tried", password="address")  # noqa: S106
    if matches(customer.password_hash, password):
        raise InvalidReport("it is the one that he has", password="same")  # noqa: S106
