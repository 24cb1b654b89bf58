"""The registered addresses of a customer: adding one that he proves to hold, removing one that he no longer uses."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from escalation import account_notices, outbox
from escalation.area_models import AddressLink
from escalation.codes import NOBODY
from escalation.customers import customer_of_address, normal_address
from escalation.errors import InvalidReport, NotAllowed, NotFound, TooManyAttempts
from escalation.links import hash_of, new_token
from escalation.models import Customer, CustomerAddress

LIFETIME = timedelta(hours=24)
WINDOW = timedelta(hours=1)
MAX_PER_HOUR = 5
ADDRESSES_MAX = 10


def ask_to_add(session: Session, customer: Customer, email: str, area_url: str, now: datetime) -> str:
    """Mail a link to the address, which is returned as it will be registered.

    Where it is registered by somebody else all happens as otherwise, but the mail: nobody learns who our customers are.

    Raises:
        InvalidReport: ``fields["email"]``: it is no address, is his already (own), or he has ten (many).
        TooManyAttempts: five within the hour.
    """
    address = normal_address(email)
    own = {item.address for item in customer.addresses}
    if address in own:
        raise InvalidReport("it is registered already", email="own")
    if len(own) >= ADDRESSES_MAX:
        raise InvalidReport(f"at most {ADDRESSES_MAX} addresses", email="many")
    recent = (AddressLink.customer_id == customer.id) & (AddressLink.created_at > now - WINDOW)
    if (session.scalar(select(func.count()).select_from(AddressLink).where(recent)) or 0) >= MAX_PER_HOUR:
        raise TooManyAttempts("wait an hour")
    outbox.drop_void(session, now - WINDOW)
    session.execute(delete(AddressLink).where(AddressLink.expires_at <= now))
    free = customer_of_address(session, address) is None
    token = new_token()
    row = AddressLink(
        customer_id=customer.id, address=address, token_hash=hash_of(token), created_at=now, expires_at=now + LIFETIME
    )
    session.add(row)
    link = f"{area_url}cuenta/direcciones/confirmar/{token}"
    account_notices.address_asked(session, customer, address if free else NOBODY, link, LIFETIME, now, leaves=free)
    return address


def asked(session: Session, customer: Customer, token: str, now: datetime) -> str:
    """The address that the link would add. Looking does not use it up.

    Raises:
        NotFound: too old, used, never issued, another customer's, or registered by somebody since; always the same words.
    """
    return _live(session, customer, token, now).address


def confirm(session: Session, customer: Customer, token: str, now: datetime) -> str:
    """The address of the link is his from now on; all his addresses are told. Raises like :func:`asked`."""
    row = _live(session, customer, token, now)
    row.used_at = now
    customer.addresses.append(CustomerAddress(address=row.address))
    session.flush()
    account_notices.address_added(session, customer, row.address, now)
    return row.address


def remove(session: Session, customer: Customer, address: str, now: datetime) -> None:
    """It is his no longer; all his addresses are told, this one too.

    Raises:
        NotFound: it is none of his.
        NotAllowed: it is the last one: without it he could neither log in nor be told anything.
    """
    # Two removals at once must not each leave the other's.
    session.refresh(customer, with_for_update=True)
    session.expire(customer, ["addresses"])
    found = next((item for item in customer.addresses if item.address == address), None)
    if found is None:
        raise NotFound("there is no such address")
    if len(customer.addresses) == 1:
        raise NotAllowed("the last address stays")
    session.delete(found)
    session.flush()
    session.expire(customer, ["addresses"])
    account_notices.address_removed(session, customer, address, now)


def _live(session: Session, customer: Customer, token: str, now: datetime) -> AddressLink:
    query = select(AddressLink).where(AddressLink.token_hash == hash_of(token), AddressLink.customer_id == customer.id)
    row = session.scalar(query.with_for_update())
    usable = row is not None and row.used_at is None and row.expires_at > now
    if row is None or not usable or customer_of_address(session, row.address) is not None:
        raise NotFound("the link is not valid; ask for a new one")
    return row
