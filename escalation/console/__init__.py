"""The staff console: lists of tickets, and one ticket at a time."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from escalation import attachments, customers, tickets
from escalation.auth.access import Caller, allow
from escalation.auth.login import log_in, log_out
from escalation.console import answer_form, queue_page, ticket_page
from escalation.downloads import download
from escalation.sessions import Kind

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
        return redirect(url_for("console.ticket", number=found.number, **request.args.to_dict(flat=False)))
    return ticket_page.render(found)


@blueprint.post("/tickets/<number>")
@allow(Caller.AGENT)
def update(number: str) -> ResponseReturnValue:
    """An answer or a note, a status, or both; then the next ticket opens."""
    return answer_form.take(number)


@blueprint.get("/adjuntos/<attachment_id>")
@allow(Caller.AGENT)
def attachment(attachment_id: str) -> ResponseReturnValue:
    """A customer's file, to be saved."""
    return download(attachments.find(g.session, attachment_id))
