"""The words of each mail that a ticket causes. Plain text, es-AR, courteous usted."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import chat_news
from escalation.models import Customer, Staff, Status, Ticket, TicketMessage
from escalation.outbox import VOID, enqueue_mail

STATUS_NAMES = {
    Status.NEW: "Nuevo",
    Status.OPEN: "En curso",
    Status.WAITING: "Esperando su respuesta",
    Status.SOLVED: "Resuelto",
    Status.CLOSED: "Cerrado",
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
    _to_customer(session, ticket, f"ticket-{ticket.number}-received", f"Recibimos su ticket {ticket.number}", body, now)
    _to_staff(session, ticket, f"ticket-{ticket.number}-new", f"Ticket nuevo {ticket.number}: {ticket.subject}", now)


def staff_answered(session: Session, ticket: Ticket, message: TicketMessage, link: str, now: datetime) -> None:
    """News to the customer."""
    status = STATUS_NAMES[Status(ticket.status)]
    body = (
        f"Hola, {ticket.customer.name}:\n\nHay una novedad en su ticket {ticket.number} ({status}):\n\n{message.body}\n\n"
        f"Para responder o ver todo el ticket: {link}" + SIGNATURE
    )
    _to_customer(session, ticket, f"message-{message.id}", f"Novedad en su ticket {ticket.number}", body, now)
    chat_news.answered(session, ticket, message, status, link, now)


def status_changed(session: Session, ticket: Ticket, event_id: int, link: str, now: datetime) -> None:
    """The customer learns that his ticket was solved or closed, or that it waits on him."""
    status = STATUS_NAMES[Status(ticket.status)]
    body = f"Hola, {ticket.customer.name}:\n\nEl estado de su ticket {ticket.number} es ahora: {status}.\n\n{link}" + SIGNATURE
    _to_customer(session, ticket, f"event-{event_id}", f"Su ticket {ticket.number}: {status}", body, now)
    chat_news.status_changed(session, ticket, event_id, status, link, now)


def customer_replied(session: Session, ticket: Ticket, message: TicketMessage, now: datetime) -> None:
    """Staff learn of a reply."""
    _to_staff(session, ticket, f"message-{message.id}", f"Respuesta del cliente en {ticket.number}: {ticket.subject}", now)


def customer_changed_status(session: Session, ticket: Ticket, event_id: int, now: datetime) -> None:
    """Staff learn that the customer found it solved, or opened it again."""
    what = "El cliente lo dio por resuelto" if ticket.status == Status.SOLVED else "El cliente lo reabrió"
    _to_staff(session, ticket, f"event-{event_id}", f"{what}: {ticket.number}: {ticket.subject}", now)


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


def account_linked(session: Session, customer: Customer, key: str, now: datetime) -> None:
    """Whose account was linked to a conversation hears of it; who was lured into it can undo it."""
    body = (
        f"Hola, {customer.name}:\n\nSu cuenta quedó identificada en una conversación de Messenger con CSIserver: "
        "desde ella se pueden ver y abrir sus tickets.\n\nSi fue usted, no hace falta que haga nada; para salir, escriba "
        "«cerrar sesión» en esa conversación.\n\n"
        "Si no fue usted, cambie su contraseña y avísenos respondiendo este correo." + SIGNATURE
    )
    recipient = customer.addresses[0].address
    enqueue_mail(session, key, recipient, "Su cuenta en Messenger", body, now, auto_submitted="auto-generated")


def _to_customer(session: Session, ticket: Ticket, key: str, subject: str, body: str, now: datetime) -> None:
    recipient = ticket.customer.addresses[0].address
    enqueue_mail(session, key, recipient, subject, body, now, ticket=ticket.number, auto_submitted="auto-generated")


def _to_staff(session: Session, ticket: Ticket, key: str, subject: str, now: datetime) -> None:
    for member in session.scalars(select(Staff).where(Staff.active)):
        body = f"{ticket.subject}\n\nÁrea: {AREA_NAMES[ticket.area]}\nCliente: {ticket.customer.name}\n\nVéalo en la consola."
        own_key = f"{key}-{member.id}"
        enqueue_mail(session, own_key, member.email, subject, body, now, ticket=ticket.number, auto_submitted="auto-generated")
