"""What a customer has with us: his domains and mail accounts, so that the bot can offer them instead of asking for them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import idna
from sqlalchemy.orm import Session

from escalation.customers import normal_address
from escalation.errors import InvalidReport
from escalation.models import Customer, CustomerDomain, CustomerMailbox

_SEPARATORS = re.compile(r"[\s,;]+")


def several(text: str | None) -> list[str]:
    """The names of a list with spaces, commas or semicolons between them."""
    return [name for name in _SEPARATORS.split(text or "") if name]


def normal_domain(name: str) -> str:
    """The form in which domains are stored and compared: lower case, without www and without a dot at the end.

    Raises:
        InvalidReport: it is not a domain.
    """
    domain = name.strip().lower().removeprefix("www.").rstrip(".")
    try:
        idna.encode(domain, uts46=True)
    except idna.IDNAError as wrong:
        raise InvalidReport(f"{name!r} is not a domain", domain=str(wrong)) from wrong
    if "." not in domain:
        raise InvalidReport(f"{name!r} is not a domain", domain="no dot")
    return domain


def add_services(session: Session, customer: Customer, domains: Iterable[str], mailboxes: Iterable[str]) -> None:
    """He has these too; what he has already is left as it is.

    Raises:
        InvalidReport: one of them is malformed.
    """
    new_domains = {normal_domain(name) for name in domains} - {item.name for item in customer.domains}
    new_mailboxes = {normal_address(name) for name in mailboxes} - {item.name for item in customer.mailboxes}
    customer.domains.extend(CustomerDomain(name=name) for name in sorted(new_domains))
    customer.mailboxes.extend(CustomerMailbox(name=name) for name in sorted(new_mailboxes))
    session.flush()
