"""Tickets for programs with a token: page through them, read one, open, write, change the status."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import g
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from escalation import feeds, integrations, tickets
from escalation.api.document import KEY_HEADER
from escalation.api.door import KEY_MISSING, blueprint, idempotency_key
from escalation.api.integration_schemas import (
    NewTicketBody,
    ThreadMessage,
    TicketChange,
    TicketDetail,
    TicketPage,
    TicketsQuery,
    WriteBody,
)
from escalation.api.paging import cursor_of
from escalation.api_tokens import Scope
from escalation.auth.access import needs
from escalation.errors import StaleTicket
from escalation.models import Author, Status, Ticket, TicketMessage
from wire.problem import problem

Result = TypeVar("Result")
NO_TICKET = {"description": "There is no such ticket"}
STALE = {"description": "Somebody else changed it since, or a ticket cannot go from its status to this one"}


@blueprint.route("/tickets", methods=["GET"])
@needs(Scope.TICKETS_READ)
@blueprint.arguments(TicketsQuery, location="query", error_status_code=400)
@blueprint.response(200, TicketPage)
def list_tickets(query: dict[str, Any]) -> dict[str, Any]:
    """Tickets, the one that changed longest ago first; `next` leads on. Ask from the last `updated_at` on to keep up."""
    wanted = feeds.TicketFilter(query["status"], query["area"], query["customer"], query["updated_since"])
    found, place = feeds.tickets_page(g.session, wanted, query["cursor"], query["limit"])
    return {"tickets": found, "next": cursor_of(place)}


@blueprint.route("/tickets/<number>", methods=["GET"])
@needs(Scope.TICKETS_READ)
@blueprint.response(200, TicketDetail)
@blueprint.alt_response(404, **NO_TICKET)
def read_ticket(number: str) -> Ticket:
    """One ticket with its thread, internal notes too, and its history."""
    return tickets.find(g.session, number)


@blueprint.route("/customers/<customer_id>/tickets", methods=["POST"])
@needs(Scope.TICKETS_WRITE)
@blueprint.doc(parameters=[KEY_HEADER])
@blueprint.arguments(NewTicketBody, error_status_code=400)
@blueprint.response(201, TicketDetail)
@blueprint.alt_response(200, schema=TicketDetail, description="The ticket that this Idempotency-Key opened before")
@blueprint.alt_response(404, description="There is no such customer")
def open_for(body: dict[str, Any], customer_id: str) -> ResponseReturnValue:
    """Open a ticket for a customer, who is told as if he had opened it himself."""
    key = idempotency_key()
    if key is None:
        return problem(400, KEY_MISSING)

    def work() -> tuple[Ticket, bool]:
        person = integrations.customer(g.session, customer_id)
        report = tickets.Report(area=body["area"], fields=body["fields_"])
        own = integrations.own_key(g.api_token, key)
        return tickets.open_ticket(
            g.session, person, report, own, g.settings.area_url, datetime.now(UTC), g.settings.business_hours
        )

    ticket, made = committed(work)
    return ticket, 201 if made else 200  # type: ignore[return-value]


@blueprint.route("/tickets/<number>/messages", methods=["POST"])
@needs(Scope.TICKETS_WRITE)
@blueprint.doc(parameters=[KEY_HEADER])
@blueprint.arguments(WriteBody, error_status_code=400)
@blueprint.response(201, ThreadMessage)
@blueprint.alt_response(200, schema=ThreadMessage, description="What this Idempotency-Key wrote before")
@blueprint.alt_response(404, **NO_TICKET)
@blueprint.alt_response(409, **STALE)
def write_message(body: dict[str, Any], number: str) -> ResponseReturnValue:
    """Answer the customer, leave a note, or file what he said elsewhere (`author`: customer)."""
    key = idempotency_key()
    if key is None:
        return problem(400, KEY_MISSING)
    written = integrations.Written(body["body"], Author(body["author"]), body["internal"], key)

    def work() -> tuple[TicketMessage, bool]:
        return integrations.write(g.session, doing(), tickets.find(g.session, number), written)

    message, made = committed(work)
    return message, 201 if made else 200  # type: ignore[return-value]


@blueprint.route("/tickets/<number>", methods=["PATCH"])
@needs(Scope.TICKETS_WRITE)
@blueprint.arguments(TicketChange, error_status_code=400)
@blueprint.response(200, TicketDetail)
@blueprint.alt_response(404, **NO_TICKET)
@blueprint.alt_response(409, **STALE)
@blueprint.alt_response(422, description="Something that a ticket cannot have: an unknown assignee, a tag with other signs")
def change_ticket(body: dict[str, Any], number: str) -> Ticket:
    """Take a ticket to another status, or change what staff set on it; what is left out stays."""
    status, version = body.pop("status", None), body.pop("version")
    wanted = integrations.TicketUpdate(Status(status) if status else None, version, body)

    def work() -> Ticket:
        ticket = tickets.find(g.session, number)
        integrations.change(g.session, doing(), ticket, wanted)
        return ticket

    return committed(work)


def doing() -> integrations.Doing:
    """Who asks, and when."""
    return integrations.Doing(g.api_token, datetime.now(UTC), g.settings.area_url, g.settings.business_hours)


def committed(work: Callable[[], Result]) -> Result:
    """Do it and commit; once more on what is there now, where a twin or somebody of Soporte was faster by a moment.

    Raises:
        StaleTicket: he was so twice.
    """
    for _ in range(2):
        try:
            result = work()
            g.session.commit()
            return result
        except (IntegrityError, StaleDataError):
            g.session.rollback()
    raise StaleTicket("somebody else is changing this too; try again")
