"""The mails that a ticket causes; their words (es-AR, courteous usted) are the templates of :mod:`escalation.mail.rendering`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import chat_news, ratings
from escalation.desk.followers import audience
from escalation.mail import caps
from escalation.mail.addresses import Correspondence, correspondence
from escalation.mail.rendering import write
from escalation.mail_models import StaffMailChoice
from escalation.models import Customer, OutboxRow, Staff, Status, Ticket, TicketMessage
from escalation.outbox import DIGEST, HELD, VOID, enqueue_mail

STATUS_NAMES = {
    Status.NEW: "Nuevo",
    Status.OPEN: "En curso",
    Status.WAITING: "Esperando su respuesta",
    Status.SOLVED: "Resuelto",
    Status.CLOSED: "Cerrado",
}
PRIORITY_NAMES = {"low": "Baja", "normal": "Normal", "high": "Alta", "urgent": "Urgente"}
FIELD_NAMES = {
    "description": "Problema",
    "error_message": "Mensaje de error",
    "site": "Sitio o cuenta",
    "scope": "Qué casillas",
    "mail_program": "Programa de correo",
    "frequency": "Cuándo pasa",
    "circumstances": "En qué casos",
    "since": "Desde cuándo",
    "attachments": "Archivos",
    "remark": "Observación",
}
AREA_NAMES = {
    "mail": "Correo",
    "site": "Sitio web",
    "domain": "Dominio",
    "payment": "Pagos",
    "account": "Cuenta",
    "other": "Otros",
}


@dataclass(frozen=True)
class Confirmation:
    """What a confirmation of reception says where the ticket came by mail.

    ``recipient``: the registered address that he wrote from, empty where he wrote from another one; ``in_reply_to``,
    ``references`` and ``subject_key`` are of his mail; ``missing`` are essentials that it lacks, as he reads them;
    ``refused_files`` names what could not be taken.
    """

    recipient: str
    in_reply_to: str = ""
    references: str = ""
    subject_key: str = ""
    answer_title: str = ""
    answer_url: str = ""
    missing: tuple[str, ...] = ()
    refused_files: str = ""


def ticket_received(
    session: Session, ticket: Ticket, link: str, promised: str, now: datetime, confirmation: Confirmation | None = None
) -> None:
    """Confirmation of reception to the customer with the time ``promised``, and a notice to each active agent."""
    report = "\n".join(f"{FIELD_NAMES[name]}: {value}" for name, value in ticket.fields.items() if value)
    letter = write(
        "ticket_received",
        number=ticket.number,
        name=ticket.customer.name,
        report=report,
        promised=promised,
        link=link,
        answer_title=confirmation.answer_title if confirmation else "",
        answer_url=confirmation.answer_url if confirmation else "",
        missing=confirmation.missing if confirmation else (),
        refused_files=confirmation.refused_files if confirmation else "",
    )
    to_customer(session, ticket, f"ticket-{ticket.number}-received", letter.subject, letter.body, now, confirmation)
    to_staff(session, ticket, f"ticket-{ticket.number}-new", f"Ticket nuevo {ticket.number}: {ticket.subject}", now)


def staff_answered(
    session: Session, ticket: Ticket, message: TicketMessage, link: str, now: datetime, promised: str | None = None
) -> None:
    """News to the customer, and the time ``promised`` for the next ones; the mail waits while the answer can be taken back."""
    letter = write(
        "staff_answered",
        number=ticket.number,
        name=ticket.customer.name,
        status=STATUS_NAMES[Status(ticket.status)],
        message=message.body,
        promised=promised,
        link=link,
        invitation=ratings.invitation(session, ticket, link, now),
    )
    row = to_customer(session, ticket, f"message-{message.id}", letter.subject, letter.body, now)
    if row is not None:
        row.due_at = message.held_until or now
    chat_news.answered(session, ticket, message, STATUS_NAMES[Status(ticket.status)], link, now)


def status_changed(session: Session, ticket: Ticket, event_id: int, link: str, now: datetime) -> None:
    """The customer learns that his ticket was solved or closed, or that it waits on him."""
    letter = write(
        "status_changed",
        number=ticket.number,
        name=ticket.customer.name,
        status=STATUS_NAMES[Status(ticket.status)],
        solved=ticket.status in (Status.SOLVED, Status.CLOSED),
        link=link,
        invitation=ratings.invitation(session, ticket, link, now),
    )
    to_customer(session, ticket, f"event-{event_id}", letter.subject, letter.body, now)
    chat_news.status_changed(session, ticket, event_id, STATUS_NAMES[Status(ticket.status)], link, now)


def customer_replied(session: Session, ticket: Ticket, message: TicketMessage, now: datetime) -> None:
    """Staff learn of a reply."""
    to_staff(session, ticket, f"message-{message.id}", f"Respuesta del cliente en {ticket.number}: {ticket.subject}", now)


def customer_changed_status(session: Session, ticket: Ticket, event_id: int, now: datetime) -> None:
    """Staff learn that the customer found it solved, or opened it again."""
    what = "El cliente lo dio por resuelto" if ticket.status == Status.SOLVED else "El cliente lo reabrió"
    to_staff(session, ticket, f"event-{event_id}", f"{what}: {ticket.number}: {ticket.subject}", now)


def address_died(session: Session, address: str, reason: str, until: str, number: str, now: datetime) -> None:
    """Staff learn that a customer cannot be reached by mail."""
    letter = write("address_dead", address=address, reason=reason, until=until, number=number)
    for member in session.scalars(select(Staff).where(Staff.active)):
        headers = {"ticket": number} if number else {}
        enqueue_mail(session, f"dead-{uuid.uuid4()}", member.email, letter.subject, letter.body, now, **headers)


def code_asked(session: Session, recipient: str, code: str, lifetime: timedelta, now: datetime, leaves: bool) -> None:
    """The code to log in to the chat; with ``leaves`` False the row is written and goes nowhere."""
    letter = write("code_asked", code=code, minutes=lifetime // timedelta(minutes=1))
    until = (now + lifetime).isoformat()
    row = enqueue_mail(session, f"code-{uuid.uuid4()}", recipient, letter.subject, letter.body, now, useless_after=until)
    if not leaves:
        row.state, row.content = VOID, {**row.content, "body": ""}


def account_linked(session: Session, customer: Customer, key: str, now: datetime) -> None:
    """Whose account was linked to a conversation hears of it; who was lured into it can undo it."""
    letter = write("account_linked", name=customer.name)
    recipient = customer.addresses[0].address
    enqueue_mail(session, key, recipient, letter.subject, letter.body, now, auto_submitted="auto-generated")


def to_customer(
    session: Session,
    ticket: Ticket,
    key: str,
    subject: str,
    body: str,
    now: datetime,
    confirmation: Confirmation | None = None,
) -> OutboxRow | None:
    """A mail about his ticket to the customer, answers to which land in it; kept back where it would not reach him.

    None where he has no address any more: his data were erased.
    """
    if not ticket.customer.addresses:
        return None
    where = correspondence(session, ticket, now)
    headers = {"ticket": ticket.number, "reply": "1", "auto_submitted": "auto-generated", "in_reply_to": where.in_reply_to}
    held = f"{where.recipient} does not exist, says its server" if where.dead else None
    if confirmation is not None:
        where = Correspondence(confirmation.recipient) if confirmation.recipient else where
        # RFC 3834 3.1.7: this one answers a mail of his.
        headers |= {"in_reply_to": confirmation.in_reply_to, "references": confirmation.references}
        headers["auto_submitted"] = "auto-replied"
        held = None if caps.may_confirm(session, where.recipient, confirmation.subject_key, now) else "too many in a short time"
    row = enqueue_mail(session, key, where.recipient, subject, body, now, **headers)
    if held:
        row.state, row.last_error = HELD, held
    return row


def to_staff(session: Session, ticket: Ticket, key: str, subject: str, now: datetime, urgent: bool = False) -> None:
    """A mail about a ticket to each of its audience, see desk.followers; ``urgent``: also at once to those who chose a digest."""
    letter = write(
        "staff_notice", subject=subject, what=ticket.subject, area=AREA_NAMES[ticket.area], customer=ticket.customer.name
    )
    digest = set(session.scalars(select(StaffMailChoice.staff_id).where(StaffMailChoice.digest)))
    for member in audience(session, ticket):
        # No reply address: what staff answer belongs into the console, where it has an author and a status.
        headers = {"ticket": ticket.number, "auto_submitted": "auto-generated"}
        row = enqueue_mail(session, f"{key}-{member.id}", member.email, letter.subject, letter.body, now, **headers)
        if member.id in digest and not urgent:
            row.state = DIGEST
