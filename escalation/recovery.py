"""A forgotten password: a link by mail. For an unknown address everything happens as for a known one, but the mail.

An hour and one use a link. The counts are kept per typed address and per sender, whether the address is known or not: nobody's
mailbox can be filled, and nothing can be read off them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from escalation import account, account_notices, outbox, throttle
from escalation.area_models import RecoveryLink
from escalation.codes import NOBODY
from escalation.customers import customer_of_address, typed_address
from escalation.errors import NotFound
from escalation.links import hash_of, new_token
from escalation.models import Customer

LIFETIME = timedelta(hours=1)
WINDOW = timedelta(hours=1)
MAX_PER_ADDRESS = 3
# An office behind one network address has many customers.
MAX_PER_ORIGIN = 30


def send_link(session: Session, email: str, origin: throttle.Origin, area_url: str, now: datetime) -> None:
    """Mail a link to ``email`` where a customer registered it and no limit is reached; tells the caller nothing either way."""
    session.execute(delete(RecoveryLink).where(RecoveryLink.created_at <= now - WINDOW, RecoveryLink.expires_at <= now))
    outbox.drop_void(session, now - WINDOW)
    address = typed_address(email)
    account_hash, sender = origin.hashed(f"recovery|{address}"), origin.hashed(f"recovery from|{origin.address}")
    if _recent(session, RecoveryLink.account == account_hash, now) >= MAX_PER_ADDRESS:
        return
    if _recent(session, RecoveryLink.origin == sender, now) >= MAX_PER_ORIGIN:
        return
    customer = customer_of_address(session, address)
    admitted = customer is not None and not customer.blocked
    token = new_token()
    row = RecoveryLink(
        token_hash=hash_of(token),
        account=account_hash,
        origin=sender,
        customer_id=customer.id if customer and admitted else None,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(row)
    # The row of an unknown address goes nowhere: written all the same, so that both answers take the same time.
    recipient = address if admitted else NOBODY
    account_notices.recovery_asked(session, recipient, f"{area_url}recuperar/{token}", LIFETIME, now, leaves=admitted)


def customer_of(session: Session, token: str, now: datetime) -> Customer:
    """Whose link it is. Looking does not use it up: mail scanners follow links.

    Raises:
        NotFound: too old, used, or never issued; always the same words.
    """
    return _live(session, token, now)[1]


def choose_password(session: Session, token: str, password: str, origin: throttle.Origin, now: datetime) -> Customer:
    """The customer of the link has ``password`` from now on; all his links are used up, all his browsers logged out.

    Raises:
        NotFound: as :func:`customer_of`.
        InvalidReport: as :func:`escalation.account.change_password`; the link can be used again.
    """
    row, customer = _live(session, token, now)
    row.used_at = now
    session.flush()
    # His other links go with it.
    account.change_password(session, customer, password, None, now)
    # His own failed guesses must not keep him out now.
    for item in customer.addresses:
        throttle.forget_failures(session, item.address, origin)
    return customer


def _live(session: Session, token: str, now: datetime) -> tuple[RecoveryLink, Customer]:
    row = session.scalar(select(RecoveryLink).where(RecoveryLink.token_hash == hash_of(token)).with_for_update())
    customer = session.get(Customer, row.customer_id) if row and row.customer_id else None
    if row is None or row.used_at is not None or row.expires_at <= now or customer is None or customer.blocked:
        raise NotFound("the link is not valid; ask for a new one")
    return row, customer


def _recent(session: Session, which: ColumnElement[bool], now: datetime) -> int:
    query = select(func.count()).select_from(RecoveryLink).where(which, RecoveryLink.created_at > now - WINDOW)
    return session.scalar(query) or 0
