"""The words of each mail about a customer's rights over his data. Plain text, es-AR, courteous usted."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.account_notices import SIGNATURE
from escalation.area_models import DataRequest
from escalation.models import Customer, Role, Staff
from escalation.outbox import enqueue_mail

TIME_ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
NAME = "solicitud de supresión de datos (Ley 25.326)"
TITLE = "Solicitud de supresión de datos (Ley 25.326)"


def erasure_asked(session: Session, customer: Customer, request: DataRequest, now: datetime) -> None:
    """Confirmation to the customer, and the task to the administrators."""
    day = _day(request.due_at)
    text = (
        f"Recibimos su {NAME}. La vamos a responder a más tardar el {day}.\n\nAl cumplirla borramos su nombre, sus direcciones, "
        "sus mensajes y sus archivos, y su cuenta deja de existir; no se puede deshacer. Sólo queda lo que otra ley nos obliga a "
        "conservar y la constancia de esta solicitud.\n\nHasta entonces puede retirarla en el Área de Clientes, en «Sus datos». "
        "Si usted no la pidió, cambie su contraseña y retírela."
    )
    _to_customer(session, f"erasure-{request.id}", customer, f"Recibimos su {NAME}", text, now)
    _to_admins(session, f"erasure-{request.id}", f"{TITLE}: responder antes del {day}", now)


def erasure_withdrawn(session: Session, customer: Customer, request: DataRequest, now: datetime) -> None:
    """The same to both."""
    text = f"Su {NAME} quedó retirada. Su cuenta y sus datos siguen como estaban."
    _to_customer(session, f"erasure-withdrawn-{request.id}", customer, f"Retiró su {NAME}", text, now)
    _to_admins(session, f"erasure-withdrawn-{request.id}", f"{TITLE}: retirada por el cliente", now)


def erased(session: Session, recipient: str, request: DataRequest, now: datetime) -> None:
    """The last mail that he gets from us; his address is forgotten once it left."""
    body = (
        f"Hola:\n\nCumplimos su {NAME} del {_day(request.asked_at)}: su cuenta, sus mensajes y sus archivos ya no están en nuestro "
        f"sistema de tickets. Como constancia guarde este número: {request.id}." + SIGNATURE
    )
    enqueue_mail(session, f"erased-{request.id}", recipient, f"Cumplimos su {NAME}", body, now, forget_recipient="yes")


def _to_customer(session: Session, key: str, customer: Customer, subject: str, text: str, now: datetime) -> None:
    body = f"Hola, {customer.name}:\n\n{text}{SIGNATURE}"
    enqueue_mail(session, key, customer.addresses[0].address, subject, body, now)


def _to_admins(session: Session, key: str, subject: str, now: datetime) -> None:
    body = f"{subject}.\n\nVéala en la consola, en «Supresiones»."
    active = session.scalars(select(Staff).where(Staff.active)).all()
    # A desk without an administrator must still learn that the law's time runs.
    for member in [one for one in active if one.role == Role.ADMIN] or active:
        enqueue_mail(session, f"{key}-{member.id}", member.email, subject, body, now)


def _day(at: datetime | None) -> str:
    return at.astimezone(TIME_ZONE).strftime("%d/%m/%Y") if at else ""
