"""Customers as staff look after them: found, paged, changed; each change is in the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from escalation import account_notices, audit, customers, people, search, services
from escalation.admin_models import CustomerMerge
from escalation.audit import Actor
from escalation.errors import InvalidReport, NotFound
from escalation.models import Customer, CustomerAddress, CustomerDomain, CustomerMailbox
from escalation.passwords import new_password
from escalation.sessions import Kind, end_all

PAGE = 50
DOMAIN, MAILBOX = "domain", "mailbox"
_TABLES: dict[str, type[CustomerDomain] | type[CustomerMailbox]] = {DOMAIN: CustomerDomain, MAILBOX: CustomerMailbox}
NAME_MAX = 200


@dataclass(frozen=True)
class Page:
    """``next_key`` is the ``after`` of the next page, None after the last."""

    customers: list[Customer]
    next_key: str | None


def page(session: Session, query: str = "", after: str = "", limit: int = PAGE) -> Page:
    """Customers by name, or those that have all words of ``query``; never those who went into another one."""
    lists = (selectinload(Customer.addresses), selectinload(Customer.domains))
    own = Customer.id.not_in(select(CustomerMerge.source_id))
    if search.words_of(query):
        found = search.find_customers(session, query, after, limit + 1)
        ids = [customer.id for customer in found[:limit]]
        shown = session.scalars(select(Customer).where(Customer.id.in_(ids), own).options(*lists).order_by(Customer.id)).all()
        return Page(list(shown), ids[-1] if len(found) > limit else None)
    chosen = select(Customer).where(own).options(*lists).order_by(Customer.name, Customer.id)
    last = session.get(Customer, after) if after else None
    if last is not None:
        chosen = chosen.where((Customer.name > last.name) | ((Customer.name == last.name) & (Customer.id > last.id)))
    rows = list(session.scalars(chosen.limit(limit + 1)))
    return Page(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def find(session: Session, customer_id: str) -> Customer:
    """Raises:
    NotFound: there is nobody of this id.
    """
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise NotFound("there is no such customer")
    return customer


def add(session: Session, email: str, name: str, actor: Actor, now: datetime) -> Customer:
    """A new customer, who chooses his password by «Recuperar contraseña».

    Raises:
        InvalidReport: the address is malformed or taken.
    """
    customer = customers.register_customer(session, email, name[:NAME_MAX], new_password(), now)
    audit.record(session, audit.CUSTOMER_ADDED, actor, customer.id, now)
    return customer


def rename(session: Session, customer: Customer, name: str, actor: Actor, now: datetime) -> None:
    """Raises:
    InvalidReport: the name is empty or too long.
    """
    wanted = name.replace("\x00", "").strip()
    if not 0 < len(wanted) <= NAME_MAX:
        raise InvalidReport(f"1 to {NAME_MAX} characters", name="length")
    if wanted != customer.name:
        customer.name = wanted
        audit.record(session, audit.CUSTOMER_ADDED, actor, customer.id, now, renamed=True)


def set_blocked(session: Session, customer: Customer, blocked: bool, actor: Actor, now: datetime) -> None:
    """Nothing happens where it is so already; see :func:`escalation.people.set_blocked`."""
    if customer.blocked == blocked:
        return
    people.set_blocked(session, customer, blocked)
    audit.record(session, audit.CUSTOMER_BLOCKED, actor, customer.id, now, blocked=blocked)


def add_address(session: Session, customer: Customer, email: str, actor: Actor, now: datetime) -> str:
    """An address that staff proved to be his by other means; all his addresses are told.

    Raises:
        InvalidReport: malformed, or ``fields["email"]`` is taken.
    """
    address = customers.normal_address(email)
    if customers.customer_of_address(session, address) is not None:
        raise InvalidReport(f"{address} is registered already", email="taken")
    customer.addresses.append(CustomerAddress(address=address))
    session.flush()
    account_notices.address_added(session, customer, address, now)
    audit.record(session, audit.CUSTOMER_ADDRESS, actor, customer.id, now, added=True)
    return address


def add_service(session: Session, customer: Customer, kind: str, name: str, actor: Actor, now: datetime) -> None:
    """A ``kind`` (domain, mailbox) of his; nothing happens where he has it.

    Raises:
        InvalidReport: malformed, or no such kind.
    """
    if kind not in _TABLES:
        raise InvalidReport("domain or mailbox", kind="unknown")
    several = services.several(name)
    services.add_services(session, customer, several if kind == DOMAIN else [], several if kind == MAILBOX else [])
    audit.record(session, audit.CUSTOMER_SERVICE, actor, customer.id, now, added=len(several), what=kind)


def remove_service(session: Session, customer: Customer, kind: str, name: str, actor: Actor, now: datetime) -> None:
    """Raises:
    NotFound: he has no such thing.
    """
    table = _TABLES.get(kind)
    row = session.scalar(select(table).where(table.customer_id == customer.id, table.name == name)) if table else None
    if row is None:
        raise NotFound("he has no such service")
    session.delete(row)
    session.flush()
    session.expire(customer, ["domains", "mailboxes"])
    audit.record(session, audit.CUSTOMER_SERVICE, actor, customer.id, now, removed=1, what=kind)


def end_sessions(session: Session, customer: Customer, actor: Actor, now: datetime) -> None:
    """Log all his browsers out."""
    end_all(session, Kind.CUSTOMER, customer.id)
    audit.record(session, audit.SESSIONS_ENDED, actor, customer.id, now)
