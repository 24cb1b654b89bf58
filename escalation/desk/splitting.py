"""A ticket about two things becomes two: the messages about the second one go to a ticket of its own, or a copy of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from escalation import promises
from escalation.business_hours import BusinessHours
from escalation.chat_models import Attachment
from escalation.desk import life, links, mails, targets
from escalation.desk.history import record
from escalation.desk.life import Act
from escalation.desk.reports import new_number, subject_of
from escalation.desk.text import storable
from escalation.desk_models import AnswerHold
from escalation.errors import InvalidReport
from escalation.models import Area, Status, Ticket, TicketMessage


@dataclass(frozen=True)
class Split:
    """What goes into the new ticket. With ``copy`` the messages also stay where they are, and their files stay there alone."""

    message_ids: Collection[int]
    subject: str
    area: Area
    copy: bool = False


def split(session: Session, ticket: Ticket, wanted: Split, act: Act, area_url: str, hours: BusinessHours) -> Ticket:
    """The new ticket, linked with the old one. The customer gets its number and a promised time of its own.

    Raises:
        StaleTicket, NotAllowed: see life.begin.
        InvalidReport: no subject, no message, or one that is not of this ticket.
    """
    life.begin(session, ticket, act.version)
    subject, chosen = subject_of(storable(wanted.subject)), _chosen(session, ticket, wanted)
    if not subject:
        raise InvalidReport("a ticket needs a subject", subject="empty")
    promised = targets.reckon(session, wanted.area, ticket.priority, act.at, hours)
    made = Ticket(
        number=new_number(session),
        customer=ticket.customer,
        conversation_id=ticket.conversation_id,
        subject=subject,
        area=wanted.area,
        status=Status.NEW,
        priority=ticket.priority,
        assignee_id=ticket.assignee_id,
        fields={"description": subject},
        transcript=[],
        shown_entries=[],
        promised_at=promised.at,
        promise_basis=promised.basis,
        created_at=act.at,
        updated_at=act.at,
    )
    session.add(made)
    session.flush()
    record(session, made, "opened", act.by, None, Status.NEW)
    _carry_over(session, ticket, made, chosen, wanted.copy)
    record(session, ticket, "split_to", act.by, None, made.number)
    record(session, made, "split_from", act.by, None, ticket.number)
    links.link(session, ticket, made, act.by)
    life.touch(ticket)
    said = promises.spoken(promised.at, act.at, hours)
    mails.split_off(session, ticket, made, life.link_of(made, area_url), said, act.at)
    return made


def _chosen(session: Session, ticket: Ticket, wanted: Split) -> list[TicketMessage]:
    own = TicketMessage.ticket_id == ticket.id
    query = select(TicketMessage).where(TicketMessage.id.in_(wanted.message_ids), own).order_by(TicketMessage.id)
    found = list(session.scalars(query))
    if not found or len(found) != len(set(wanted.message_ids)):
        raise InvalidReport("choose messages of this ticket", messages="unknown")
    return found


def _carry_over(session: Session, old: Ticket, new: Ticket, messages: list[TicketMessage], copy: bool) -> None:
    ids = [message.id for message in messages]
    # What stands in two tickets, or in another one, cannot be taken back by one stroke any more.
    session.execute(delete(AnswerHold).where(AnswerHold.message_id.in_(ids)))
    if copy:
        same = ("author", "author_id", "author_name", "body", "internal", "created_at", "held_until")
        session.add_all(TicketMessage(ticket_id=new.id, **{name: getattr(message, name) for name in same}) for message in messages)
        session.flush()
        return
    session.execute(update(TicketMessage).where(TicketMessage.id.in_(ids)).values(ticket_id=new.id))
    session.execute(update(Attachment).where(Attachment.message_id.in_(ids)).values(ticket_id=new.id))
    for ticket in (old, new):
        session.expire(ticket, ["messages", "attachments"])
