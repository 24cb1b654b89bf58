"""A customer's reply in the Área de Clientes, with files if he likes, once per form."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import g
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import FileStorage

from escalation import attachments, form_drafts, tickets
from escalation.customer_area.uploads import discard, on_disk, refusal
from escalation.errors import FileRefused, InvalidReport
from escalation.file_store import StoredFile
from escalation.models import Customer, TicketMessage
from escalation.tickets import BODY_MAX
from wire.redaction import redact

ONLY_FILES = "Adjunto archivos."
EMPTY = "Escriba su mensaje antes de enviarlo."
TOO_LONG = f"El mensaje puede tener hasta {BODY_MAX} caracteres. Envíe lo demás como archivo."


def write(number: str, body: str, key: str, files: list[FileStorage]) -> str | None:
    """Add message and files to the ticket and commit; or the reason why not (es-AR), and then nothing was kept.

    The same ``key`` again writes nothing more: a form that was sent twice is one message.
    """
    if not body.strip() and not files:
        return EMPTY
    if len(body) > BODY_MAX:
        return TOO_LONG
    text = redact(body).text if body.strip() else ONLY_FILES
    customer_id = g.customer.id
    try:
        with on_disk(files) as stored:
            try:
                made = _commit(customer_id, number, text, key, stored)
            except (StaleDataError, IntegrityError):
                # Somebody of Soporte, or this form's twin, was faster by a moment: write to what is there now.
                g.session.rollback()
                made = _commit(customer_id, number, text, key, stored)
            if not made:
                discard(stored)
    except FileRefused as refused:
        return refusal(refused, files)
    except InvalidReport:
        return TOO_LONG
    return None


def _commit(customer_id: str, number: str, text: str, key: str, stored: list[StoredFile]) -> bool:
    customer = g.session.get_one(Customer, customer_id)
    ticket = tickets.find(g.session, number, customer)
    # What this session knows of the ticket is older than the files that were just written.
    g.session.refresh(ticket)
    form_drafts.forget(g.session, customer, ticket.number)
    same = select(TicketMessage.id).where(TicketMessage.ticket_id == ticket.id, TicketMessage.idempotency_key == key)
    made = g.session.scalar(same) is None
    if made:
        message = tickets.reply_as_customer(g.session, ticket, text, datetime.now(UTC), g.settings.business_hours)
        message.idempotency_key = key
        attachments.add_to_message(g.session, stored, ticket, message)
    g.session.commit()
    return made
