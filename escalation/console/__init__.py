"""The staff console: lists of tickets, and one ticket at a time."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm.exc import StaleDataError

from escalation import attachments, customers, tickets
from escalation.auth.access import Caller, allow
from escalation.auth.login import log_in, log_out
from escalation.console import queue_page, ticket_page
from escalation.console.acts import hold_of
from escalation.downloads import download
from escalation.errors import InvalidReport, NotAllowed, StaleTicket
from escalation.models import Status
from escalation.sessions import Kind
from escalation.tickets import StaffUpdate

blueprint = Blueprint("console", __name__, url_prefix="/consola")


@blueprint.get("/")
@allow(Caller.AGENT)
def queue() -> ResponseReturnValue:
    """A list of tickets: a queue with its filters, or what a search found."""
    return queue_page.render()


@blueprint.route("/ingresar", methods=["GET", "POST"])
@allow(Caller.PUBLIC)
def login() -> ResponseReturnValue:
    """Staff log in."""
    return log_in(Kind.STAFF, customers.prove_staff, "console_login.html", "console.queue")


@blueprint.post("/salir")
@allow(Caller.AGENT)
def logout() -> ResponseReturnValue:
    """End the session."""
    return log_out(Kind.STAFF, "console.login")


@blueprint.get("/tickets/<number>")
@allow(Caller.AGENT)
def ticket(number: str) -> ResponseReturnValue:
    """One ticket: fields, thread, transcript, history, and the form to answer. A merged one leads to where it went."""
    found = tickets.find(g.session, number)
    if found.number != number:
        return redirect(url_for("console.ticket", number=found.number))
    return ticket_page.render(found)


@blueprint.post("/tickets/<number>")
@allow(Caller.AGENT)
def update(number: str) -> ResponseReturnValue:
    """An answer or a note, a status, or both. What was typed comes back with the reason where it cannot be done."""
    found = tickets.find(g.session, number)
    typed = request.form.get("body", "")
    try:
        change = StaffUpdate(
            body=typed,
            status=Status(request.form.get("status", found.status)),
            version=int(request.form.get("version", "0")),
            internal=request.form.get("internal") == "1",
            hold=hold_of(request.form.get("hold")),
        )
        hours = g.settings.business_hours
        tickets.update_as_staff(g.session, found, g.staff, change, g.settings.area_url, datetime.now(UTC), hours)
        g.session.commit()
    except (StaleTicket, StaleDataError):
        g.session.rollback()
        return ticket_page.render(
            tickets.find(g.session, number),
            typed,
            "Otra persona cambió este ticket. Revise lo nuevo y vuelva a enviar.",
        ), 409
    except NotAllowed:
        g.session.rollback()
        return ticket_page.render(tickets.find(g.session, number), typed, "Ese cambio de estado no es posible."), 409
    except (InvalidReport, ValueError):
        g.session.rollback()
        return ticket_page.render(tickets.find(g.session, number), typed, "Escriba una respuesta o elija otro estado."), 422
    flash("Enviado.")
    return redirect(url_for("console.ticket", number=found.number))


@blueprint.get("/adjuntos/<attachment_id>")
@allow(Caller.AGENT)
def attachment(attachment_id: str) -> ResponseReturnValue:
    """A customer's file, to be saved."""
    return download(attachments.find(g.session, attachment_id))
