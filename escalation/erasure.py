"""A customer asks that his data be erased (Ley 25.326, art. 16), and staff do it: what is left says that it was done.

The law gives five working days from the request. Nothing is erased by itself: what another law obliges to keep (invoices), or a
third party's right needs, is for a person to judge.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import data_notices, forgetting
from escalation.area_models import DataRequest
from escalation.business_hours import BusinessHours
from escalation.errors import NotAllowed, NotFound
from escalation.forgetting import Forgotten
from escalation.models import Customer, Staff
from escalation.own_data import DONE
from escalation.throttle import Origin

ERASURE = "erasure"
PENDING, WITHDRAWN = "pending", "withdrawn"
STATE_NAMES = {PENDING: "En curso", WITHDRAWN: "Retirada por usted", DONE: "Cumplida"}
DAYS = 5
# Working days of the law: Monday to Friday without public holidays, whatever hours the desk keeps.
WORKING_DAYS = BusinessHours()
NOON, ONE_DAY = time(12), timedelta(days=1)


def due_after(asked: datetime) -> datetime:
    """The end of the fifth working day after the day of the request, on Argentina's clock."""
    zone = ZoneInfo(WORKING_DAYS.timezone)
    day, left = asked.astimezone(zone).date(), DAYS
    while left:
        day += ONE_DAY
        left -= WORKING_DAYS.is_open(datetime.combine(day, NOON, zone))
    return datetime.combine(day, time(23, 59, 59), zone)


def subjects_of(customer: Customer, origin: Origin) -> list[str]:
    """His addresses as they may stay in the evidence: whoever knows one can find the request, nobody can read one off it."""
    return [origin.hashed(f"data request|{item.address}") for item in customer.addresses]


def ask(session: Session, customer: Customer, subjects: list[str], now: datetime) -> DataRequest:
    """His request, with the day before which the law wants it done; a second one while the first is pending is the first."""
    # Two clicks at once are one request.
    session.refresh(customer, with_for_update=True)
    before = current(session, customer)
    if before is not None and before.state == PENDING:
        return before
    row = DataRequest(customer_id=customer.id, kind=ERASURE, state=PENDING, asked_at=now, due_at=due_after(now), subjects=subjects)
    session.add(row)
    session.flush()
    data_notices.erasure_asked(session, customer, row, now)
    return row


def withdraw(session: Session, customer: Customer, now: datetime) -> None:
    """He thought better of it. Nothing happens where nothing is pending."""
    row = current(session, customer)
    if row is not None:
        session.refresh(row, with_for_update=True)
    if row is not None and row.state == PENDING:
        row.state, row.finished_at = WITHDRAWN, now
        data_notices.erasure_withdrawn(session, customer, row, now)


def current(session: Session, customer: Customer) -> DataRequest | None:
    """His newest request."""
    mine = select(DataRequest).where(DataRequest.customer_id == customer.id, DataRequest.kind == ERASURE)
    return session.scalar(mine.order_by(DataRequest.asked_at.desc()).limit(1))


def pending(session: Session) -> list[tuple[DataRequest, Customer]]:
    """What staff have to do, the first due first."""
    query = select(DataRequest, Customer).join(Customer, Customer.id == DataRequest.customer_id)
    due = query.where(DataRequest.kind == ERASURE, DataRequest.state == PENDING).order_by(DataRequest.due_at)
    return [(request, customer) for request, customer in session.execute(due)]


def erase(session: Session, request_id: str, member: Staff, now: datetime) -> Forgotten:
    """Take all that says who he is, or that he wrote or was written, out of every table; he is told first.

    The request stays as evidence with the numbers of what went, and the tickets as empty rows: counts of the past stay true.
    Returns what went; its files are for the caller to delete once the transaction is committed.

    Raises:
        NotFound: there is no such request.
        NotAllowed: it is not pending any more.
    """
    query = select(DataRequest).where(DataRequest.id == request_id, DataRequest.kind == ERASURE)
    request = session.scalar(query.with_for_update())
    if request is None:
        raise NotFound("there is no such request")
    if request.state != PENDING:
        raise NotAllowed("this request is not pending")
    customer = session.get_one(Customer, request.customer_id)
    recipient = customer.addresses[0].address if customer.addresses else None
    forgotten = forgetting.forget(session, customer, member, now)
    request.state, request.finished_at, request.finished_by = DONE, now, member.id
    request.outcome = forgotten.counts
    if recipient is not None:
        data_notices.erased(session, recipient, request, now)
    return forgotten
