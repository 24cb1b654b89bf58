"""The bond between a chat conversation and the customer who logged in to it; by password or by code, it is this one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from escalation.chat_models import Attachment, ConversationEvent, Draft
from escalation.conversation_events import LEFT
from escalation.models import ConversationBond, Customer

# A report that the bot kept while we were down is delivered within days; an older one is somebody's mistake.
DELIVERED_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class Bond:
    """Who logged in, and until when (UTC) the conversation speaks for him."""

    customer: Customer
    until: datetime


def bind(session: Session, conversation_id: str, customer: Customer, lifetime: timedelta, now: datetime) -> None:
    """From now on the conversation speaks for ``customer``, until ``lifetime`` is over.

    What was written and sent in it before anybody had logged in becomes his.
    """
    bond = session.get(ConversationBond, conversation_id)
    if bond is None:
        bond = ConversationBond(conversation_id=conversation_id)
        session.add(bond)
    if bond.customer_id != customer.id:
        # The same customer's earlier reports stay his, see customer_at.
        bond.customer_id, bond.bound_at = customer.id, now
    bond.expires_at = now + lifetime
    for kind in (Draft, Attachment):
        unowned = (kind.conversation_id == conversation_id) & kind.customer_id.is_(None)
        session.execute(update(kind).where(unowned).values(customer_id=customer.id))


def release(session: Session, conversation_id: str, now: datetime) -> None:
    """He leaves ("salir"): the conversation speaks for nobody from ``now`` on. His drafts stay his, for his next log-in."""
    bond = session.get(ConversationBond, conversation_id)
    if bond is not None and bond.expires_at > now:
        bond.expires_at = now
        # His next log-in elsewhere does not lead back here, see transcripts.elsewhere.
        session.add(ConversationEvent(conversation_id=conversation_id, kind=LEFT, detail={}, at=now))


def live(session: Session, conversation_id: str, now: datetime) -> Bond | None:
    """Who logged in to the conversation; None where nobody did, the time is over, or he was blocked since."""
    bond = session.get(ConversationBond, conversation_id)
    if bond is None or bond.expires_at <= now:
        return None
    customer = session.get_one(Customer, bond.customer_id)
    return None if customer.blocked else Bond(customer, bond.expires_at)


def customer_of(session: Session, conversation_id: str, now: datetime) -> Customer | None:
    """The customer of the :func:`live` bond, or None."""
    bond = live(session, conversation_id, now)
    return bond.customer if bond else None


def customer_at(session: Session, conversation_id: str, moment: datetime, now: datetime) -> Customer | None:
    """Who was logged in at a past ``moment``: a report that he gave while escalation was down is his, though he left since."""
    bond = session.get(ConversationBond, conversation_id)
    if bond is None or not bond.bound_at <= moment < bond.expires_at or not now - DELIVERED_WITHIN <= moment <= now:
        return None
    customer = session.get_one(Customer, bond.customer_id)
    return None if customer.blocked else customer
