"""A mail of a known customer becomes a ticket or a message in one; all in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from escalation import attachments, tickets
from escalation.business_hours import BusinessHours
from escalation.desk import history
from escalation.desk.history import By
from escalation.mail import addresses
from escalation.mail.bodies import File
from escalation.mail.deciding import Action, Plan
from escalation.mail.files import Taken
from escalation.mail.parsing import Mail, subject_key
from escalation.mail.quoting import Split
from escalation.mail.routing import Way
from escalation.mail.understanding import Understanding, missing
from escalation.mail_models import InboundMail
from escalation.models import Author, Customer, Ticket
from escalation.notices import FIELD_NAMES, Confirmation
from wire.redaction import redact

NO_TEXT = "(El correo no traía texto.)"
WHOLE_TEXT = "texto-completo.txt"
NOTED = {"auto_reply": "Respuesta automática", "list": "Correo de lista"}
LONGER = f"\n\n[El texto sigue en el archivo {WHOLE_TEXT}]"
# In a message, room for remarks beside the words.
TEXT_LIMIT = {Action.OPEN: tickets.FIELD_MAX, Action.REPLY: tickets.BODY_MAX - 2000}
REFERENCES_MAX = 1500
UNREAD_SHOWN = 3


@dataclass(frozen=True)
class Prepared:
    """What was made ready before the transaction: his words apart from what he quoted, files on the disk, what the bot says."""

    mail: Mail
    words: Split
    taken: Taken
    understanding: Understanding | None = None


@dataclass(frozen=True)
class Desk:
    """Where tickets are seen, and when Soporte is there."""

    area_url: str
    hours: BusinessHours


def own_text(words: Split, limit: int) -> str:
    """His words without secrets, at most ``limit`` characters."""
    text = redact(words.own).text.strip() or NO_TEXT
    return text if len(text) <= limit else text[: limit - len(LONGER)] + LONGER


def whole_text(words: Split, action: Action) -> list[File]:
    """His words as a file, where they are longer than their place in the ticket."""
    text = redact(words.own).text.strip()
    return [File(WHOLE_TEXT, text.encode())] if len(text) > TEXT_LIMIT[action] else []


def open_ticket(session: Session, row: InboundMail, plan: Plan, ready: Prepared, desk: Desk, now: datetime) -> Ticket:
    """A new ticket, its confirmation and the notices to staff."""
    assert plan.customer is not None
    found = ready.understanding or Understanding()
    fields = {**found.fields, "description": own_text(ready.words, TEXT_LIMIT[Action.OPEN]), **_about_files(ready)}
    report = tickets.Report(
        area=found.area,
        # As a guided report has them: the problem first.
        fields={name: fields[name] for name in FIELD_NAMES if name in fields},
        subject=redact(ready.mail.subject).text or None,
        shown_entries=[found.topic] if found.topic else [],
        vector=found.vector,
        confirmation=_confirmation(row, plan.customer, ready),
    )
    ticket, made = tickets.open_ticket(session, plan.customer, report, f"mail-{row.id}", desk.area_url, now, desk.hours)
    if made:
        attachments.add_to_report(session, ready.taken.stored, ticket)
        _record(session, ticket, row, now)
        if plan.foreign is not None:
            note = (
                f"El correo respondía al ticket {plan.foreign.number}, en el que no participa quien escribe; se abrió este aparte."
            )
            tickets.note_by_system(session, ticket, note, now)
    row.ticket_id = ticket.id
    return ticket


def reply(session: Session, row: InboundMail, plan: Plan, ready: Prepared, desk: Desk, now: datetime) -> Ticket:
    """His words in the ticket, with the files; solved tickets open again, staff are told."""
    assert plan.route is not None
    ticket = plan.route.ticket
    parts = [own_text(ready.words, TEXT_LIMIT[Action.REPLY])]
    if ready.taken.refused:
        parts.append(f"[Archivos que no se pudieron recibir: {ready.taken.refused_text()}]")
    parts += [f"[El correo traía además {what}, que no se pudo abrir]" for what in _unread(ready)]
    message = tickets.reply_as_customer(session, ticket, "\n\n".join(parts), now, desk.hours)
    message.idempotency_key = f"mail-{row.id}"
    if plan.reason == "linked":
        message.author_name = f"{ticket.customer.name} (desde {row.sender})"[:200]
    session.flush()
    attachments.add_to_message(session, ready.taken.stored, ticket, message)
    session.expire(ticket, ["attachments"])
    _record(session, ticket, row, now)
    if plan.reason == "reply" and plan.route.way is not Way.SUBJECT and _changed_subject(ticket, row):
        tickets.note_by_system(session, ticket, f"El asunto del correo cambió a «{row.subject}»: si es otro tema, sepárelo.", now)
    row.ticket_id, row.ticket_message_id = ticket.id, message.id
    return ticket


def note(session: Session, row: InboundMail, plan: Plan, ready: Prepared, now: datetime) -> Ticket:
    """An automatic answer: filed where it belongs, nobody alerted, the status left alone."""
    assert plan.route is not None
    ticket = plan.route.ticket
    message = tickets.note_by_system(
        session, ticket, f"{NOTED[plan.reason]} de {row.sender}:\n\n{own_text(ready.words, 2000)}", now
    )
    row.ticket_id, row.ticket_message_id = ticket.id, message.id
    return ticket


def _unread(ready: Prepared) -> list[str]:
    return list(dict.fromkeys(ready.mail.body.unread))[:UNREAD_SHOWN]


def _about_files(ready: Prepared) -> dict[str, str]:
    refused, unread = ready.taken.refused_text(), "; ".join(_unread(ready))
    found = {}
    if refused:
        found["attachments"] = f"No se pudieron recibir: {refused}"[: tickets.FIELD_MAX]
    if unread:
        found["remark"] = f"El correo traía además {unread}, que no se pudo abrir."[: tickets.FIELD_MAX]
    return found


def _confirmation(row: InboundMail, customer: Customer, ready: Prepared) -> Confirmation:
    found = ready.understanding
    return Confirmation(
        # What somebody of Soporte let in from a foreign address is confirmed to the customer's own.
        recipient=row.sender if row.sender in {item.address for item in customer.addresses} else "",
        in_reply_to=row.message_id,
        references=" ".join(reversed(ready.mail.references))[-REFERENCES_MAX:],
        subject_key=row.subject_key,
        answer_title=found.answer_title if found else "",
        answer_url=found.answer_url if found else "",
        missing=missing(found) if found else (),
        refused_files=ready.taken.refused_text(),
    )


def _record(session: Session, ticket: Ticket, row: InboundMail, now: datetime) -> None:
    """Staff see how its sender was proven."""
    addresses.revive(session, row.sender)
    said = f"{row.verdict}: {row.verdict_detail}" if row.verdict_detail else row.verdict
    history.record(session, ticket, "mail", By(Author.SYSTEM, None, now), new=said[:200])


def _changed_subject(ticket: Ticket, row: InboundMail) -> bool:
    """Neither one of ours (they hold the number) nor the one under which the ticket began."""
    key, first = row.subject_key, subject_key(ticket.subject.removesuffix("…"))
    return bool(key) and ticket.number.lower() not in key and not key.startswith(first) and not first.startswith(key)
