"""Half-filled reports: kept as rows, so that a reload, a crash or another device does not lose what was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from escalation.chat_models import Draft
from escalation.errors import NotAllowed, NotFound
from escalation.models import Customer, Ticket

OPEN, SENT, CANCELLED = "open", "sent", "cancelled"
# An older one is offered to nobody: what it complains of has long been solved or reported otherwise.
OFFERED_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Content:
    """What the form holds. ``key`` is the Idempotency-Key under which the report will become a ticket."""

    area: str
    key: str
    fields: Mapping[str, str | None]
    shown_entries: Sequence[str]


def save(session: Session, conversation_id: str, customer: Customer | None, content: Content, now: datetime) -> Draft:
    """The conversation's draft becomes ``content``. A repetition that comes after the ticket does not open it again.

    Raises:
        NotAllowed: the key opened a ticket already, from this conversation or after the draft was adopted by another.
    """
    draft = session.get(Draft, conversation_id, with_for_update=True)
    if session.scalar(select(Ticket.id).where(Ticket.idempotency_key == content.key)) is not None:
        if draft is not None and draft.key == content.key:
            return draft
        raise NotAllowed("this key opened a ticket already; a new report needs a new key")
    if draft is None or draft.key != content.key:
        # Another report than before takes the row over; its age and its owner are its own.
        draft = draft or Draft(conversation_id=conversation_id)
        draft.key, draft.created_at, draft.customer_id = content.key, now, None
        session.add(draft)
    if customer is not None:
        # Where his log-in lapsed in the middle the report stays his, and nobody else's to read.
        draft.customer_id = customer.id
    draft.area, draft.fields, draft.shown_entries = content.area, dict(content.fields), list(content.shown_entries)
    draft.state, draft.updated_at = OPEN, now
    session.flush()
    return draft


def current(session: Session, conversation_id: str, customer: Customer | None) -> Draft | None:
    """The conversation's open draft, where it is his or nobody's: who comes after him at a shared computer must not read it."""
    draft = session.get(Draft, conversation_id)
    if draft is None or draft.state != OPEN:
        return None
    return draft if draft.customer_id is None or (customer is not None and draft.customer_id == customer.id) else None


def cancel(session: Session, conversation_id: str, customer: Customer | None, now: datetime) -> None:
    """He does not want to report it after all. Nothing happens where there is no open draft of his."""
    draft = current(session, conversation_id, customer)
    if draft is not None:
        draft.state, draft.updated_at = CANCELLED, now


def other(session: Session, conversation_id: str, customer: Customer, now: datetime) -> Draft | None:
    """The newest open draft that the customer left in another conversation within the last thirty days, or None."""
    return session.scalar(_offered(conversation_id, customer, now).order_by(Draft.updated_at.desc()).limit(1))


def adopt(session: Session, conversation_id: str, source: str, customer: Customer, now: datetime) -> Draft:
    """Move the draft of the conversation ``source`` here; there it is gone, so that two devices cannot take it twice.

    Raises:
        NotFound: no open draft of this customer, at most thirty days old, lies there (the same answer for others' drafts).
        NotAllowed: this conversation has an open draft of its own, which would be lost.
    """
    found = session.scalar(_offered(conversation_id, customer, now).where(Draft.conversation_id == source).with_for_update())
    if found is None:
        raise NotFound("there is no such draft")
    present = session.get(Draft, conversation_id)
    if present is not None:
        if present.state == OPEN:
            raise NotAllowed("this conversation has an open draft; cancel it first")
        session.delete(present)
        session.flush()
    found.conversation_id, found.updated_at = conversation_id, now
    session.flush()
    return found


def mark_sent(session: Session, customer: Customer, conversation_id: str | None, key: str) -> None:
    """The report became a ticket: nothing is left to finish, here, where it was adopted from, or where nobody had logged in.

    The last is a report that the front door kept while we were down, and that its writer then sent from the Área de Clientes.
    """
    his = or_(Draft.customer_id == customer.id, Draft.conversation_id == conversation_id, Draft.customer_id.is_(None))
    session.execute(update(Draft).where(Draft.key == key, Draft.state == OPEN, his).values(state=SENT))


def _offered(conversation_id: str, customer: Customer, now: datetime) -> Select[tuple[Draft]]:
    mine = select(Draft).where(Draft.customer_id == customer.id, Draft.conversation_id != conversation_id)
    return mine.where(Draft.state == OPEN, Draft.updated_at >= now - OFFERED_FOR)
