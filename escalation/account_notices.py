"""Each mail about an account; their words are the templates of :mod:`escalation.mail.rendering`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from escalation.mail.rendering import Letter, write
from escalation.models import Customer
from escalation.outbox import VOID, enqueue_mail


def recovery_asked(session: Session, recipient: str, link: str, lifetime: timedelta, now: datetime, leaves: bool) -> None:
    """The link to choose a new password; with ``leaves`` False the row is written and goes nowhere."""
    letter = write("recovery_asked", link=link, minutes=lifetime // timedelta(minutes=1))
    _secret(session, recipient, letter, f"recovery-{uuid.uuid4()}", now + lifetime, now, leaves)


def address_asked(
    session: Session, customer: Customer, recipient: str, link: str, lifetime: timedelta, now: datetime, leaves: bool
) -> None:
    """The link that proves an address; with ``leaves`` False the row is written and goes nowhere."""
    letter = write("address_asked", customer=customer.name, link=link, hours=lifetime // timedelta(hours=1))
    _secret(session, recipient, letter, f"address-{uuid.uuid4()}", now + lifetime, now, leaves)


def password_changed(session: Session, customer: Customer, now: datetime) -> None:
    """To all his addresses: whoever changed it may hold one of them."""
    _to_all(session, customer, [], write("password_changed", name=customer.name), now)


def address_added(session: Session, customer: Customer, address: str, now: datetime) -> None:
    """To all his addresses."""
    _to_all(session, customer, [], write("address_added", name=customer.name, address=address), now)


def address_removed(session: Session, customer: Customer, address: str, now: datetime) -> None:
    """To all that are left, and to the one that went."""
    _to_all(session, customer, [address], write("address_removed", name=customer.name, address=address), now)


def accounts_merged(session: Session, customer: Customer, now: datetime) -> None:
    """To all addresses of both."""
    _to_all(session, customer, [], write("accounts_merged", name=customer.name), now)


def _to_all(session: Session, customer: Customer, more: Iterable[str], letter: Letter, now: datetime) -> None:
    for address in {*(item.address for item in customer.addresses), *more}:
        key = f"account-{uuid.uuid4()}"
        enqueue_mail(session, key, address, letter.subject, letter.body, now, auto_submitted="auto-generated")


def _secret(session: Session, recipient: str, letter: Letter, key: str, until: datetime, now: datetime, leaves: bool) -> None:
    row = enqueue_mail(session, key, recipient, letter.subject, letter.body, now, useless_after=until.isoformat())
    if not leaves:
        row.state, row.content = VOID, {**row.content, "body": ""}
