"""Each mail about a customer's rights over his data; their words are the templates of :mod:`escalation.mail.rendering`."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.area_models import DataRequest
from escalation.mail.rendering import Letter, write
from escalation.models import Customer, Role, Staff
from escalation.outbox import enqueue_mail

TIME_ZONE = ZoneInfo("America/Argentina/Buenos_Aires")


def erasure_asked(session: Session, customer: Customer, request: DataRequest, now: datetime) -> None:
    """Confirmation to the customer, and the task to the administrators."""
    day = _day(request.due_at)
    _to_customer(session, f"erasure-{request.id}", customer, write("erasure_asked", name=customer.name, day=day), now)
    _to_admins(session, f"erasure-{request.id}", write("erasure_task", day=day), now)


def erasure_withdrawn(session: Session, customer: Customer, request: DataRequest, now: datetime) -> None:
    """The same to both."""
    _to_customer(session, f"erasure-withdrawn-{request.id}", customer, write("erasure_withdrawn", name=customer.name), now)
    _to_admins(session, f"erasure-withdrawn-{request.id}", write("erasure_task", day=""), now)


def erased(session: Session, recipient: str, request: DataRequest, now: datetime) -> None:
    """The last mail that he gets from us; his address is forgotten once it left."""
    letter = write("erased", day=_day(request.asked_at), request=request.id)
    enqueue_mail(session, f"erased-{request.id}", recipient, letter.subject, letter.body, now, forget_recipient="yes")


def _to_customer(session: Session, key: str, customer: Customer, letter: Letter, now: datetime) -> None:
    enqueue_mail(session, key, customer.addresses[0].address, letter.subject, letter.body, now)


def _to_admins(session: Session, key: str, letter: Letter, now: datetime) -> None:
    active = session.scalars(select(Staff).where(Staff.active)).all()
    # A desk without an administrator must still learn that the law's time runs.
    for member in [one for one in active if one.role == Role.ADMIN] or active:
        enqueue_mail(session, f"{key}-{member.id}", member.email, letter.subject, letter.body, now)


def _day(at: datetime | None) -> str:
    return at.astimezone(TIME_ZONE).strftime("%d/%m/%Y") if at else ""
