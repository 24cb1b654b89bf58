"""What becomes of a mail: one verdict for each, from its headers, its proof, its writer and the ticket that it names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.customers import customer_of_address
from escalation.desk import merging
from escalation.mail import caps, machines, routing
from escalation.mail.machines import Kind
from escalation.mail.marks import Marks
from escalation.mail.parsing import Mail
from escalation.mail.routing import Route
from escalation.mail.trust import Verdict
from escalation.mail_models import InboundMail
from escalation.models import Customer, Staff, Ticket


class Action(StrEnum):
    """The seven ways on."""

    OPEN = "open"
    REPLY = "reply"
    NOTE = "note"
    BOUNCE = "bounce"
    QUARANTINE = "quarantine"
    REFUSE = "refuse"
    IGNORE = "ignore"


@dataclass(frozen=True)
class Plan:
    """``reason`` is stored with the mail; ``customer`` is its proven writer; ``foreign``: a ticket that it named and is not his."""

    action: Action
    reason: str
    customer: Customer | None = None
    route: Route | None = None
    foreign: Ticket | None = None


@dataclass(frozen=True)
class House:
    """What is ours: the signature of our marks, and the addresses that we write from."""

    marks: Marks
    addresses: frozenset[str]


def decide(session: Session, row: InboundMail, mail: Mail, verdict: Verdict, house: House, now: datetime) -> Plan:
    """Only reads; the same answer for the same state of the database."""
    if row.released_by is not None:
        # Somebody answers for it: its headers do not matter any more.
        return _of_person(session, row, mail, house, now)
    kind = machines.kind_of(mail, house.marks, house.addresses)
    if kind is Kind.BOUNCE:
        return Plan(Action.BOUNCE, "bounce")
    if kind in (Kind.AUTO_REPLY, Kind.LIST):
        return _by_a_machine(session, mail, verdict, kind, house, now)
    if kind is not Kind.PERSON:
        return Plan(Action.IGNORE, kind)
    if not verdict.proven:
        return Plan(Action.QUARANTINE, "unproven", customer=customer_of_address(session, mail.sender))
    return _of_person(session, row, mail, house, now)


def _of_person(session: Session, row: InboundMail, mail: Mail, house: House, now: datetime) -> Plan:
    if row.ticket_id is not None:
        # Staff said where it belongs.
        ticket = session.get_one(Ticket, row.ticket_id)
        return Plan(Action.REPLY, "linked", ticket.customer, Route(merging.final(session, ticket), routing.Way.ADDRESS))
    customer = session.get(Customer, row.customer_id) if row.released_by and row.customer_id else None
    customer = customer or customer_of_address(session, mail.sender)
    if customer is None:
        member = session.scalar(select(Staff.id).where(Staff.email == mail.sender, Staff.active))
        return Plan(Action.REFUSE, "unknown_address") if member is None else Plan(Action.QUARANTINE, "staff")
    if customer.blocked:
        return Plan(Action.REFUSE, "blocked", customer)
    found = routing.route(session, mail, house.marks)
    his = found if found and routing.may_write(session, found.ticket, customer, mail.sender) else None
    if row.released_by is None and not caps.may_come_in(session, row, his.ticket if his else None, now):
        return Plan(Action.QUARANTINE, "pace", customer)
    if his is not None:
        return Plan(Action.REPLY, "reply", customer, his)
    return Plan(Action.OPEN, "new_ticket", customer, foreign=found.ticket if found else None)


def _by_a_machine(session: Session, mail: Mail, verdict: Verdict, kind: Kind, house: House, now: datetime) -> Plan:
    """Nobody is answered or alerted; what answers a ticket is filed there: some companies' mail all bears a list's headers."""
    found = routing.route(session, mail, house.marks)
    customer = customer_of_address(session, mail.sender)
    if found is None or customer is None or not routing.may_write(session, found.ticket, customer, mail.sender):
        return Plan(Action.IGNORE, kind)
    if not caps.may_note(session, found.ticket, now):
        return Plan(Action.IGNORE, "pace")
    # Out-of-office answers come without a sender and often without a signature; a mark of ours says enough for a note.
    if found.way in routing.SIGNED or verdict.proven:
        return Plan(Action.NOTE, kind, customer, found)
    return Plan(Action.IGNORE, kind)
