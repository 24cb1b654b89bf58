"""The words of each mail that a ticket causes. Plain text, es-AR, courteous usted."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from escalation import ratings
from escalation.desk.followers import audience
from escalation.models import OutboxRow, Status, Ticket, TicketMessage
from escalation.outbox import VOID, enqueue_mail

STATUS_NAMES = {
    Status.NEW: "Nuevo",
    Status.OPEN: "En curso",
    Status.WAITING: "Esperando su respuesta",
    Status.SOLVED: "Resuelto",
    Status.CLOSED: "Cerrado",
}
PRIORITY_NAMES = {"low": "Baja", "normal": "Normal", "high": "Alta", "urgent": "Urgente"}
# What happened, as the history says it; see desk.history.
EVENT_NAMES = {
    "opened": "Abierto",
    "status": "Estado",
    "message": "Mensaje",
    "note": "Nota interna",
    "priority": "Prioridad",
    "area": "Área",
    "subject": "Asunto",
    "assignee": "Responsable",
    "watcher": "Seguidor",
    "tag": "Etiqueta",
    "link": "Relacionado",
    "merged_into": "Unido a otro",
    "merged_from": "Se le unió",
    "split_to": "Se separó",
    "split_from": "Separado de",
    "asked": "Se pidió al cliente",
    "rated": "Valoración",
    "taken_back": "Respuesta deshecha",
    "promise_made": "Hora prometida",
    "promise_kept": "Promesa cumplida",
    "promise_paused": "Promesa en pausa",
    "promise_resumed": "Promesa reanudada",
    "promise_earlier": "Promesa adelantada",
    "promise_renewed": "Promesa postergada",
    "promise_warned": "Aviso de vencimiento",
    "promise_dropped": "Promesa terminada",
    "promise_restored": "Promesa restablecida",
}
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
SIGNATURE = "\n\nCSIserver · Mesa de Ayuda y Soporte Técnico"


def ticket_received(session: Session, ticket: Ticket, link: str, promised: str, now: datetime) -> None:
    """Confirmation of reception to the customer with the time ``promised``, and a notice to each active agent."""
    report = "\n".join(f"{FIELD_NAMES[name]}: {value}" for name, value in ticket.fields.items() if value)
    body = (
        f"Hola, {ticket.customer.name}:\n\nRecibimos su ticket {ticket.number} y ya está en manos de Soporte.\n\n{report}\n\n"
        f"Le responderemos {promised}. Puede seguirlo y agregar datos en {link}\n\n"
        "El tiempo de respuesta depende de la carga de trabajo, del tipo de problema y de que tengamos toda la información "
        "necesaria. Le avisaremos cada novedad." + SIGNATURE
    )
    to_customer(session, ticket, f"ticket-{ticket.number}-received", f"Recibimos su ticket {ticket.number}", body, now)
    to_staff(session, ticket, f"ticket-{ticket.number}-new", f"Ticket nuevo {ticket.number}: {ticket.subject}", now)


def staff_answered(
    session: Session, ticket: Ticket, message: TicketMessage, link: str, now: datetime, promised: str | None = None
) -> None:
    """News to the customer, and the time ``promised`` for the next ones; the mail waits while the answer can be taken back."""
    status = STATUS_NAMES[Status(ticket.status)]
    promise = f"Seguimos trabajando en su ticket: le escribiremos de nuevo {promised}.\n\n" if promised else ""
    body = (
        f"Hola, {ticket.customer.name}:\n\nHay una novedad en su ticket {ticket.number} ({status}):\n\n{message.body}\n\n"
        f"{promise}Para responder o ver todo el ticket: {link}" + ratings.invitation(session, ticket, link, now) + SIGNATURE
    )
    row = to_customer(session, ticket, f"message-{message.id}", f"Novedad en su ticket {ticket.number}", body, now)
    if row is not None:
        row.due_at = message.held_until or now


def status_changed(session: Session, ticket: Ticket, event_id: int, link: str, now: datetime) -> None:
    """The customer learns that his ticket was solved or closed, or that it waits on him."""
    status = STATUS_NAMES[Status(ticket.status)]
    text = f"Hola, {ticket.customer.name}:\n\nEl estado de su ticket {ticket.number} es ahora: {status}.\n\n{link}"
    body = text + ratings.invitation(session, ticket, link, now) + SIGNATURE
    to_customer(session, ticket, f"event-{event_id}", f"Su ticket {ticket.number}: {status}", body, now)


def customer_replied(session: Session, ticket: Ticket, message: TicketMessage, now: datetime) -> None:
    """Staff learn of a reply."""
    to_staff(session, ticket, f"message-{message.id}", f"Respuesta del cliente en {ticket.number}: {ticket.subject}", now)


def customer_changed_status(session: Session, ticket: Ticket, event_id: int, now: datetime) -> None:
    """Staff learn that the customer found it solved, or opened it again."""
    what = "El cliente lo dio por resuelto" if ticket.status == Status.SOLVED else "El cliente lo reabrió"
    to_staff(session, ticket, f"event-{event_id}", f"{what}: {ticket.number}: {ticket.subject}", now)


def code_asked(session: Session, recipient: str, code: str, lifetime: timedelta, now: datetime, leaves: bool) -> None:
    """The code to log in to the chat; with ``leaves`` False the row is written and goes nowhere."""
    body = (
        f"Hola:\n\nSu código para identificarse en el chat de la Mesa de Ayuda es:\n\n    {code}\n\n"
        "Escríbalo en la misma conversación en la que lo pidió. Vale "
        f"{lifetime // timedelta(minutes=1)} minutos y se puede usar una sola vez.\n\n"
        "No le dé este código a nadie: ninguna persona de CSIserver se lo va a pedir por teléfono, por correo ni por "
        "mensaje. Si usted no lo pidió, no hace falta que haga nada: sin el código nadie entra a su cuenta." + SIGNATURE
    )
    subject = "Su código para la Mesa de Ayuda"
    until = (now + lifetime).isoformat()
    row = enqueue_mail(session, f"code-{uuid.uuid4()}", recipient, subject, body, now, useless_after=until)
    if not leaves:
        row.state, row.content = VOID, {**row.content, "body": ""}


def to_customer(session: Session, ticket: Ticket, key: str, subject: str, body: str, now: datetime) -> OutboxRow | None:
    """A mail about his ticket to the customer; None where he has no address any more."""
    if not ticket.customer.addresses:
        return None
    recipient = ticket.customer.addresses[0].address
    return enqueue_mail(session, key, recipient, subject, body, now, ticket=ticket.number, auto_submitted="auto-generated")


def to_staff(session: Session, ticket: Ticket, key: str, subject: str, now: datetime) -> None:
    """A mail about a ticket to each of its audience, see desk.followers."""
    for member in audience(session, ticket):
        body = f"{ticket.subject}\n\nÁrea: {AREA_NAMES[ticket.area]}\nCliente: {ticket.customer.name}\n\nVéalo en la consola."
        own_key = f"{key}-{member.id}"
        enqueue_mail(session, own_key, member.email, subject, body, now, ticket=ticket.number, auto_submitted="auto-generated")
