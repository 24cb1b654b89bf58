"""Is there an open ticket of his about the same thing already? The same site, and a description that means the same."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.customer_tickets import UNFINISHED
from escalation.models import Customer, Ticket
from escalation.vectors import cosine

# Both are for the same site of the same customer, so they may be lower than between strangers' messages.
COSINE_AT = 0.6
WORDS_AT = 0.5
# Without what stands before the @ of an address.
_DOMAIN = re.compile(r"(?:[\w.+-]+@)?((?:[\w-]+\.)+[^\W\d_]{2,})")
SITE_READ = 300


@dataclass(frozen=True)
class Described:
    """What he is about to report. ``vector``: see :mod:`escalation.vectors`; None where there is no model at hand."""

    site: str | None
    description: str
    vector: bytes | None = None


def similar_ticket(session: Session, customer: Customer, report: Described) -> Ticket | None:
    """The most alike of his unfinished tickets about the same site, or None; of equals the newest."""
    site = domain_of(report.site)
    if site is None:
        return None
    query = select(Ticket).where(Ticket.customer_id == customer.id, Ticket.status.in_(UNFINISHED))
    newest = session.scalars(query.order_by(Ticket.created_at.desc(), Ticket.id.desc()))
    scored = [(_alike(ticket, report), ticket) for ticket in newest if domain_of(ticket.fields.get("site")) == site]
    best = max(scored, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] >= 1 else None


def domain_of(site: str | None) -> str | None:
    """The first domain in what he wrote, lower case, without www; of an address its domain. None where there is none."""
    found = _DOMAIN.search((site or "")[:SITE_READ].lower())
    return found.group(1).removeprefix("www.") if found else None


def word_overlap(first: str, second: str) -> float:
    """Jaccard's index of the words of two texts, without case and accents: 0 to 1."""
    one, other = _words(first), _words(second)
    return len(one & other) / len(one | other) if one and other else 0.0


def _alike(ticket: Ticket, report: Described) -> float:
    """How alike, in units of the threshold that applies: from 1 on they are about the same thing."""
    if ticket.vector is not None and report.vector is not None:
        likeness = cosine(ticket.vector, report.vector)
        if likeness is not None:
            return likeness / COSINE_AT
    return word_overlap(str(ticket.fields.get("description") or ""), report.description) / WORDS_AT


def _words(text: str) -> set[str]:
    plain = "".join(letter for letter in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(letter))
    return set(re.findall(r"\w+", plain))
