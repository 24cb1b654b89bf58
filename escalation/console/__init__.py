"""The staff console: lists of tickets, and one ticket at a time."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from escalation import attachments, audit, tickets
from escalation.auth import staff_login
from escalation.auth.access import Caller, allow
from escalation.console import answer_form, queue_page, ticket_page
from escalation.console.audited import note_apart
from escalation.downloads import download

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
    found = attachments.find(g.session, attachment_id)
    answer = download(found)
    note_apart(audit.ATTACHMENT_READ, found.id, ticket=found.ticket_id or 0)
    return answer
