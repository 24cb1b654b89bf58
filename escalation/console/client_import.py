"""Customers from a file, in two steps: what it would do, line by line, then doing it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from escalation import customer_import
from escalation.auth.access import Caller, allow
from escalation.auth.staff_login import actor
from escalation.body_limits import FORM_BYTES, body_up_to
from escalation.customer_import import Problem
from escalation.errors import InvalidReport, NotFound

blueprint = Blueprint("client_import", __name__, url_prefix="/consola/clientes-importar")
SHOWN = 100


@blueprint.get("/")
@allow(Caller.ADMIN)
def form() -> ResponseReturnValue:
    """What a file must look like."""
    return render_template("console_import.html", limit=customer_import.LINES_MAX)


@blueprint.post("/")
@allow(Caller.ADMIN)
@body_up_to(customer_import.BYTES_MAX + FORM_BYTES)
def look() -> ResponseReturnValue:
    """Looks it over; nothing is registered yet."""
    sent = request.files.get("file")
    data = sent.read(customer_import.BYTES_MAX + 1) if sent else b""
    if len(data) > customer_import.BYTES_MAX:
        return _form(_("El archivo es demasiado grande.")), 413
    try:
        found = customer_import.look_over(g.session, data)
    except InvalidReport as refused:
        return _form(_refused(refused.fields["file"])), 422
    waiting = customer_import.keep(g.session, found, g.staff, datetime.now(UTC)) if found.lines else ""
    g.session.commit()
    return render_template(
        "console_import_look.html",
        waiting=waiting,
        lines=found.lines[:SHOWN],
        count=len(found.lines),
        problems=said(found.problems),
    )


@blueprint.post("/<import_id>")
@allow(Caller.ADMIN)
def apply(import_id: str) -> ResponseReturnValue:
    """Registers what was good."""
    try:
        count, problems = customer_import.apply(g.session, import_id, g.staff, actor(), datetime.now(UTC))
        g.session.commit()
    except NotFound:
        g.session.rollback()
        return _form(_("Esa importación ya se confirmó o venció. Elija el archivo de nuevo.")), 404
    except IntegrityError:
        g.session.rollback()
        return _form(_("Mientras tanto se registró una de esas direcciones. Elija el archivo de nuevo.")), 409
    flash(_("Se registraron %(count)s clientes.", count=count))
    if problems:
        return render_template("console_import_look.html", waiting="", lines=[], count=0, problems=said(problems))
    return redirect(url_for("clients.listing"))


def said(problems: Iterable[Problem]) -> list[tuple[int, str]]:
    """Line and reason, as people read it."""
    texts = {
        customer_import.NO_ADDRESS: _("falta la dirección de correo"),
        customer_import.BAD_ADDRESS: _("no es una dirección de correo"),
        customer_import.TAKEN: _("la dirección ya está registrada"),
        customer_import.TWICE: _("la dirección está dos veces; entre paréntesis, la otra línea"),
        customer_import.BAD_DOMAIN: _("no es un dominio"),
        customer_import.BAD_MAILBOX: _("no es una casilla de correo"),
        customer_import.LONG_NAME: _("el nombre es demasiado largo"),
        customer_import.WIDE: _("tiene más columnas que el encabezado"),
    }
    return [(each.number, f"{texts[each.reason]}: {each.value}" if each.value else texts[each.reason]) for each in problems]


def _refused(why: str) -> str:
    return {
        customer_import.NOT_TEXT: _("No es un archivo CSV. En Excel elija «Guardar como» y «CSV»."),
        customer_import.NO_COLUMN: _("Falta una columna «email» en la primera línea."),
        customer_import.EMPTY: _("El archivo no tiene ninguna línea con datos."),
        customer_import.TOO_LONG: _("Son demasiadas líneas: divida el archivo."),
    }[why]


def _form(error: str) -> str:
    return render_template("console_import.html", limit=customer_import.LINES_MAX, error=error)
