"""Two tickets of a customer about one thing become one: all that was written goes along, and the old number leads there."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, aliased

from escalation.business_hours import BusinessHours
from escalation.chat_models import Attachment
from escalation.desk import answer_drafts, clock, life, links, mails
from escalation.desk.history import By, record
from escalation.desk.life import Act
from escalation.desk_models import AnswerDraft, AnswerHold, TicketTag, TicketWatcher
from escalation.errors import NotAllowed
from escalation.models import Author, Priority, Status, Ticket, TicketEvent, TicketMessage

ORDER = list(Priority)
BOT_NAME = "Mesa de Ayuda"


def final(session: Session, ticket: Ticket) -> Ticket:
    """Where a merged ticket went; the ticket itself where it was not merged."""
    while ticket.merged_into_id is not None:
        ticket = session.get_one(Ticket, ticket.merged_into_id)
    return ticket


def merged_into(session: Session, ticket: Ticket) -> list[Ticket]:
    """The tickets that went into this one, with their reports, oldest first."""
    return list(session.scalars(select(Ticket).where(Ticket.merged_into_id == ticket.id).order_by(Ticket.id)))


def history(session: Session, ticket: Ticket) -> list[TicketEvent]:
    """What happened to it and to the tickets that went into it, in order."""
    parts = select(Ticket.id).where((Ticket.id == ticket.id) | (Ticket.merged_into_id == ticket.id))
    return list(session.scalars(select(TicketEvent).where(TicketEvent.ticket_id.in_(parts)).order_by(TicketEvent.id)))


def merge(session: Session, source: Ticket, target: Ticket, act: Act, area_url: str, hours: BusinessHours) -> None:
    """``source`` goes into ``target`` and is closed for good; ``act.version`` is the one of the source.

    Where the source still had to be answered, so has the target, and by the earlier of both promised times.

    Raises:
        NotAllowed: they are one, of two customers, or one of them was merged already.
        StaleTicket: somebody else changed the source in the meantime.
    """
    if source.id == target.id or source.customer_id != target.customer_id:
        raise NotAllowed("only two tickets of one customer can be merged")
    # Both in the same order whoever merges which into which: two agents must not wait for each other.
    for ticket in sorted((source, target), key=lambda each: each.id):
        life.begin(session, ticket, act.version if ticket is source else None)
    _carry_over(session, source, target, act.by)
    _raise_priority(session, source, target, act.by)
    _take_over_turn(session, source, target, act.by, hours)
    record(session, source, "merged_into", act.by, source.number, target.number)
    record(session, target, "merged_from", act.by, None, source.number)
    source.merged_into_id = target.id
    # The chat that one of them came from goes on hearing of it.
    target.conversation_id = target.conversation_id or source.conversation_id
    session.execute(update(Ticket).where(Ticket.merged_into_id == source.id).values(merged_into_id=target.id))
    # What he reported there stands in the one thread that he sees from now on.
    system = By(Author.SYSTEM, None, act.at)
    message = life.add_message(session, target, system, BOT_NAME, mails.merged_report(source))
    mails.merged(session, source, target, message, life.link_of(target, area_url), act.at)


def _carry_over(session: Session, source: Ticket, target: Ticket, by: By) -> None:
    moved, other = aliased(TicketMessage), aliased(TicketMessage)
    keys = select(other.idempotency_key).where(other.ticket_id == target.id, other.idempotency_key.is_not(None))
    mine = select(moved.id).where(moved.ticket_id == source.id)
    # A key that both have was written twice; a third time finds the target's.
    doubled = update(TicketMessage).where(TicketMessage.ticket_id == source.id, TicketMessage.idempotency_key.in_(keys))
    session.execute(doubled.values(idempotency_key=None))
    session.execute(delete(AnswerHold).where(AnswerHold.message_id.in_(mine)))
    for model in (TicketMessage, Attachment):
        session.execute(update(model).where(model.ticket_id == source.id).values(ticket_id=target.id))
    for ticket in (source, target):
        session.expire(ticket, ["messages", "attachments"])
    _union(session, TicketTag, source, target, by)
    _union(session, TicketWatcher, source, target, by)
    links.take_over(session, source, target, by)
    for draft in session.scalars(select(AnswerDraft).where(AnswerDraft.ticket_id == source.id)).all():
        answer_drafts.put_before(session, target, draft.staff_id, draft.body, draft.internal, by.at)
        session.delete(draft)


def _union(session: Session, model: type[TicketTag] | type[TicketWatcher], source: Ticket, target: Ticket, by: By) -> None:
    column, kind = (model.name, "tag") if model is TicketTag else (model.staff_id, "watcher")
    there = set(session.scalars(select(column).where(model.ticket_id == target.id)))
    for value in session.scalars(select(column).where(model.ticket_id == source.id).order_by(column)):
        if value not in there:
            session.add(model(ticket_id=target.id, **{column.key: value}))
            record(session, target, kind, by, None, value)
    session.expire(target, ["tags"])


def _raise_priority(session: Session, source: Ticket, target: Ticket, by: By) -> None:
    higher = max(source.priority, target.priority, key=ORDER.index)
    if higher != target.priority:
        old, target.priority = target.priority, higher
        record(session, target, "priority", by, old, higher)


def _take_over_turn(session: Session, source: Ticket, target: Ticket, by: By, hours: BusinessHours) -> None:
    promised, is_ours = source.promised_at, source.status in clock.STAFFS_TURN
    if source.status != Status.CLOSED:
        life.move(session, source, Status.CLOSED, by.author, by.author_id, by.at, hours)
    if not is_ours:
        return
    if target.status not in clock.STAFFS_TURN:
        life.move(session, target, Status.OPEN, by.author, by.author_id, by.at, hours)
    if promised is not None and (target.promised_at is None or promised < target.promised_at):
        clock.set_promise(session, target, clock.EARLIER, promised, by)
