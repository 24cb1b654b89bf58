"""What customers and staff do with a ticket: open it, find it, reply, answer. Verbs never commit; the edge does."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import attachments, chat_news, drafts, notices, promises
from escalation.business_hours import BusinessHours
from escalation.desk import life, merging, targets
from escalation.desk.answering import StaffUpdate, update_as_staff
from escalation.desk.history import By, record
from escalation.desk.life import BODY_MAX, REOPENED_BY_REPLY, TRANSITIONS, USUAL_HOURS, add_message, link_of, move
from escalation.desk.reports import FIELD_MAX, NOT_KNOWN, SUBJECT_MAX, Report, checked, missing_of, new_number, subject_of
from escalation.errors import InvalidReport, NotFound
from escalation.models import Area, Author, Customer, Priority, Status, Ticket, TicketMessage

# One door for the edges; the rules themselves lie in escalation.desk.
__all__ = [
    "BODY_MAX",
    "FIELD_MAX",
    "NOT_KNOWN",
    "REOPENED_BY_REPLY",
    "SUBJECT_MAX",
    "TRANSITIONS",
    "USUAL_HOURS",
    "Report",
    "StaffUpdate",
    "find",
    "link_of",
    "missing_of",
    "move",
    "note_by_system",
    "open_ticket",
    "reply_as_customer",
    "update_as_staff",
]


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
            return merging.final(session, existing), False
        drafts.mark_sent(session, customer, report.conversation_id, key)
    given = checked(report)
    description = given["description"] or ""
    # Before the ticket is there: it would wait for itself.
    promised = targets.reckon(session, report.area, Priority.NORMAL, now, hours, complete=not missing_of(given))
    ticket = Ticket(
        number=new_number(session),
        idempotency_key=key,
        customer=customer,
        conversation_id=report.conversation_id,
        subject=subject_of(report.subject or description),
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
    record(session, ticket, "opened", By(Author.CUSTOMER, customer.id, now), None, Status.NEW)
    if report.conversation_id is not None:
        attachments.attach_waiting(session, report.conversation_id, customer, ticket)
    said = promises.spoken(promised.at, now, hours)
    notices.ticket_received(session, ticket, link_of(ticket, area_url), said, now, report.confirmation)
    if report.late:
        chat_news.opened_late(session, ticket, said, link_of(ticket, area_url), now)
    return ticket, True


def find(session: Session, number: str, customer: Customer | None = None) -> Ticket:
    """The ticket of a number, for a customer only his own; the number of a merged ticket leads to where it went.

    Raises:
        NotFound: there is none, or it is somebody else's (the same answer).
    """
    ticket = session.scalar(select(Ticket).where(Ticket.number == number.replace("\x00", "").strip().upper()))
    if ticket is None or (customer is not None and ticket.customer_id != customer.id):
        raise NotFound("there is no such ticket")
    return merging.final(session, ticket)


def note_by_system(session: Session, ticket: Ticket, body: str, now: datetime) -> TicketMessage:
    """Something that staff should know of the ticket and nobody wrote; status and customer are left alone."""
    return add_message(session, ticket, By(Author.SYSTEM, None, now), "Sistema", body, True)


def reply_as_customer(
    session: Session, ticket: Ticket, body: str, now: datetime, hours: BusinessHours = USUAL_HOURS
) -> TicketMessage:
    """The customer writes; a ticket that waited on him or was done is open again, and has a new promised time.

    Raises:
        InvalidReport: the text is empty or too long.
    """
    # It may have been merged since it was found: his words go where it went.
    ticket, customer = merging.final(session, ticket), ticket.customer
    life.begin(session, ticket)
    message = add_message(session, ticket, By(Author.CUSTOMER, customer.id, now), customer.name, body)
    if ticket.status in REOPENED_BY_REPLY:
        move(session, ticket, Status.OPEN, Author.CUSTOMER, customer.id, now, hours)
    notices.customer_replied(session, ticket, message, now)
    return message
