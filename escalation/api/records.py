"""A customer's chats beside the screen: those on his other devices, and a copy by mail; asked by the front door."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import g
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate
from sqlalchemy.exc import IntegrityError

from escalation import transcripts
from escalation.api.chat_schemas import SentView
from escalation.api.door import KEY_MISSING, blueprint, bound_customer, idempotency_key
from escalation.auth.access import Caller, allow
from wire.problem import problem

TEXT_MAX = 200_000


class CopyBody(Schema):
    """``POST /conversations/{id}/transcript``: the conversation as plain text."""

    text = fields.String(required=True, validate=validate.Length(min=1, max=TEXT_MAX))


class ElsewhereView(Schema):
    """Ids of conversations."""

    conversations = fields.List(fields.String())


@blueprint.route("/conversations/<conversation_id>/elsewhere", methods=["GET"])
@allow(Caller.SERVICE)
@blueprint.response(200, ElsewhereView)
@blueprint.alt_response(403, description="No customer is bound to the conversation")
def conversations_elsewhere(conversation_id: str) -> dict[str, Any]:
    """The other conversations of the customer who logged in to this one, newest first."""
    customer = bound_customer(conversation_id)
    return {"conversations": transcripts.elsewhere(g.session, conversation_id, customer, datetime.now(UTC))}


@blueprint.route("/conversations/<conversation_id>/transcript", methods=["POST"])
@allow(Caller.SERVICE)
@blueprint.arguments(CopyBody, error_status_code=400)
@blueprint.response(202, SentView)
@blueprint.alt_response(403, description="No customer is bound to the conversation")
@blueprint.alt_response(429, description="Three copies within the hour")
def mail_transcript(body: dict[str, str], conversation_id: str) -> dict[str, str] | ResponseReturnValue:
    """Mail a copy to the registered address of the customer who logged in; the same Idempotency-Key again is one mail."""
    key = idempotency_key()
    if key is None:
        return problem(400, KEY_MISSING)
    customer, now = bound_customer(conversation_id), datetime.now(UTC)
    transcripts.mail_copy(g.session, conversation_id, customer, key, body["text"], g.settings.front_public_url, now)
    try:
        g.session.commit()
    except IntegrityError:
        # The same wish twice at a time: its unique key decided, and one mail is on its way.
        g.session.rollback()
    return {"status": "accepted"}
