"""The log-in of a conversation by password, and opening a ticket. Each route opens and commits its transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response, g
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from escalation import bonds, customers, promises, tickets
from escalation.api.document import KEY_HEADER
from escalation.api.door import KEY_MISSING, blueprint, bound_customer, idempotency_key, promised_of
from escalation.api.schemas import LoginBody, TicketBody, TicketView
from escalation.auth.access import Caller, allow
from escalation.auth.login import origin
from escalation.errors import LoginFailed
from escalation.models import Customer, Ticket
from wire.problem import problem


@blueprint.route("/conversation-login", methods=["POST"])
@allow(Caller.CONVERSATION)
@blueprint.arguments(LoginBody, error_status_code=400)
@blueprint.response(204)
@blueprint.alt_response(401, description="Wrong pair, or no conversation token; never says which address exists")
@blueprint.alt_response(429, description="Too many attempts from this address")
def conversation_login(body: dict[str, str]) -> ResponseReturnValue:
    """Bind the caller's conversation to the customer of this e-mail and password."""
    now = datetime.now(UTC)
    try:
        customer = customers.prove_customer(g.session, body["email"], body["password"], origin(), now)
    except LoginFailed:
        g.session.commit()  # the failure counts
        raise
    bonds.bind(g.session, g.conversation_id, customer, g.settings.binding_lifetime, now)
    g.session.commit()
    return Response(status=204)


@blueprint.route("/tickets", methods=["POST"])
@allow(Caller.SERVICE, Caller.CONVERSATION)
@blueprint.doc(parameters=[KEY_HEADER])
@blueprint.arguments(TicketBody, error_status_code=400)
@blueprint.response(201, TicketView)
@blueprint.alt_response(200, schema=TicketView, description="The ticket that this Idempotency-Key opened before")
@blueprint.alt_response(403, description="No customer is bound to the conversation")
def create_ticket(body: dict[str, Any]) -> ResponseReturnValue:
    """Open a ticket for the customer bound to the conversation; header Idempotency-Key (1 to 100 characters) required.

    The conversation's draft with that key is marked sent in the same transaction.
    """
    key = idempotency_key()
    if key is None:
        return problem(400, KEY_MISSING)
    if g.get("is_service"):
        g.conversation_id = body.get("conversation_id")
        if not g.conversation_id:
            return problem(400, "conversation_id: which conversation's customer opens the ticket")
    kept = body["reported_at"] if g.get("is_service") else None
    customer = bound_customer(g.conversation_id, kept)
    # What the bot said is the bot's to tell: a customer's own call could put words into its mouth.
    by_bot = bool(g.get("is_service"))
    report = tickets.Report(
        area=body["area"],
        fields=body["fields_"],
        transcript=body["transcript"] if by_bot else [],
        shown_entries=body["shown_entries"] if by_bot else [],
        conversation_id=g.conversation_id,
        vector=body["vector"],
        late=kept is not None,
    )
    ticket, made = _open_once(customer, report, key)
    return _view(ticket), 201 if made else 200


def _open_once(customer: Customer, report: tickets.Report, key: str) -> tuple[Ticket, bool]:
    customer_id, area_url, hours = customer.id, g.settings.area_url, g.settings.business_hours
    try:
        opened = tickets.open_ticket(g.session, customer, report, key, area_url, datetime.now(UTC), hours)
        g.session.commit()
        return opened
    except IntegrityError:
        # Its twin was faster by a moment: the unique key decided, and the ticket is there now.
        g.session.rollback()
        customer = g.session.get_one(Customer, customer_id)
        return tickets.open_ticket(g.session, customer, report, key, area_url, datetime.now(UTC), hours)


def _view(ticket: Ticket) -> dict[str, Any]:
    names = ("number", "status", "area", "subject", "fields", "created_at", "promised_at", "attachments")
    return {
        **{name: getattr(ticket, name) for name in names},
        "link": tickets.link_of(ticket, g.settings.area_url),
        "promised": promised_of(ticket),
        "depends_on": promises.depends_on(tickets.missing_of(ticket.fields)),
    }
