"""What a customer had typed when his session ended: kept until he is in again, so that no text is lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from escalation.area_models import FormDraft
from escalation.models import Customer

NEW_TICKET = "new"
# Later he has long written it again, or no longer needs to.
OFFERED_FOR = timedelta(days=1)


def save(session: Session, customer: Customer, place: str, fields: Mapping[str, str], now: datetime) -> None:
    """Keep it for the form at ``place``: :data:`NEW_TICKET`, or the number of the ticket that he was replying to."""
    session.execute(delete(FormDraft).where(FormDraft.saved_at <= now - OFFERED_FOR))
    session.merge(FormDraft(customer_id=customer.id, place=place, fields=dict(fields), saved_at=now))


def kept(session: Session, customer: Customer, place: str, now: datetime) -> dict[str, str]:
    """What is kept for that form; empty where nothing is."""
    draft = session.get(FormDraft, (customer.id, place))
    return dict(draft.fields) if draft is not None and draft.saved_at > now - OFFERED_FOR else {}


def forget(session: Session, customer: Customer, place: str) -> None:
    """It was sent."""
    session.execute(delete(FormDraft).where(FormDraft.customer_id == customer.id, FormDraft.place == place))
