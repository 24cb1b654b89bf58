"""What a program may do to tickets and customers, in the name of the member of staff who answers for its token."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import customers, people, services, tickets
from escalation.business_hours import BusinessHours
from escalation.desk import properties
from escalation.desk.life import Act
from escalation.errors import InvalidReport, NotFound
from escalation.integration_models import ApiToken
from escalation.models import (
    Author,
    Customer,
    CustomerAddress,
    CustomerDomain,
    CustomerMailbox,
    Staff,
    Status,
    Ticket,
    TicketMessage,
)
from escalation.passwords import new_password


@dataclass(frozen=True)
class Doing:
    """A program at work: its ``token``, when it is ``at`` work, and what the desk's rules need to know of the house."""

    token: ApiToken
    at: datetime
    area_url: str
    hours: BusinessHours


@dataclass(frozen=True)
class Written:
    """What a program writes into a ticket. ``key`` is its Idempotency-Key."""

    body: str
    author: Author
    internal: bool
    key: str


def own_key(token: ApiToken, key: str) -> str:
    """The key as it is stored: two programs, or a program and the chat, never meet in one."""
    return f"api-{hashlib.sha256(f'{token.id}:{key}'.encode()).hexdigest()}"


def customer(session: Session, customer_id: str) -> Customer:
    """Raises:
    NotFound: there is no such customer.
    """
    found = session.get(Customer, customer_id)
    if found is None:
        raise NotFound("there is no such customer")
    return found


def write(session: Session, doing: Doing, ticket: Ticket, written: Written) -> tuple[TicketMessage, bool]:
    """A message or a note, once per key; returns it and whether it was written now.

    Raises like :func:`escalation.tickets.reply_as_customer` and :func:`escalation.tickets.update_as_staff`.
    """
    key = own_key(doing.token, written.key)
    of_key = select(TicketMessage).where(TicketMessage.ticket_id == ticket.id, TicketMessage.idempotency_key == key)
    existing = session.scalar(of_key)
    if existing is not None:
        return existing, False
    if written.author is Author.CUSTOMER:
        message = tickets.reply_as_customer(session, ticket, written.body, doing.at, doing.hours)
    else:
        update = tickets.StaffUpdate(written.body, Status(ticket.status), ticket.version, written.internal)
        tickets.update_as_staff(session, ticket, doing.token.staff, update, doing.area_url, doing.at, doing.hours)
        newest = select(TicketMessage).where(TicketMessage.ticket_id == ticket.id).order_by(TicketMessage.id.desc()).limit(1)
        message = session.scalars(newest).one()
    message.idempotency_key = key
    session.flush()
    return message, True


@dataclass(frozen=True)
class TicketUpdate:
    """``properties`` as :func:`escalation.desk.properties.change` takes them, the assignee by e-mail. ``version``: see Act."""

    status: Status | None = None
    version: int | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)


def change(session: Session, doing: Doing, ticket: Ticket, wanted: TicketUpdate) -> None:
    """Nothing happens where it already is so, as after a retry.

    Raises like :func:`escalation.desk.properties.change` and :func:`escalation.tickets.update_as_staff`.
    """
    version = ticket.version if wanted.version is None else wanted.version
    if wanted.properties:
        by_id = {name: _member(session, value) if name == "assignee" else value for name, value in wanted.properties.items()}
        properties.change(session, ticket, by_id, Act(doing.token.staff, version, doing.at), doing.hours)
        version = ticket.version
    if wanted.status is not None and ticket.status != wanted.status:
        update = tickets.StaffUpdate("", wanted.status, version)
        tickets.update_as_staff(session, ticket, doing.token.staff, update, doing.area_url, doing.at, doing.hours)


def _member(session: Session, email: str | None) -> str | None:
    if email is None:
        return None
    member = session.scalar(select(Staff.id).where(Staff.email == customers.typed_address(email)))
    if member is None:
        raise InvalidReport("nobody of staff has this address", assignee="unknown")
    return member


@dataclass(frozen=True)
class NewCustomer:
    """Whom to register; without a ``password`` nobody knows his, and he makes one by recovery."""

    email: str
    name: str
    password: str | None
    domains: list[str]
    mailboxes: list[str]


def register(session: Session, new: NewCustomer, now: datetime) -> Customer:
    """Raises like :func:`escalation.customers.register_customer` and :func:`escalation.services.add_services`."""
    made = customers.register_customer(session, new.email, new.name, new.password or new_password(), now)
    services.add_services(session, made, new.domains, new.mailboxes)
    return made


@dataclass(frozen=True)
class CustomerUpdate:
    """None: stays as it is. Each list replaces the one that is there."""

    name: str | None = None
    blocked: bool | None = None
    addresses: list[str] | None = None
    domains: list[str] | None = None
    mailboxes: list[str] | None = None


def update(session: Session, person: Customer, change: CustomerUpdate) -> None:
    """Raises:
    InvalidReport: a name, domain or address is malformed, or an address is another customer's.
    """
    if change.name is not None:
        if not change.name.strip():
            raise InvalidReport("the name is empty", name="length")
        person.name = change.name.strip()
    if change.blocked is not None:
        people.set_blocked(session, person, change.blocked)
    if change.addresses is not None:
        _set_addresses(session, person, change.addresses)
    if change.domains is not None:
        _replace(session, person.domains, [services.normal_domain(name) for name in change.domains], "name", CustomerDomain)
    if change.mailboxes is not None:
        _replace(session, person.mailboxes, [customers.normal_address(one) for one in change.mailboxes], "name", CustomerMailbox)
    session.flush()


def _set_addresses(session: Session, person: Customer, addresses: list[str]) -> None:
    wanted = [customers.normal_address(address) for address in addresses]
    others = select(CustomerAddress.address).where(CustomerAddress.address.in_(wanted), CustomerAddress.customer_id != person.id)
    taken = session.scalars(others).all()
    if taken:
        raise InvalidReport(f"{taken[0]} is registered already", email="taken")
    _replace(session, person.addresses, wanted, "address", CustomerAddress)


def _replace(session: Session, rows: list[Any], wanted: Sequence[str], column: str, kind: type[Any]) -> None:
    for row in [row for row in rows if getattr(row, column) not in wanted]:
        rows.remove(row)
        session.delete(row)
    present = {getattr(row, column) for row in rows}
    rows.extend(kind(**{column: value}) for value in dict.fromkeys(wanted) if value not in present)
