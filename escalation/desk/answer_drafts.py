"""What an agent typed and did not send: kept per agent and ticket, so that a crash, a log-out or another device loses nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from escalation.desk.life import BODY_MAX
from escalation.desk.rows import add_once
from escalation.desk.text import storable
from escalation.desk_models import AnswerDraft
from escalation.errors import InvalidReport
from escalation.models import Staff, Ticket, TicketMessage


def keep(session: Session, ticket: Ticket, member: Staff, body: str, internal: bool, now: datetime) -> AnswerDraft | None:
    """His text is now ``body``; an empty one is none. It is no change of the ticket.

    What he has just sent is not taken for a draft again: a page that saves by itself may do so after it was sent.

    Raises:
        InvalidReport: longer than a message may be.
    """
    text = storable(body)
    if len(text) > BODY_MAX:
        raise InvalidReport(f"at most {BODY_MAX} characters", body="length")
    if not text.strip() or text.strip() == _last_sent(session, ticket, member):
        discard(session, ticket, member)
        return None
    fresh = AnswerDraft(ticket_id=ticket.id, staff_id=member.id, body=text, internal=internal, updated_at=now)
    draft = of(session, ticket, member)
    if draft is None and add_once(session, fresh):
        return fresh
    draft = draft or session.get_one(AnswerDraft, (ticket.id, member.id))
    draft.body, draft.internal, draft.updated_at = text, internal, now
    session.flush()
    return draft


def of(session: Session, ticket: Ticket, member: Staff) -> AnswerDraft | None:
    """What he has typed for this ticket, or None."""
    return session.get(AnswerDraft, (ticket.id, member.id))


def discard(session: Session, ticket: Ticket, member: Staff) -> None:
    """He sent it, or does not want it any more."""
    session.execute(delete(AnswerDraft).where(AnswerDraft.ticket_id == ticket.id, AnswerDraft.staff_id == member.id))


def put_before(session: Session, ticket: Ticket, staff_id: str, body: str, internal: bool, now: datetime) -> AnswerDraft:
    """Text of his that lay elsewhere comes to what he typed here, before it."""
    draft = session.get(AnswerDraft, (ticket.id, staff_id))
    if draft is None:
        draft = AnswerDraft(ticket_id=ticket.id, staff_id=staff_id, body=body, internal=internal, updated_at=now)
        session.add(draft)
    elif draft.body.strip() != body.strip():
        # Whole also where it is longer than a message may be: he is told when he sends it, and decides what to leave out.
        draft.body, draft.internal, draft.updated_at = f"{body}\n\n{draft.body}", draft.internal or internal, now
    session.flush()
    return draft


def _last_sent(session: Session, ticket: Ticket, member: Staff) -> str | None:
    his = select(TicketMessage.body).where(TicketMessage.ticket_id == ticket.id, TicketMessage.author_id == member.id)
    return session.scalar(his.order_by(TicketMessage.id.desc()).limit(1))
