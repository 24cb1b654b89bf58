"""The one blueprint of ``/api/v1`` and what its routes share: errors as problem details, origins, who is bound."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Response, g, request
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint

from escalation import bonds, promises
from escalation.api.parsing import SoundParser
from escalation.api.schemas import CONVERSATION_ID_MAX
from escalation.errors import STATUS_OF, DeskError, NotBound, TooManyAttempts
from escalation.models import Customer, Status, Ticket
from escalation.throttle import WINDOW
from wire.problem import problem


class Door(Blueprint):
    """flask-smorest's blueprint, reading JSON our way."""

    ARGUMENTS_PARSER = SoundParser()


blueprint = Door("api", __name__, url_prefix="/api/v1", description="Tickets and conversations")

KEY_MAX = 100
KEY_MISSING = f"send the header Idempotency-Key, 1 to {KEY_MAX} characters, the same on every retry"


@blueprint.errorhandler(DeskError)
def desk_error(error: DeskError) -> ResponseReturnValue:
    """Rules' errors as problem details."""
    response = problem(STATUS_OF[type(error)], str(error), code=error.code, fields=error.fields)
    if isinstance(error, TooManyAttempts):
        response.headers["Retry-After"] = str(int(WINDOW.total_seconds()))
    return response


@blueprint.before_request
def sound_conversation() -> ResponseReturnValue | None:
    """An id that no door ever issued would not fit its column."""
    if len((request.view_args or {}).get("conversation_id", "")) > CONVERSATION_ID_MAX:
        return problem(404, "there is no such conversation")
    return None


def bound_customer(conversation_id: str, moment: datetime | None = None) -> Customer:
    """Who logged in to the conversation; with a past ``moment``, who was logged in then.

    Raises:
        NotBound: nobody, or his time is over. The name of a visitor may be known, his rights are not.
    """
    now = datetime.now(UTC)
    if moment is None:
        customer = bonds.customer_of(g.session, conversation_id, now)
    else:
        # Never who is logged in by now: a shared computer may have changed hands.
        customer = bonds.customer_at(g.session, conversation_id, moment, now)
    if customer is None:
        raise NotBound("no customer has logged in to this conversation; see conversation-login")
    return customer


def idempotency_key() -> str | None:
    """The header Idempotency-Key, or None where it is missing or too long: answer 400 with :data:`KEY_MISSING`."""
    key = request.headers.get("Idempotency-Key", "").strip()
    # Latin-1 letters in headers are read in as many ways as there are proxies (RFC 9110 5.5).
    return key if 0 < len(key) <= KEY_MAX and key.isascii() and key.isprintable() else None


@blueprint.after_request
def cross_origin(response: Response) -> Response:
    """The widget on the company's pages logs in from another origin; only those named by the setting may."""
    wanted = request.headers.get("Origin")
    if wanted and wanted in g.settings.widget_origins:
        response.headers["Access-Control-Allow-Origin"] = wanted
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.headers["Vary"] = "Origin"
    response.headers["Cache-Control"] = "no-store"
    return response


def promised_of(ticket: Ticket) -> str | None:
    """Before when staff will answer, as a person says it; None where nothing is promised or staff's turn is over."""
    if ticket.promised_at is None or ticket.status not in (Status.NEW, Status.OPEN):
        return None
    return promises.spoken(ticket.promised_at, datetime.now(UTC), g.settings.business_hours)
