"""An answer can be taken back for some seconds: its mail waits, the customer does not see it, and all is as it was before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from escalation.business_hours import BusinessHours
from escalation.chat_news import CHAT
from escalation.desk import answer_drafts, clock, life
from escalation.desk.history import By, record
from escalation.desk_models import AnswerDraft, AnswerHold
from escalation.errors import NotAllowed
from escalation.models import Author, OutboxRow, Staff, Ticket, TicketEvent, TicketMessage
from escalation.outbox import DEAD, SENDING, SENT
from escalation.webhooks import events as webhook_events

TAKE_BACK = timedelta(seconds=10)
_FORGOTTEN_AFTER = timedelta(days=1)
_LEFT = (SENDING, SENT, DEAD)


@dataclass(frozen=True)
class Undo:
    """What is needed to undo an answer ``until`` then: the ticket's state ``before``, and how the status changed with it."""

    before: dict[str, Any]
    status_event: TicketEvent | None
    until: datetime


def state_of(ticket: Ticket) -> dict[str, Any]:
    """What an answer changes of a ticket."""
    return {
        "status": str(ticket.status),
        "status_at": ticket.status_at.isoformat(),
        "promised_at": ticket.promised_at.isoformat() if ticket.promised_at else None,
        "promise_basis": ticket.promise_basis,
        "promise_left": ticket.promise_left,
    }


def hold(session: Session, message: TicketMessage, member: Staff, undo: Undo) -> None:
    """The answer does not leave before ``undo.until``. Called before its mail is written."""
    if undo.until <= message.created_at:
        return
    session.execute(delete(AnswerHold).where(AnswerHold.until <= message.created_at - _FORGOTTEN_AFTER))
    message.held_until = undo.until
    webhook_events.hold(session, message, undo.until)
    event_id = undo.status_event.id if undo.status_event else None
    row = AnswerHold(message_id=message.id, staff_id=member.id, before=undo.before, until=undo.until, status_event_id=event_id)
    session.add(row)


def take_back(session: Session, message: TicketMessage, member: Staff, now: datetime, hours: BusinessHours) -> AnswerDraft:
    """He did not mean to send it: the text is his draft again, status and promise are as before, where nobody changed them since.

    Raises:
        NotAllowed: it is not his, it was not held, or it has left already.
    """
    held = session.get(AnswerHold, message.id, with_for_update=True)
    if held is None or held.staff_id != member.id or now >= held.until:
        raise NotAllowed("this answer cannot be taken back any more")
    waiting = delete(OutboxRow).where(OutboxRow.state.not_in(_LEFT))
    if session.execute(waiting.where(OutboxRow.key == f"message-{message.id}")).rowcount != 1:
        raise NotAllowed("this answer is on its way already")
    session.execute(waiting.where(OutboxRow.key == f"{CHAT}-message-{message.id}"))
    webhook_events.drop(session, message)
    ticket = session.get_one(Ticket, message.ticket_id)
    life.begin(session, ticket)
    by, body = By(Author.STAFF, member.id, now), message.body
    session.delete(held)
    session.flush()
    session.delete(message)
    session.flush()
    session.expire(ticket, ["messages"])
    record(session, ticket, "taken_back", by)
    _restore(session, ticket, held, by, hours)
    life.touch(ticket)
    return answer_drafts.put_before(session, ticket, member.id, body, False, now)


@dataclass(frozen=True)
class Held:
    """An answer that its author may still take back, and how long, in whole seconds."""

    message_id: int
    number: str
    seconds: int


def held_of(session: Session, member: Staff, now: datetime) -> list[Held]:
    """His answers that have not left yet, wherever he is by now; the newest first."""
    query = select(AnswerHold.message_id, AnswerHold.until, Ticket.number).select_from(AnswerHold)
    query = query.join(TicketMessage, TicketMessage.id == AnswerHold.message_id).join(Ticket, Ticket.id == TicketMessage.ticket_id)
    waiting = query.where(AnswerHold.staff_id == member.id, AnswerHold.until > now).order_by(AnswerHold.message_id.desc())
    return [Held(message_id, number, int((until - now).total_seconds())) for message_id, until, number in session.execute(waiting)]


def _restore(session: Session, ticket: Ticket, held: AnswerHold, by: By, hours: BusinessHours) -> None:
    before = held.before
    if held.status_event_id is not None and held.status_event_id == _last_status_event(session, ticket):
        old, ticket.status = ticket.status, before["status"]
        ticket.status_at, ticket.updated_at = datetime.fromisoformat(before["status_at"]), by.at
        record(session, ticket, "status", by, old, before["status"])
    if ticket.status != before["status"]:
        return
    promised = before["promised_at"]
    ticket.promise_basis, ticket.promise_left = before["promise_basis"], before["promise_left"]
    clock.set_promise(session, ticket, clock.RESTORED, datetime.fromisoformat(promised) if promised else None, by)
    clock.ensure(session, ticket, by, hours)


def _last_status_event(session: Session, ticket: Ticket) -> int | None:
    return session.scalar(select(func.max(TicketEvent.id)).where(TicketEvent.ticket_id == ticket.id, TicketEvent.kind == "status"))
