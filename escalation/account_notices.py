"""The words of each mail about an account. Plain text, es-AR, courteous usted."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from escalation.mail.rendering import SIGNATURE
from escalation.models import Customer
from escalation.outbox import VOID, enqueue_mail

NOT_YOU = (
    "Si no fue usted, recupere su contraseña en el Área de Clientes y avísenos en seguida respondiendo desde una dirección "
    "registrada a soporte@csiserver.com."
)


def recovery_asked(session: Session, recipient: str, link: str, lifetime: timedelta, now: datetime, leaves: bool) -> None:
    """The link to choose a new password; with ``leaves`` False the row is written and goes nowhere."""
    minutes = lifetime // timedelta(minutes=1)
    body = (
        "Hola:\n\nPara elegir una contraseña nueva del Área de Clientes abra este enlace:\n\n"
        f"{link}\n\nVale {minutes} minutos y se puede usar una sola vez.\n\n"
        "Si usted no lo pidió, no hace falta que haga nada: su contraseña sigue siendo la misma. No le dé este enlace a "
        "nadie; ninguna persona de CSIserver se lo va a pedir." + SIGNATURE
    )
    _secret(session, "recovery", recipient, "Elija una contraseña nueva", body, lifetime, now, leaves)


def address_asked(
    session: Session, customer: Customer, recipient: str, link: str, lifetime: timedelta, now: datetime, leaves: bool
) -> None:
    """The link that proves an address; with ``leaves`` False the row is written and goes nowhere."""
    hours = lifetime // timedelta(hours=1)
    body = (
        f"Hola:\n\n{customer.name} pidió registrar esta dirección en su cuenta de CSIserver. Para confirmarlo, ingrese al Área de "
        f"Clientes con esa cuenta y abra este enlace:\n\n{link}\n\nVale {hours} horas.\n\n"
        "Si usted no tiene nada que ver con ese pedido, no hace falta que haga nada: sin su confirmación la dirección no se "
        "registra." + SIGNATURE
    )
    _secret(session, "address", recipient, "Confirme su dirección de correo", body, lifetime, now, leaves)


def password_changed(session: Session, customer: Customer, now: datetime) -> None:
    """To all his addresses: whoever changed it may hold one of them."""
    text = (
        "La contraseña de su cuenta en el Área de Clientes fue cambiada. Por seguridad se cerraron las demás sesiones y el "
        f"ingreso en el chat.\n\n{NOT_YOU}"
    )
    _to_all(session, customer, [], "Su contraseña fue cambiada", text, now)


def address_added(session: Session, customer: Customer, address: str, now: datetime) -> None:
    """To all his addresses."""
    text = f"La dirección {address} quedó registrada en su cuenta. Desde ella ya puede ingresar y escribir a Soporte.\n\n{NOT_YOU}"
    _to_all(session, customer, [], "Se agregó una dirección a su cuenta", text, now)


def address_removed(session: Session, customer: Customer, address: str, now: datetime) -> None:
    """To all that are left, and to the one that went."""
    text = f"La dirección {address} ya no está registrada en su cuenta.\n\n{NOT_YOU}"
    _to_all(session, customer, [address], "Se quitó una dirección de su cuenta", text, now)


def accounts_merged(session: Session, customer: Customer, now: datetime) -> None:
    """To all addresses of both."""
    text = (
        "Unimos sus cuentas en CSIserver: desde cualquiera de sus direcciones registradas ve todos sus tickets y servicios. La "
        "contraseña es la de la cuenta que queda; si no la recuerda, puede recuperarla en el Área de Clientes.\n\n"
        "Si usted no lo esperaba, avísenos en seguida respondiendo desde una dirección registrada a soporte@csiserver.com."
    )
    _to_all(session, customer, [], "Sus cuentas fueron unidas", text, now)


def _to_all(session: Session, customer: Customer, more: Iterable[str], subject: str, text: str, now: datetime) -> None:
    body = f"Hola, {customer.name}:\n\n{text}{SIGNATURE}"
    for address in {*(item.address for item in customer.addresses), *more}:
        enqueue_mail(session, f"account-{uuid.uuid4()}", address, subject, body, now, auto_submitted="auto-generated")


def _secret(
    session: Session, kind: str, recipient: str, subject: str, body: str, lifetime: timedelta, now: datetime, leaves: bool
) -> None:
    until = (now + lifetime).isoformat()
    row = enqueue_mail(session, f"{kind}-{uuid.uuid4()}", recipient, subject, body, now, useless_after=until)
    if not leaves:
        row.state, row.content = VOID, {**row.content, "body": ""}
