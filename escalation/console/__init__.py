"""The staff console: the queue and one ticket at a time."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.exc import StaleDataError

from escalation import attachments, audit, tickets
from escalation.auth import staff_login
from escalation.auth.access import Caller, allow
from escalation.console import ticket_page
from escalation.console.acts import hold_of
from escalation.console.audited import note_apart
from escalation.customer_tickets import UNFINISHED
from escalation.downloads import download
from escalation.errors import InvalidReport, NotAllowed, StaleTicket
from escalation.models import Status, Ticket
from escalation.tickets import StaffUpdate

blueprint = Blueprint("console", __name__, url_prefix="/consola")

QUEUE_LENGTH = 100


@blueprint.get("/")
@allow(Caller.AGENT)
def queue() -> ResponseReturnValue:
    """Tickets to work on, the one that waits longest first; ``?estado=todos`` shows every one, freshest first."""
    everything = request.args.get("estado") == "todos"
    query = select(Ticket).options(joinedload(Ticket.customer)).limit(QUEUE_LENGTH)
    if everything:
        query = query.order_by(Ticket.updated_at.desc())
    else:
        query = query.where(Ticket.status.in_(UNFINISHED)).order_by(Ticket.updated_at)
    return render_template("console_queue.html", tickets=g.session.scalars(query).all(), everything=everything)


@blueprint.route("/ingresar", methods=["GET", "POST"])
@allow(Caller.PUBLIC)
def login() -> ResponseReturnValue:
    """Staff log in."""
    return staff_login.log_in()


@blueprint.route("/ingresar/codigo", methods=["GET", "POST"])
@allow(Caller.PUBLIC)
def second_step() -> ResponseReturnValue:
    """The second factor, after the password was right."""
    return staff_login.second_step()


@blueprint.post("/salir")
@allow(Caller.AGENT)
def logout() -> ResponseReturnValue:
    """End the session."""
    return staff_login.leave()


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
    found = attachments.find(g.session, attachment_id)
    answer = download(found)
    note_apart(audit.ATTACHMENT_READ, found.id, ticket=found.ticket_id or 0)
    return answer
