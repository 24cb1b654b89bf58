"""The life of a ticket: one table of statuses, and verbs that keep it. Verbs never commit; the edge does."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import attachments, drafts, notices, promises
from escalation.business_hours import BusinessHours
from escalation.errors import InvalidReport, NotAllowed, NotFound, StaleTicket
from escalation.models import Area, Author, Customer, Staff, Status, Ticket, TicketEvent, TicketMessage
from escalation.notices import FIELD_NAMES

# From each status, where a person may take it. A customer's reply has its own rule below.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.NEW: frozenset({Status.OPEN, Status.WAITING, Status.SOLVED, Status.CLOSED}),
    Status.OPEN: frozenset({Status.WAITING, Status.SOLVED, Status.CLOSED}),
    Status.WAITING: frozenset({Status.OPEN, Status.SOLVED, Status.CLOSED}),
    Status.SOLVED: frozenset({Status.OPEN, Status.CLOSED}),
    Status.CLOSED: frozenset({Status.OPEN}),
}
REOPENED_BY_REPLY = frozenset({Status.WAITING, Status.SOLVED, Status.CLOSED})

# Crockford's base32 without look-alikes: read over a bad line, six of them are a thousand million numbers.
NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_LENGTH = 6
# What the chat writes into a field that the customer does not know.
NOT_KNOWN = "No lo sabe"
USUAL_HOURS = BusinessHours()
SUBJECT_MAX = 120
BODY_MAX = 20_000
FIELD_MAX = 8_000


@dataclass(frozen=True)
class Report:
    """What the customer reported. ``fields`` by the names of :data:`escalation.notices.FIELD_NAMES`.

    ``vector``: the description's embedding, see :mod:`escalation.vectors`.
    """

    area: str
    fields: dict[str, str | None]
    transcript: list[dict[str, str]] = field(default_factory=list)
    shown_entries: list[str] = field(default_factory=list)
    conversation_id: str | None = None
    vector: bytes | None = None


def open_ticket(
    session: Session,
    customer: Customer,
    report: Report,
    key: str | None,
    area_url: str,
    now: datetime,
    hours: BusinessHours = USUAL_HOURS,
) -> tuple[Ticket, bool]:
    """A ticket for ``report``, once per idempotency ``key``: returns it and whether it was made now.

    With it, the time before which it will be answered is reckoned from the desk's load and its ``hours`` and stored, the draft
    of that key is marked sent, and the files that wait in the conversation go along.

    Raises:
        InvalidReport: names the fields that are missing, unknown or too long; or the key was used by another customer.
    """
    if key is not None:
        existing = session.scalar(select(Ticket).where(Ticket.idempotency_key == key))
        if existing is not None:
            if existing.customer_id != customer.id:
                raise InvalidReport("this Idempotency-Key was used for another report", idempotency_key="used")
            return existing, False
        drafts.mark_sent(session, customer, report.conversation_id, key)
    given = _checked(report)
    description = given["description"] or ""
    # Before the ticket is there: it would wait for itself.
    load = promises.load_of(session, now, hours, report.area)
    promised = promises.promise(load, report.area, not missing_of(given), now, hours)
    ticket = Ticket(
        number=_new_number(session),
        idempotency_key=key,
        customer=customer,
        conversation_id=report.conversation_id,
        subject=_subject(description),
        area=Area(report.area),
        status=Status.NEW,
        fields=given,
        transcript=report.transcript,
        shown_entries=report.shown_entries,
        vector=report.vector,
        promised_at=promised.at,
        promise_basis=promised.basis,
        created_at=now,
        updated_at=now,
    )
    session.add(ticket)
    session.flush()
    _record(session, ticket, "opened", Author.CUSTOMER, customer.id, None, Status.NEW, now)
    if report.conversation_id is not None:
        attachments.attach_waiting(session, report.conversation_id, customer, ticket)
    notices.ticket_received(session, ticket, link_of(ticket, area_url), promises.spoken(promised.at, now, hours), now)
    return ticket, True


def missing_of(fields: Mapping[str, str | None]) -> tuple[str, ...]:
    """What the customer was asked and could not tell, as he reads it: it would speed the answer up."""
    return tuple(FIELD_NAMES[name] for name, value in fields.items() if value == NOT_KNOWN)


def link_of(ticket: Ticket, area_url: str) -> str:
    """Where the customer sees it."""
    return f"{area_url}tickets/{ticket.number}"


def _checked(report: Report) -> dict[str, Any]:
    wrong: dict[str, str] = {}
    if report.area not in set(Area):
        wrong["area"] = f"one of {', '.join(Area)}"
    for name, value in report.fields.items():
        if name not in FIELD_NAMES:
            wrong[name] = "unknown field"
        elif value is not None and len(value) > FIELD_MAX:
            wrong[name] = f"at most {FIELD_MAX} characters"
    if not (report.fields.get("description") or "").strip():
        wrong["description"] = "required: what is wrong"
    if wrong:
        raise InvalidReport("the report cannot be taken as it is", **wrong)
    return {name: value.strip() if value else None for name, value in report.fields.items()}


def _subject(description: str) -> str:
    line = " ".join(description.split())
    return line if len(line) <= SUBJECT_MAX else line[: SUBJECT_MAX - 1].rsplit(" ", 1)[0] + "…"


def _new_number(session: Session) -> str:
    while True:
        number = "MDA-" + "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(NUMBER_LENGTH))
        if session.scalar(select(Ticket.id).where(Ticket.number == number)) is None:
            return number


def find(session: Session, number: str, customer: Customer | None = None) -> Ticket:
    """The ticket of a number; for a customer only his own.

    Raises:
        NotFound: there is none, or it is somebody else's (the same answer).
    """
    ticket = session.scalar(select(Ticket).where(Ticket.number == number.strip().upper()))
    if ticket is None or (customer is not None and ticket.customer_id != customer.id):
        raise NotFound("there is no such ticket")
    return ticket


def reply_as_customer(session: Session, ticket: Ticket, body: str, now: datetime) -> TicketMessage:
    """The customer writes; a ticket that waited on him or was done is open again.

    Raises:
        InvalidReport: the text is empty or too long.
    """
    customer = ticket.customer
    message = _add_message(session, ticket, Author.CUSTOMER, customer.id, customer.name, body, False, now)
    if ticket.status in REOPENED_BY_REPLY:
        move(session, ticket, Status.OPEN, Author.CUSTOMER, customer.id, now)
    notices.customer_replied(session, ticket, message, now)
    return message


@dataclass(frozen=True)
class StaffUpdate:
    """One form of the console: ``body`` may be empty, ``status`` may be the present one. ``version`` is the one he saw."""

    body: str
    status: Status
    version: int
    internal: bool = False


def update_as_staff(session: Session, ticket: Ticket, member: Staff, update: StaffUpdate, area_url: str, now: datetime) -> None:
    """An agent answers, notes, or changes the status, or all at once.

    Raises:
        StaleTicket: somebody else changed the ticket since he opened it.
        NotAllowed: the table has no such change of status.
        InvalidReport: nothing to do, or the text is too long.
    """
    if update.version != ticket.version:
        raise StaleTicket("somebody else changed this ticket while you were writing")
    changes = update.status != ticket.status
    if not update.body.strip() and not changes:
        raise InvalidReport("write an answer or choose another status", body="empty")
    if changes and update.status not in TRANSITIONS[Status(ticket.status)]:
        raise NotAllowed(f"a ticket cannot go from {ticket.status} to {update.status}")
    event = move(session, ticket, update.status, Author.STAFF, member.id, now) if changes else None
    link = link_of(ticket, area_url)
    if update.body.strip():
        message = _add_message(session, ticket, Author.STAFF, member.id, member.name, update.body, update.internal, now)
        if not update.internal:
            notices.staff_answered(session, ticket, message, link, now)
            return
    if event is not None and update.status != Status.OPEN:
        notices.status_changed(session, ticket, event.id, link, now)


def _add_message(
    session: Session,
    ticket: Ticket,
    author: Author,
    author_id: str,
    name: str,
    body: str,
    internal: bool,
    now: datetime,
) -> TicketMessage:
    text = body.replace("\x00", "").strip()
    if not text or len(text) > BODY_MAX:
        raise InvalidReport(f"write between 1 and {BODY_MAX} characters", body="length")
    message = TicketMessage(
        ticket_id=ticket.id,
        author=author,
        author_id=author_id,
        author_name=name,
        body=text,
        internal=internal,
        created_at=now,
    )
    session.add(message)
    ticket.updated_at = now
    session.flush()
    _record(session, ticket, "note" if internal else "message", author, author_id, None, None, now)
    return message


def move(session: Session, ticket: Ticket, status: Status, author: Author, author_id: str, now: datetime) -> TicketEvent:
    """Change the status and record who did; whether he may is the calling verb's rule."""
    old, ticket.status, ticket.updated_at = ticket.status, status, now
    return _record(session, ticket, "status", author, author_id, old, status, now)


def _record(
    session: Session,
    ticket: Ticket,
    kind: str,
    author: Author,
    author_id: str | None,
    old: str | None,
    new: str | None,
    now: datetime,
) -> TicketEvent:
    event = TicketEvent(ticket_id=ticket.id, kind=kind, author=author, author_id=author_id, old=old, new=new, at=now)
    session.add(event)
    session.flush()
    return event
