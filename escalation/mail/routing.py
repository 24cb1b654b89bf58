"""Which ticket a mail belongs to, and whether its writer may write there. The first sign that is found decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.desk import merging
from escalation.mail.intake import shown_subject
from escalation.mail.marks import NUMBER, Marks
from escalation.mail.parsing import Mail, subject_key
from escalation.mail_models import InboundMail
from escalation.models import Customer, Ticket

_IN_SUBJECT = re.compile(rf"(?<![\w-]){NUMBER}(?![\w-])", re.IGNORECASE)


class Way(StrEnum):
    """How the ticket was found, in the order in which the signs are looked at."""

    ADDRESS = "address"
    MESSAGE_ID = "message_id"
    QUOTED = "quoted"
    SUBJECT = "subject"
    REFERENCES = "references"


SIGNED = frozenset({Way.ADDRESS, Way.MESSAGE_ID, Way.QUOTED})


@dataclass(frozen=True)
class Route:
    """The ticket, and how it was found."""

    ticket: Ticket
    way: Way


def route(session: Session, mail: Mail, marks: Marks) -> Route | None:
    """The ticket that the mail answers, merged ones followed; None for a new matter."""
    for way, find in _WAYS.items():
        for number in find(session, mail, marks):
            ticket = session.scalar(select(Ticket).where(Ticket.number == number))
            if ticket is not None:
                return Route(merging.final(session, ticket), way)
    return None


def may_write(session: Session, ticket: Ticket, customer: Customer, address: str) -> bool:
    """Whether the writer takes part in the ticket: a mark proves that somebody had our mail, not that he may write."""
    return ticket.customer_id == customer.id


def _by_address(session: Session, mail: Mail, marks: Marks) -> Iterator[str]:
    yield from filter(None, (marks.of_address(address) for address in mail.recipients))


def _by_message_id(session: Session, mail: Mail, marks: Marks) -> Iterator[str]:
    found = (marks.of_message_id(reference) for reference in mail.references)
    yield from (marked.number for marked in found if marked is not None and marked.number)


def _by_quotation(session: Session, mail: Mail, marks: Marks) -> Iterator[str]:
    number = marks.of_text(mail.body.text)
    if number:
        yield number


def _by_subject(session: Session, mail: Mail, marks: Marks) -> Iterator[str]:
    yield from (found.group().upper() for found in _IN_SUBJECT.finditer(mail.subject))


def _by_references(session: Session, mail: Mail, marks: Marks) -> Iterator[str]:
    """His answer to a mail of his own, before ours reached him; the subject must be the same."""
    query = select(Ticket.number).join(InboundMail, InboundMail.ticket_id == Ticket.id)
    known = query.where(
        InboundMail.message_id.in_(mail.references), InboundMail.subject_key == subject_key(shown_subject(mail.subject))
    )
    yield from session.scalars(known.limit(1)) if mail.references else ()


_WAYS: dict[Way, Callable[[Session, Mail, Marks], Iterator[str]]] = {
    Way.ADDRESS: _by_address,
    Way.MESSAGE_ID: _by_message_id,
    Way.QUOTED: _by_quotation,
    Way.SUBJECT: _by_subject,
    Way.REFERENCES: _by_references,
}
