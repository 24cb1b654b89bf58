"""The Área de Clientes: where a customer sees and follows his tickets. Works without JavaScript."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from escalation import attachments, customers, tickets
from escalation.auth.access import Caller, allow
from escalation.auth.login import log_in, log_out
from escalation.body_limits import SEVERAL_FILES, body_up_to
from escalation.customer_area import replies
from escalation.desk.life import thread_for_customer
from escalation.downloads import download
from escalation.models import Ticket
from escalation.sessions import Kind

blueprint = Blueprint("area", __name__, url_prefix="/area-clientes")

LIST_LENGTH = 100


@blueprint.get("/")
@allow(Caller.CUSTOMER)
def tickets_list() -> ResponseReturnValue:
    """His tickets, the freshest first."""
    query = select(Ticket).where(Ticket.customer_id == g.customer.id).order_by(Ticket.updated_at.desc()).limit(LIST_LENGTH)
    return render_template("area_list.html", tickets=g.session.scalars(query).all())


@blueprint.route("/ingresar", methods=["GET", "POST"])
@allow(Caller.PUBLIC)
def login() -> ResponseReturnValue:
    """E-mail and password."""
    return log_in(Kind.CUSTOMER, customers.prove_customer, "area_login.html", "area.tickets_list")


@blueprint.post("/salir")
@allow(Caller.CUSTOMER)
def logout() -> ResponseReturnValue:
    """End the session."""
    return log_out(Kind.CUSTOMER, "area.login")


@blueprint.get("/tickets/<number>")
@allow(Caller.CUSTOMER)
def ticket(number: str) -> ResponseReturnValue:
    """One ticket with its thread; internal notes stay inside the house."""
    return _page(tickets.find(g.session, number, g.customer))


@blueprint.post("/tickets/<number>")
@body_up_to(SEVERAL_FILES)
@allow(Caller.CUSTOMER)
def reply(number: str) -> ResponseReturnValue:
    """He writes, with files if he likes. What was typed comes back with the reason where it cannot be taken."""
    found = tickets.find(g.session, number, g.customer)
    body = request.form.get("body", "")
    # A browser sends an empty, nameless part where no file was chosen.
    files = [file for file in request.files.getlist("file") if file.filename]
    reason = replies.write(found, body, files)
    if reason is not None:
        return _page(tickets.find(g.session, number, g.customer), body, reason), 422
    flash("Su mensaje fue agregado al ticket.")
    return redirect(url_for("area.ticket", number=found.number))


@blueprint.get("/adjuntos/<attachment_id>")
@allow(Caller.CUSTOMER)
def attachment(attachment_id: str) -> ResponseReturnValue:
    """A file of his own, to be saved."""
    return download(attachments.find(g.session, attachment_id, g.customer))


def _page(found: Ticket, typed: str = "", error: str = "") -> str:
    thread = thread_for_customer(found, datetime.now(UTC))
    return render_template("area_ticket.html", ticket=found, thread=thread, typed=typed, error=error)
