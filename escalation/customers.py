"""Customers and staff: registering them, and proving who somebody is."""

from __future__ import annotations

from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import throttle
from escalation.errors import InvalidReport, LoginFailed
from escalation.models import Customer, CustomerAddress, Role, Staff
from escalation.passwords import hash_password, matches, needs_rehash

PASSWORD_MIN = 10


def normal_address(address: str) -> str:
    """The form in which addresses are stored and compared.

    Raises:
        InvalidReport: it is not an e-mail address.
    """
    try:
        # Without SMTPUTF8: an address that our own server could not write to is of no use.
        found = validate_email(address, check_deliverability=False, test_environment=True, allow_smtputf8=False)
        return found.normalized.lower()
    except EmailNotValidError as wrong:
        raise InvalidReport(f"{address!r} is not an e-mail address", email=str(wrong)) from wrong


def register_customer(session: Session, email: str, name: str, password: str, now: datetime) -> Customer:
    """A new customer with one address.

    Raises:
        InvalidReport: the address is malformed or taken, or the password is shorter than ten characters.
    """
    address = normal_address(email)
    check_password(password)
    if session.scalar(select(CustomerAddress).where(CustomerAddress.address == address)):
        raise InvalidReport(f"{address} is registered already", email="taken")
    customer = Customer(name=name.strip() or address, password_hash=hash_password(password), created_at=now)
    customer.addresses.append(CustomerAddress(address=address))
    session.add(customer)
    session.flush()
    return customer


def register_staff(session: Session, email: str, name: str, role: Role, password: str) -> Staff:
    """A new agent or admin.

    Raises:
        InvalidReport: as :func:`register_customer`.
    """
    address = normal_address(email)
    check_password(password)
    if session.scalar(select(Staff).where(Staff.email == address)):
        raise InvalidReport(f"{address} is registered already", email="taken")
    member = Staff(email=address, name=name.strip() or address, role=role, password_hash=hash_password(password))
    session.add(member)
    session.flush()
    return member


def check_password(password: str) -> None:
    """Raises:
    InvalidReport: it is shorter than ten characters.
    """
    if len(password) < PASSWORD_MIN:
        raise InvalidReport(f"the password needs at least {PASSWORD_MIN} characters", password="too short")  # noqa: S106


def prove_customer(session: Session, email: str, password: str, origin: throttle.Origin, now: datetime) -> Customer:
    """The customer of ``email`` and ``password``. The caller commits also on failure: failures count.

    Raises:
        LoginFailed: no such pair; the same for unknown, blocked and wrong password.
        TooManyAttempts: see :mod:`escalation.throttle`.
    """
    customer = customer_of_address(session, typed_address(email))
    _prove(session, customer, customer is not None and not customer.blocked, password, email, origin, now)
    assert customer is not None
    return customer


def prove_staff(session: Session, email: str, password: str, origin: throttle.Origin, now: datetime) -> Staff:
    """The member of staff of ``email`` and ``password``; raises like :func:`prove_customer`."""
    member = session.scalar(select(Staff).where(Staff.email == typed_address(email)))
    _prove(session, member, member is not None and member.active, password, email, origin, now)
    assert member is not None
    return member


def customer_of_address(session: Session, address: str) -> Customer | None:
    """Who registered the ``address``, in the form of :func:`typed_address`; blocked ones too."""
    return session.scalar(select(Customer).join(CustomerAddress).where(CustomerAddress.address == address))


def typed_address(email: str) -> str:
    """As it was registered, also where he types the domain the other way (ñandú.com.ar, xn--and-…)."""
    try:
        return normal_address(email.strip())
    except InvalidReport:
        # PostgreSQL takes no NUL in a text, not even to say that there is no such row.
        return email.replace("\x00", "").strip().lower()


def _prove(
    session: Session,
    person: Customer | Staff | None,
    admitted: bool,
    password: str,
    email: str,
    origin: throttle.Origin,
    now: datetime,
) -> None:
    # However he spells it: a domain has as many ways to be written as there are widths and cases of letters.
    account = typed_address(email)
    throttle.check(session, account, origin, now)
    if not matches(person.password_hash if person else None, password) or not admitted or person is None:
        throttle.record_failure(session, account, origin, now)
        raise LoginFailed("e-mail and password do not match a registered account")
    throttle.forget_failures(session, account, origin)
    if needs_rehash(person.password_hash):
        person.password_hash = hash_password(password)
