"""A customer's tickets from the chat: list, reply, solve, reopen. The customer is whoever is bound to the conversation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import g
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from escalation import customer_tickets, tickets
from escalation.api.document import KEY_HEADER
from escalation.api.door import KEY_MISSING, blueprint, bound_customer, idempotency_key, promised_of
from escalation.api.ticket_schemas import MessageBody, RepliedView, SimilarBody, SimilarView, TicketLine, TicketLines
from escalation.auth.access import Caller, allow
from escalation.models import Status, Ticket, TicketMessage
from escalation.notices import STATUS_NAMES
from escalation.similar import Described, similar_ticket
from wire.problem import problem

Result = TypeVar("Result")

NOT_BOUND = {"description": "No customer is bound to the conversation"}
NOT_HIS = {"description": "There is no such ticket, or it is somebody else's"}


@blueprint.route("/conversations/<conversation_id>/tickets", methods=["GET"])
@allow(Caller.SERVICE)
@blueprint.response(200, TicketLines)
@blueprint.alt_response(403, **NOT_BOUND)
def open_tickets(conversation_id: str) -> dict[str, Any]:
    """The customer's tickets that are not solved or closed, newest first, at most ten."""
    found = customer_tickets.unfinished(g.session, bound_customer(conversation_id), datetime.now(UTC))
    return {"tickets": [line_of(ticket) for ticket in found]}


@blueprint.route("/conversations/<conversation_id>/similar", methods=["POST"])
@allow(Caller.SERVICE)
@blueprint.arguments(SimilarBody, error_status_code=400)
@blueprint.response(200, SimilarView)
@blueprint.alt_response(403, **NOT_BOUND)
def similar(body: dict[str, Any], conversation_id: str) -> dict[str, Any]:
    """Has he an open ticket about the same thing? A second one would split what Soporte knows."""
    report = Described(body["site"], body["description"], body["vector"])
    found = similar_ticket(g.session, bound_customer(conversation_id), report)
    return {"ticket": line_of(found) if found else None}


@blueprint.route("/conversations/<conversation_id>/tickets/<number>/messages", methods=["POST"])
@allow(Caller.SERVICE)
@blueprint.doc(parameters=[KEY_HEADER])
@blueprint.arguments(MessageBody, error_status_code=400)
@blueprint.response(201, RepliedView)
@blueprint.alt_response(200, schema=RepliedView, description="What this Idempotency-Key wrote before")
@blueprint.alt_response(403, **NOT_BOUND)
@blueprint.alt_response(404, **NOT_HIS)
def add_message(body: dict[str, str], conversation_id: str, number: str) -> ResponseReturnValue:
    """Write to Soporte in one of his tickets; header Idempotency-Key (1 to 100 characters) required.

    The files that wait in the conversation go along.
    """
    key = idempotency_key()
    if key is None:
        return problem(400, KEY_MISSING)

    def reply() -> tuple[Ticket, TicketMessage, bool]:
        ticket = tickets.find(g.session, number, bound_customer(conversation_id))
        return ticket, *customer_tickets.reply_once(
            g.session, ticket, body["body"], key, conversation_id, datetime.now(UTC), g.settings.business_hours
        )

    ticket, message, made = _committed(reply)
    sent = [file for file in ticket.attachments if file.message_id == message.id]
    return {"ticket": line_of(ticket), "message": message, "attachments": sent}, 201 if made else 200


@blueprint.route("/conversations/<conversation_id>/tickets/<number>/solve", methods=["POST"])
@allow(Caller.SERVICE)
@blueprint.response(200, TicketLine)
@blueprint.alt_response(403, **NOT_BOUND)
@blueprint.alt_response(404, **NOT_HIS)
@blueprint.alt_response(409, description="It is closed already")
def solve(conversation_id: str, number: str) -> dict[str, Any]:
    """The customer says that it is solved; the same where it already is."""
    return _change(conversation_id, number, Status.SOLVED)


@blueprint.route("/conversations/<conversation_id>/tickets/<number>/reopen", methods=["POST"])
@allow(Caller.SERVICE)
@blueprint.response(200, TicketLine)
@blueprint.alt_response(403, **NOT_BOUND)
@blueprint.alt_response(404, **NOT_HIS)
@blueprint.alt_response(409, description="It was never finished")
def reopen(conversation_id: str, number: str) -> dict[str, Any]:
    """The customer says that it is not solved after all; the same where it is open."""
    return _change(conversation_id, number, Status.OPEN)


def line_of(ticket: Ticket) -> dict[str, Any]:
    """A ticket as :class:`TicketLine` tells it."""
    names = ("number", "subject", "area", "status", "created_at", "promised_at")
    return {
        **{name: getattr(ticket, name) for name in names},
        "status_name": STATUS_NAMES[Status(ticket.status)],
        "last_news": customer_tickets.last_news(ticket, datetime.now(UTC)),
        "link": tickets.link_of(ticket, g.settings.area_url),
        "promised": promised_of(ticket),
    }


def _change(conversation_id: str, number: str, status: Status) -> dict[str, Any]:
    def change() -> Ticket:
        ticket = tickets.find(g.session, number, bound_customer(conversation_id))
        customer_tickets.change(g.session, ticket, status, datetime.now(UTC), g.settings.business_hours)
        return ticket

    return line_of(_committed(change))


def _committed(work: Callable[[], Result]) -> Result:
    try:
        result = work()
        g.session.commit()
    except (IntegrityError, StaleDataError):
        # Its twin, or somebody of Soporte, was faster by a moment: do it on what is there now.
        g.session.rollback()
        result = work()
        g.session.commit()
    return result
