"""Log-in by a code sent to a registered address. For an unknown address everything happens as for a known one, but the mail.

Ten minutes, five tries and one use a code (OWASP: a code of six digits must be guessed online only); a new one ends the
conversation's old one. The counts are kept per typed address and per conversation, whether the address is known or not.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from escalation import notices, outbox
from escalation.chat_models import LoginCode
from escalation.customers import customer_of_address, typed_address
from escalation.errors import LoginFailed
from escalation.models import Customer

DIGITS = 6
LIFETIME = timedelta(minutes=10)
MAX_TRIES = 5
WINDOW = timedelta(hours=1)
MAX_PER_ADDRESS = 3
MAX_PER_CONVERSATION = 5
NOBODY = "nobody@invalid"


def send_code(session: Session, conversation_id: str, email: str, secret: str, now: datetime) -> None:
    """Mail a code to ``email`` where a customer registered it and no limit is reached; tells the caller nothing either way.

    ``secret`` keys the hashes: the table alone gives away neither codes nor addresses.
    """
    session.execute(delete(LoginCode).where(LoginCode.created_at <= now - WINDOW))
    outbox.drop_void(session, now - WINDOW)
    address = typed_address(email)
    account = _keyed(secret, "address", address)
    if _recent(session, LoginCode.account == account) >= MAX_PER_ADDRESS:
        return
    if _recent(session, LoginCode.conversation_id == conversation_id) >= MAX_PER_CONVERSATION:
        return
    customer = customer_of_address(session, address)
    admitted = customer is not None and not customer.blocked
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    row = LoginCode(
        conversation_id=conversation_id,
        account=account,
        customer_id=customer.id if customer and admitted else None,
        code_hash=_keyed(secret, f"code of {conversation_id}", code),
        created_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(row)
    # The row of an unknown address goes nowhere: written all the same, so that both answers take the same time.
    recipient = address if admitted else NOBODY
    notices.code_asked(session, recipient, code, LIFETIME, now, leaves=admitted)


def prove_code(session: Session, conversation_id: str, code: str, secret: str, now: datetime) -> Customer:
    """The customer whose code it is. The caller commits also on failure: tries count.

    Raises:
        LoginFailed: wrong, too old, used, tried five times, or never asked for; always the same words.
    """
    purpose = f"code of {conversation_id}"
    newest = select(LoginCode).where(LoginCode.conversation_id == conversation_id).order_by(LoginCode.id.desc()).limit(1)
    row = session.scalar(newest.with_for_update())
    expected = row.code_hash if row else _keyed(secret, purpose, "")
    right = hmac.compare_digest(expected, _keyed(secret, purpose, "".join(code.split())))
    usable = row is not None and row.used_at is None and row.expires_at > now and row.tries < MAX_TRIES
    if row is not None:
        row.tries += 1
    customer = session.get(Customer, row.customer_id) if row and row.customer_id else None
    if row is None or customer is None or customer.blocked or not usable or not right:
        raise LoginFailed("the code is not valid; ask for a new one")
    row.used_at = now
    return customer


def _recent(session: Session, which: ColumnElement[bool]) -> int:
    # What is older than the window was deleted above.
    return session.scalar(select(func.count()).select_from(LoginCode).where(which)) or 0


def _keyed(secret: str, purpose: str, text: str) -> str:
    return hmac.new(secret.encode(), f"login code|{purpose}|{text}".encode(), hashlib.sha256).hexdigest()
