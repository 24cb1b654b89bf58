"""The bond between a chat conversation and the customer who logged in to it; by password or by code, it is this one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from escalation.chat_models import Attachment, Draft
from escalation.models import ConversationBond, Customer


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
    bond.customer_id, bond.bound_at, bond.expires_at = customer.id, now, now + lifetime
    for kind in (Draft, Attachment):
        unowned = (kind.conversation_id == conversation_id) & kind.customer_id.is_(None)
        session.execute(update(kind).where(unowned).values(customer_id=customer.id))


def release(session: Session, conversation_id: str) -> None:
    """He leaves ("salir"): the conversation speaks for nobody. His drafts stay his, for his next log-in."""
    session.execute(delete(ConversationBond).where(ConversationBond.conversation_id == conversation_id))


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
