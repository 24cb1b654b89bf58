"""Two accounts of one customer become one: tickets, addresses, services and links go along, and the old page leads there."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from escalation import account_notices, audit, erasure
from escalation.admin_models import CustomerMerge
from escalation.area_models import AddressLink, DataRequest, FormDraft, RecoveryLink
from escalation.audit import Actor
from escalation.chat_models import Attachment, Draft, LoginCode
from escalation.errors import NotAllowed
from escalation.incident_models import IncidentSubscriber
from escalation.mail_models import InboundMail
from escalation.messenger_models import AccountLink
from escalation.models import ConversationBond, Customer, CustomerAddress, CustomerDomain, CustomerMailbox, Staff, Ticket
from escalation.passwords import hash_password
from escalation.sessions import Kind, end_all

# All that is his and may be two customers' at once. A new table that names a customer is added here or below.
MOVED = (
    *(Ticket, CustomerAddress, ConversationBond, Draft, LoginCode, Attachment, AddressLink, DataRequest, InboundMail),
    *(AccountLink, IncidentSubscriber),
)


def final(session: Session, customer: Customer) -> Customer:
    """Into whom he was merged; himself where he was not."""
    row = session.get(CustomerMerge, customer.id)
    return session.get_one(Customer, row.target_id) if row is not None else customer


def merged_into(session: Session, customer: Customer) -> list[Customer]:
    """Those who went into him."""
    query = select(Customer).join(CustomerMerge, CustomerMerge.source_id == Customer.id)
    return list(session.scalars(query.where(CustomerMerge.target_id == customer.id).order_by(CustomerMerge.at)))


def counts(session: Session, customer: Customer) -> dict[str, int]:
    """What would go along, by name, for whoever is about to confirm it."""
    tables = {"tickets": Ticket, "addresses": CustomerAddress, "domains": CustomerDomain, "mailboxes": CustomerMailbox}
    of = select(func.count())
    return {
        name: session.scalar(of.select_from(table).where(table.customer_id == customer.id)) or 0 for name, table in tables.items()
    }


def merge(session: Session, source: Customer, target: Customer, member: Staff, actor: Actor, now: datetime) -> None:
    """``source`` goes into ``target``, whose name and password stay. All addresses are told.

    Raises:
        NotAllowed: they are one, one of them was merged or erased already, or asked for the erasure of his data: that must not
            take the other one's along, nor be undone.
    """
    # Both in the same order whoever merges which into which.
    for customer in sorted((source, target), key=lambda each: each.id):
        session.refresh(customer, with_for_update=True)
    if source.id == target.id or any(session.get(CustomerMerge, each.id) for each in (source, target)):
        raise NotAllowed("one of them is no customer of his own")
    if any(not each.addresses or _erasure_pending(session, each) for each in (source, target)):
        raise NotAllowed("one of them asked for the erasure of his data")
    went = counts(session, source)
    for table in MOVED:
        session.execute(update(table).where(table.customer_id == source.id).values(customer_id=target.id))
    _services(session, source, target)
    _forms(session, source, target)
    session.execute(delete(RecoveryLink).where(RecoveryLink.customer_id == source.id))
    end_all(session, Kind.CUSTOMER, source.id)
    source.blocked, source.password_hash = True, hash_password(secrets.token_urlsafe())
    session.execute(update(CustomerMerge).where(CustomerMerge.target_id == source.id).values(target_id=target.id))
    session.add(CustomerMerge(source_id=source.id, target_id=target.id, merged_by=member.id, at=now))
    audit.record(session, audit.CUSTOMER_MERGED, actor, target.id, now, merged=source.id, **went)
    session.flush()
    for customer in (source, target):
        session.expire(customer)
    account_notices.accounts_merged(session, target, now)


def _erasure_pending(session: Session, customer: Customer) -> bool:
    request = erasure.current(session, customer)
    return request is not None and request.state == erasure.PENDING


def _services(session: Session, source: Customer, target: Customer) -> None:
    for table in (CustomerDomain, CustomerMailbox):
        there = select(table.name).where(table.customer_id == target.id)
        mine = table.customer_id == source.id
        session.execute(delete(table).where(mine, table.name.in_(there.scalar_subquery())))
        session.execute(update(table).where(mine).values(customer_id=target.id))


def _forms(session: Session, source: Customer, target: Customer) -> None:
    # What was typed and not sent: the same form of both can only keep one.
    there = set(session.scalars(select(FormDraft.place).where(FormDraft.customer_id == target.id)))
    for place in session.scalars(select(FormDraft.place).where(FormDraft.customer_id == source.id)).all():
        mine = (FormDraft.customer_id == source.id) & (FormDraft.place == place)
        statement = delete(FormDraft).where(mine) if place in there else update(FormDraft).where(mine).values(customer_id=target.id)
        session.execute(statement)
