"""The mails about an incident to whoever has no ticket for it, and to staff about one that is only suspected."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.incident_models import Incident
from escalation.mail.rendering import SIGNATURE
from escalation.models import Customer, Staff
from escalation.notices import AREA_NAMES
from escalation.outbox import enqueue_mail


def told(session: Session, incident: Incident, customer: Customer, text: str, key: str, is_over: bool, now: datetime) -> None:
    """News of it, or that it is over."""
    subject = f"{'Resuelto' if is_over else 'Novedades'}: {incident.title}"
    body = f"Hola, {customer.name}:\n\n{text}\n\nNos pidió en el chat que le avisáramos.{SIGNATURE}"
    enqueue_mail(session, key, customer.addresses[0].address, subject, body, now, auto_submitted="auto-generated")


def suspected(session: Session, area: str, place: str, numbers: list[str], key: str, now: datetime) -> None:
    """To each of active staff: several customers report the same."""
    where = f"{AREA_NAMES[area]}{f', {place}' if place else ''}"
    subject = f"Posible incidente: {len(numbers)} reportes parecidos ({where})"
    body = (
        f"En poco tiempo llegaron {len(numbers)} reportes parecidos de distintos clientes ({where}):\n\n"
        + "\n".join(numbers)
        + "\n\nSi es un incidente general, declárelo en la consola: quien pregunte lo sabrá antes de abrir otro ticket."
        + SIGNATURE
    )
    for member in session.scalars(select(Staff).where(Staff.active).order_by(Staff.email)):
        enqueue_mail(session, f"{key}-{member.id}", member.email, subject, body, now, auto_submitted="auto-generated")
