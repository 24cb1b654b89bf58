"""Taking one customer out of every table that names him, or that holds what he wrote. Which tables, stands here once."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, delete, or_, select, update
from sqlalchemy.orm import Session

from escalation import outbox, tickets
from escalation.area_models import AddressLink, FormDraft, RatingLink, RecoveryLink, TicketRating
from escalation.chat_models import Attachment, Draft, LoginCode
from escalation.codes import NOBODY
from escalation.customer_merging import merged_into
from escalation.customer_tickets import UNFINISHED
from escalation.desk_models import AnswerDraft, TicketTag
from escalation.incident_models import IncidentSubscriber
from escalation.integration_models import FileScan
from escalation.mail_models import DeadAddress, InboundMail
from escalation.messenger_models import AccountLink
from escalation.models import (
    Author,
    ConversationBond,
    Customer,
    CustomerAddress,
    CustomerDomain,
    CustomerMailbox,
    OutboxRow,
    Staff,
    Status,
    Ticket,
    TicketEvent,
    TicketMessage,
)
from escalation.passwords import hash_password
from escalation.sessions import Kind, end_all

ERASED = "Datos suprimidos"
# Of a mail that left only the words can be forgotten; one that did not, does not leave any more.
_LEFT = (outbox.SENT, outbox.DEAD)


@dataclass
class Forgotten:
    """How many rows went or were emptied, by name; ``paths`` of the files whose rows went, ``raw_mails`` of his mails' bytes."""

    counts: dict[str, int] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    raw_mails: list[str] = field(default_factory=list)


def forget(session: Session, customer: Customer, member: Staff, now: datetime) -> Forgotten:
    """All of :data:`STEPS`, in order."""
    forgotten = Forgotten()
    for step in STEPS:
        step(session, customer, member, now, forgotten)
    session.flush()
    session.expire_all()
    return forgotten


def _mails(session: Session, customer: Customer, _member: Staff, _now: datetime, forgotten: Forgotten) -> None:
    """First, while his addresses and his tickets' numbers are known: to him, and to staff about his tickets."""
    numbers = session.scalars(select(Ticket.number).where(Ticket.customer_id == customer.id)).all()
    addresses = [item.address for item in customer.addresses]
    concerning = [_holds(text) for text in (*numbers, *addresses)]
    his = OutboxRow.recipient.in_(addresses)
    count = _greetings(session, customer)
    for row in session.scalars(select(OutboxRow).where(or_(his, *concerning)).with_for_update()):
        if row.state not in _LEFT:
            row.state = outbox.VOID
        row.recipient, row.content = NOBODY, {"subject": ERASED, "body": "", "headers": {}}
        count += 1
    forgotten.counts["mails"] = count


def _holds(text: str) -> ColumnElement[bool]:
    # As JSON spells it: an address may have a domain with letters of ours.
    return cast(OutboxRow.content, String).contains(json.dumps(text)[1:-1], autoescape=True)


def _greetings(session: Session, customer: Customer) -> int:
    """What went to addresses that he had before. A namesake's copy may be emptied with it: it left long ago."""
    left = select(OutboxRow).where(OutboxRow.state.in_(_LEFT), _holds(f"Hola, {customer.name}:"))
    registered = select(CustomerAddress.address).where(CustomerAddress.customer_id != customer.id)
    found = session.scalars(left.where(OutboxRow.recipient.not_in(registered)).with_for_update()).all()
    for row in found:
        row.recipient, row.content = NOBODY, {"subject": ERASED, "body": "", "headers": {}}
    return len(found)


def _files(session: Session, customer: Customer, _member: Staff, _now: datetime, forgotten: Forgotten) -> None:
    his = select(Ticket.id).where(Ticket.customer_id == customer.id)
    which = or_(Attachment.customer_id == customer.id, Attachment.ticket_id.in_(his))
    forgotten.paths = list(session.scalars(select(Attachment.path).where(which)))
    session.execute(delete(Attachment).where(which))
    session.execute(delete(FileScan).where(FileScan.path.in_(forgotten.paths)))
    forgotten.counts["files"] = len(forgotten.paths)


def _written_mails(session: Session, customer: Customer, _member: Staff, _now: datetime, forgotten: Forgotten) -> None:
    """While his addresses are known: what he wrote by mail, also what was held back or refused."""
    his = select(Ticket.id).where(Ticket.customer_id == customer.id)
    addresses = [item.address for item in customer.addresses]
    which = or_(InboundMail.customer_id == customer.id, InboundMail.ticket_id.in_(his), InboundMail.sender.in_(addresses))
    paths = session.scalars(select(InboundMail.raw_path).where(which)).all()
    # The bytes of older ones are forgotten already, see retention.
    forgotten.raw_mails = [path for path in paths if path]
    session.execute(delete(InboundMail).where(which))
    session.execute(delete(DeadAddress).where(DeadAddress.address.in_(addresses)))
    forgotten.counts["written_mails"] = len(paths)


def _tickets(session: Session, customer: Customer, member: Staff, now: datetime, forgotten: Forgotten) -> None:
    query = select(Ticket).where(Ticket.customer_id == customer.id).with_for_update()
    found = session.scalars(query.execution_options(populate_existing=True)).all()
    ids = [ticket.id for ticket in found]
    for ticket in found:
        if ticket.status in UNFINISHED:
            tickets.move(session, ticket, Status.CLOSED, Author.STAFF, member.id, now)
        ticket.subject, ticket.fields, ticket.transcript, ticket.shown_entries = ERASED, {}, [], []
        ticket.vector, ticket.conversation_id = None, None
    of_his = TicketMessage.ticket_id.in_(ids)
    # Staff's answers and notes speak of him too.
    emptied = session.execute(update(TicketMessage).where(of_his).values(body=ERASED))
    session.execute(update(TicketMessage).where(of_his, TicketMessage.author == Author.CUSTOMER).values(author_name=ERASED))
    session.execute(update(TicketRating).where(TicketRating.ticket_id.in_(ids)).values(comment=""))
    session.execute(delete(RatingLink).where(RatingLink.ticket_id.in_(ids)))
    # What a label or the subject was.
    said = TicketEvent.ticket_id.in_(ids) & TicketEvent.kind.in_(("subject", "tag"))
    session.execute(update(TicketEvent).where(said).values(old=None, new=None))
    # What agents had begun to write, and their labels, speak of him as well.
    for table in (AnswerDraft, TicketTag):
        session.execute(delete(table).where(table.ticket_id.in_(ids)))
    forgotten.counts |= {"tickets": len(found), "messages": emptied.rowcount}


def _chat(session: Session, customer: Customer, _member: Staff, _now: datetime, _forgotten: Forgotten) -> None:
    for table in (Draft, LoginCode, ConversationBond, AccountLink, IncidentSubscriber):
        session.execute(delete(table).where(table.customer_id == customer.id))


def _account(session: Session, customer: Customer, _member: Staff, _now: datetime, _forgotten: Forgotten) -> None:
    end_all(session, Kind.CUSTOMER, customer.id)
    for table in (CustomerAddress, CustomerDomain, CustomerMailbox, RecoveryLink, AddressLink, FormDraft):
        session.execute(delete(table).where(table.customer_id == customer.id))
    for one in (customer, *merged_into(session, customer)):
        one.name, one.blocked = ERASED, True
    customer.password_hash = hash_password(secrets.token_urlsafe())


Step = Callable[[Session, Customer, Staff, datetime, Forgotten], None]
# A new table that holds anything of a customer gets its step here.
STEPS: tuple[Step, ...] = (_mails, _written_mails, _files, _tickets, _chat, _account)
