"""The Área de Clientes: where a customer sees and follows his tickets. Works without JavaScript."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from escalation import customers, tickets
from escalation.auth.access import Caller, allow
from escalation.auth.login import log_in, log_out
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
    found = tickets.find(g.session, number, g.customer)
    thread = [message for message in found.messages if not message.internal]
    return render_template("area_ticket.html", ticket=found, thread=thread)


@blueprint.post("/tickets/<number>")
@allow(Caller.CUSTOMER)
def reply(number: str) -> ResponseReturnValue:
    """He writes."""
    found = tickets.find(g.session, number, g.customer)
    body = request.form.get("body", "")
    if not body.strip():
        flash("Escriba su mensaje antes de enviarlo.")
    else:
        tickets.reply_as_customer(g.session, found, body, datetime.now(UTC))
        g.session.commit()
        flash("Su mensaje fue agregado al ticket.")
    return redirect(url_for("area.ticket", number=found.number))
