"""All that we keep of a customer, for himself (Ley 25.326, art. 14: right of access)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from escalation import sessions
from escalation.area_models import DataRequest, FormDraft
from escalation.chat_models import Attachment, Draft
from escalation.desk.life import thread_for_customer
from escalation.errors import TooManyAttempts
from escalation.file_store import MEGABYTE
from escalation.mail_models import InboundMail
from escalation.models import ConversationBond, Customer, OutboxRow, Ticket
from escalation.outbox import MAIL, SENT
from escalation.timeline import timeline

ACCESS = "access"
DONE = "done"
# More would hold one of the server's threads for minutes; what is left out is named in the file, and each is on its ticket's page.
FILES_MAX = 500 * MEGABYTE
WINDOW = timedelta(hours=1)
MAX_PER_HOUR = 3


@dataclass(frozen=True)
class Export:
    """``data`` is JSON; ``files`` are names in the archive with the paths of what lies under them."""

    data: dict[str, Any]
    files: list[tuple[str, Path]]


def export(session: Session, customer: Customer, folder: Path, subjects: list[str], now: datetime) -> Export:
    """Everything but internal notes of staff and secrets (hashes); a row says that he asked. ``folder``: of the files.

    Raises:
        TooManyAttempts: three within the hour.
    """
    mine = (DataRequest.customer_id == customer.id) & (DataRequest.kind == ACCESS) & (DataRequest.asked_at > now - WINDOW)
    if (session.scalar(select(func.count()).select_from(DataRequest).where(mine)) or 0) >= MAX_PER_HOUR:
        raise TooManyAttempts("wait an hour")
    query = select(Ticket).where(Ticket.customer_id == customer.id).order_by(Ticket.created_at, Ticket.id)
    eager = (selectinload(Ticket.messages), selectinload(Ticket.events), selectinload(Ticket.attachments))
    tickets = session.scalars(query.options(*eager)).all()
    loose = session.scalars(select(Attachment).where(Attachment.customer_id == customer.id, Attachment.ticket_id.is_(None)))
    rows = [
        *((ticket.number, file) for ticket in tickets for file in ticket.attachments),
        *(("sin-ticket", file) for file in loose),
    ]
    files, left_out = _within_bounds(rows, folder)
    data = {
        "generado": _moment(now),
        "cuenta": _account(session, customer, now),
        "tickets": [_ticket(ticket, now) for ticket in tickets],
        "borradores": _drafts(session, customer),
        "correos_recibidos": _mails(session, customer),
        "correos_enviados": _letters(session, customer),
        "archivos_no_incluidos": left_out,
    }
    outcome = {"tickets": len(tickets), "files": len(files)}
    row = DataRequest(customer_id=customer.id, kind=ACCESS, state=DONE, asked_at=now, finished_at=now, subjects=subjects)
    row.outcome = outcome
    session.add(row)
    return Export(data, files)


def _within_bounds(rows: Iterable[tuple[str, Attachment]], folder: Path) -> tuple[list[tuple[str, Path]], list[str]]:
    files: list[tuple[str, Path]] = []
    left_out, together = [], 0
    for place, file in rows:
        # Its own id before the name: two files of one ticket may be called alike.
        name = f"archivos/{place}/{file.id[:8]}-{file.name}"
        path = folder / file.path
        if together + file.size > FILES_MAX or not path.is_file():
            left_out.append(name)
            continue
        together += file.size
        files.append((name, path))
    return files, left_out


def _account(session: Session, customer: Customer, now: datetime) -> dict[str, Any]:
    requests = select(DataRequest).where(DataRequest.customer_id == customer.id).order_by(DataRequest.asked_at)
    bonds = select(ConversationBond).where(ConversationBond.customer_id == customer.id)
    return {
        "nombre": customer.name,
        "cliente_desde": _moment(customer.created_at),
        "direcciones": [item.address for item in customer.addresses],
        "dominios": [item.name for item in customer.domains],
        "casillas": [item.name for item in customer.mailboxes],
        "sesiones": [
            {"desde": _moment(login.created_at), "ultimo_uso": _moment(login.last_used_at), "navegador": login.browser}
            for login in sessions.live_of(session, sessions.Kind.CUSTOMER, customer.id, now)
        ],
        "conversaciones": [
            {"id": bond.conversation_id, "identificado": _moment(bond.bound_at), "hasta": _moment(bond.expires_at)}
            for bond in session.scalars(bonds)
        ],
        "solicitudes_sobre_sus_datos": [
            {"tipo": row.kind, "estado": row.state, "pedida": _moment(row.asked_at), "vence": _moment(row.due_at)}
            for row in session.scalars(requests)
        ],
    }


def _mails(session: Session, customer: Customer) -> list[dict[str, Any]]:
    """What he wrote by mail, with what stands in no ticket: what he quoted, and what was refused."""
    his = select(InboundMail).where(InboundMail.customer_id == customer.id).order_by(InboundMail.received_at, InboundMail.id)
    return [
        {"recibido": _moment(row.received_at), "de": row.sender, "asunto": row.subject, "texto": row.full_text, "estado": row.state}
        for row in session.scalars(his)
    ]


def _ticket(ticket: Ticket, now: datetime) -> dict[str, Any]:
    rating = ticket.rating  # type: ignore[attr-defined]
    return {
        "numero": ticket.number,
        "asunto": ticket.subject,
        "area": ticket.area,
        "estado": ticket.status,
        "abierto": _moment(ticket.created_at),
        "ultima_novedad": _moment(ticket.updated_at),
        "respuesta_prometida": _moment(ticket.promised_at),
        "datos": ticket.fields,
        "respuestas_mostradas": ticket.shown_entries,
        "conversacion_con_el_asistente": ticket.transcript,
        "mensajes": [
            {"fecha": _moment(message.created_at), "autor": message.author_name, "texto": message.body}
            for message in thread_for_customer(ticket, now)
        ],
        "novedades": [{"fecha": _moment(entry.at), "que": entry.line} for entry in timeline(ticket, now) if entry.line],
        "archivos": [{"nombre": file.name, "tipo": file.media_type, "bytes": file.size} for file in ticket.attachments],
        "valoracion": {"respuesta": rating.score, "comentario": rating.comment} if rating else None,
    }


def _drafts(session: Session, customer: Customer) -> list[dict[str, Any]]:
    found = session.scalars(select(Draft).where(Draft.customer_id == customer.id).order_by(Draft.created_at))
    forms = session.scalars(select(FormDraft).where(FormDraft.customer_id == customer.id).order_by(FormDraft.saved_at))
    return [
        *({"guardado": _moment(draft.updated_at), "estado": draft.state, "datos": draft.fields} for draft in found),
        *({"guardado": _moment(form.saved_at), "estado": "open", "datos": form.fields} for form in forms),
    ]


def _letters(session: Session, customer: Customer) -> list[dict[str, Any]]:
    """What we wrote to his addresses, as long as we keep it. Codes and links in it are forgotten once it left."""
    addresses = [item.address for item in customer.addresses]
    mails = (OutboxRow.channel == MAIL) & (OutboxRow.state == SENT) & OutboxRow.recipient.in_(addresses)
    return [
        {"enviado": _moment(row.sent_at), "a": row.recipient, "asunto": row.content["subject"], "texto": row.content["body"]}
        for row in session.scalars(select(OutboxRow).where(mails).order_by(OutboxRow.id))
    ]


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
