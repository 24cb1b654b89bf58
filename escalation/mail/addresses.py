"""Where a customer can be reached by mail: the address he writes from, unless its server said that it does not exist."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.mail_models import DeadAddress, InboundMail
from escalation.models import Ticket

NOBODY = "nobody@invalid"
# Zammad's figure; long enough to find another way to the customer, short enough that a mended mailbox works again.
DEAD_FOR = timedelta(days=60)
# RFC 3463 3.2: bad mailbox, bad system, bad syntax, moved without a new address, no such user by a null MX; disabled mailbox.
DEAD_CODES = re.compile(r"\b5\.(?:1\.(?:1|2|3|6|10)|2\.1)\b")


@dataclass(frozen=True)
class Correspondence:
    """Where a mail about a ticket goes, and which mail of his it answers."""

    recipient: str
    dead: bool = False
    in_reply_to: str = ""


def correspondence(session: Session, ticket: Ticket, now: datetime) -> Correspondence:
    """The customer wrote from one of his addresses lately: that one; else the first that is not dead; else a dead one."""
    lately = select(InboundMail).where(InboundMail.ticket_id == ticket.id, InboundMail.customer_id == ticket.customer_id)
    mail = session.scalar(lately.order_by(InboundMail.received_at.desc()).limit(1))
    # Erased customers have none.
    own = [item.address for item in ticket.customer.addresses] or [NOBODY]
    first = [mail.sender] if mail is not None and mail.sender in own else []
    candidates = [*first, *(address for address in own if address not in first)]
    alive = [address for address in candidates if not is_dead(session, address, now)]
    recipient = (alive or candidates)[0]
    return Correspondence(
        recipient, not alive or recipient == NOBODY, mail.message_id if mail is not None and recipient == mail.sender else ""
    )


def is_dead(session: Session, address: str, now: datetime) -> bool:
    """Whether nothing is sent to it at present."""
    row = session.get(DeadAddress, address)
    return row is not None and row.until > now


def mark_dead(session: Session, address: str, reason: str, now: datetime) -> bool:
    """Its server says that it does not exist. Returns whether that is news."""
    known = is_dead(session, address, now)
    row = session.get(DeadAddress, address)
    if row is None:
        row = DeadAddress(address=address)
        session.add(row)
    row.since, row.until, row.reason = now, now + DEAD_FOR, reason[:300]
    session.flush()
    return not known


def revive(session: Session, address: str) -> None:
    """Mail came from it, or somebody of Soporte knows better."""
    row = session.get(DeadAddress, address)
    if row is not None:
        session.delete(row)
