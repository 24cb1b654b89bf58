"""Log-in of a conversation by a code that goes to the registered address, and leaving it again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response, g
from flask.typing import ResponseReturnValue

from escalation import bonds, codes
from escalation.api.chat_schemas import CodeBody, CodeRequestBody, SentView, VerifiedView
from escalation.api.door import blueprint
from escalation.auth.access import Caller, allow
from escalation.errors import LoginFailed


@blueprint.route("/conversations/<conversation_id>/code", methods=["POST"])
@allow(Caller.SERVICE)
@blueprint.arguments(CodeRequestBody, error_status_code=400)
@blueprint.response(202, SentView)
def send_code(body: dict[str, str], conversation_id: str) -> dict[str, str]:
    """Mail a code to this address if a customer registered it; the answer is the same for every address and limit."""
    codes.send_code(g.session, conversation_id, body["email"], g.settings.session_secret, datetime.now(UTC))
    g.session.commit()
    return {"status": "accepted"}


@blueprint.route("/conversations/<conversation_id>/code/verify", methods=["POST"])
@allow(Caller.SERVICE)
@blueprint.arguments(CodeBody, error_status_code=400)
@blueprint.response(200, VerifiedView)
@blueprint.alt_response(401, description="Wrong, too old, used up or never asked for; never says which")
def verify_code(body: dict[str, str], conversation_id: str) -> dict[str, Any]:
    """Bind the conversation to the customer who got this code by mail."""
    now = datetime.now(UTC)
    try:
        customer = codes.prove_code(g.session, conversation_id, body["code"], g.settings.session_secret, now)
    except LoginFailed:
        g.session.commit()  # the try counts
        raise
    bonds.bind(g.session, conversation_id, customer, g.settings.binding_lifetime, now)
    g.session.commit()
    return {"customer": customer, "bound_until": now + g.settings.binding_lifetime}


@blueprint.route("/conversations/<conversation_id>/customer", methods=["DELETE"])
@allow(Caller.SERVICE)
@blueprint.response(204)
def leave(conversation_id: str) -> ResponseReturnValue:
    """The customer leaves the conversation; the same where nobody is bound."""
    bonds.release(g.session, conversation_id, datetime.now(UTC))
    g.session.commit()
    return Response(status=204)
