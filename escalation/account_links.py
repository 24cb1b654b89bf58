"""Account linking (Messenger): a code says that a customer logged in for one conversation; redeemed, it binds the conversation.

The customer hears of it by mail: somebody who was lured into logging in for another's conversation can undo it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from escalation import bonds, notices
from escalation.errors import LoginFailed
from escalation.messenger_models import AccountLink
from escalation.models import Customer

# As long as Meta's account_linking_token lives: after that she does not bring the code home.
LIFETIME = timedelta(minutes=5)
# Whoever redeems may die before he noted that he did, and asks again.
REPEATED_WITHIN = timedelta(hours=1)


def issue(session: Session, conversation_id: str, customer: Customer, secret: str, now: datetime) -> str:
    """A code that is good once, for this conversation, for five minutes; stored nowhere. ``secret`` keys its hash."""
    session.execute(delete(AccountLink).where(AccountLink.expires_at <= now - REPEATED_WITHIN))
    code = secrets.token_urlsafe(32)
    row = AccountLink(
        code_hash=_keyed(secret, code),
        conversation_id=conversation_id,
        customer_id=customer.id,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(row)
    return code


def redeem(session: Session, conversation_id: str, code: str, secret: str, lifetime: timedelta, now: datetime) -> Customer:
    """Bind the conversation to the customer of ``code`` for ``lifetime``; the same call again changes nothing.

    Raises:
        LoginFailed: unknown, too old, used up, or for another conversation; always the same words.
    """
    row = session.get(AccountLink, _keyed(secret, code), with_for_update=True)
    customer = session.get(Customer, row.customer_id) if row else None
    if row is None or customer is None or customer.blocked or row.conversation_id != conversation_id:
        raise LoginFailed("the code is not valid")
    if row.used_at is not None and bonds.customer_of(session, conversation_id, now) is customer:
        return customer
    if row.used_at is not None or row.expires_at <= now:
        raise LoginFailed("the code is not valid")
    row.used_at = now
    bonds.bind(session, conversation_id, customer, lifetime, now)
    notices.account_linked(session, customer, f"linked-{row.code_hash[:32]}", now)
    return customer


def _keyed(secret: str, code: str) -> str:
    return hmac.new(secret.encode(), f"account link|{code}".encode(), hashlib.sha256).hexdigest()
