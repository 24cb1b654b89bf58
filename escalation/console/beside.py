"""Parts of a ticket's page that come after it, or anew while it is open: the thread, what is alike, answers to insert."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from escalation import tickets
from escalation.auth.access import Caller, allow
from escalation.console import ticket_page
from escalation.desk import precedents, saved_replies
from escalation.mail import understanding
from escalation.models import Ticket

blueprint = Blueprint("beside", __name__, url_prefix="/consola/tickets/<number>")

CANDIDATES_SHOWN = 3
REPLIES_SHOWN = 12


@blueprint.get("/hilo")
@allow(Caller.AGENT)
def thread(number: str) -> ResponseReturnValue:
    """Head and thread as they are now."""
    return ticket_page.thread(tickets.find(g.session, number))


@blueprint.get("/parecidos")
@allow(Caller.AGENT)
def alike(number: str) -> ResponseReturnValue:
    """Published answers and solved tickets about the same. It asks the front door, and so comes after the page."""
    found = tickets.find(g.session, number)
    ticket_id, area, vector, question = found.id, found.area, found.vector, _question(found)
    # Nothing is held in the database while another service is asked.
    g.session.rollback()
    understood = understanding.at(g.settings.front_url, g.settings.service_token)(question)
    known = vector or (understood.vector if understood else None)
    return render_template(
        "console_alike.html",
        candidates=understood.candidates[:CANDIDATES_SHOWN] if understood else (),
        is_understood=understood is not None,
        precedents=precedents.alike(g.session, area, known, ticket_id) if known else (),
    )


@blueprint.get("/respuestas")
@allow(Caller.AGENT)
def replies(number: str) -> ResponseReturnValue:
    """Saved replies whose title or text has all of ``q``, filled in for this ticket; those of its service area first."""
    found, now, words = tickets.find(g.session, number), datetime.now(UTC), request.args.get("q", "").lower().split()
    fitting = [
        reply
        for reply in saved_replies.all_of(g.session, found.area)
        if all(word in f"{reply.title} {reply.body}".lower() for word in words)
    ]
    hours = g.settings.business_hours
    filled = [(reply.title, saved_replies.filled(reply, found, g.staff, now, hours)) for reply in fitting[:REPLIES_SHOWN]]
    return render_template("console_replies_found.html", replies=filled, more=len(fitting) - len(filled), asked=bool(words))


def _question(ticket: Ticket) -> str:
    told = (ticket.subject, ticket.fields.get("description"), ticket.fields.get("error_message"))
    return "\n".join(dict.fromkeys(str(text) for text in told if text))
