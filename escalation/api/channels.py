"""What the chat channels tell: an account was linked, a channel does not work."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response, g
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from escalation import account_links, alarms
from escalation.api.chat_schemas import VerifiedView
from escalation.api.door import blueprint
from escalation.auth.access import Caller, allow
from escalation.errors import LoginFailed


class LinkBody(Schema):
    """``POST /conversations/{id}/link``: the code that Meta brought home."""

    code = fields.String(required=True, validate=validate.Length(min=1, max=200))


class AlarmBody(Schema):
    """``PUT /alarms/{channel}``; ``since``: seconds since the epoch."""

    kind = fields.String(required=True, validate=validate.Length(min=1, max=20))
    detail = fields.String(load_default="", validate=validate.Length(max=alarms.DETAIL_MAX))
    since = fields.Float(required=True, validate=validate.Range(min=0, max=253402300799))


@blueprint.route("/conversations/<conversation_id>/link", methods=["POST"])
@allow(Caller.SERVICE)
@blueprint.arguments(LinkBody, error_status_code=400)
@blueprint.response(200, VerifiedView)
@blueprint.alt_response(401, description="Unknown, too old, used up, or for another conversation; never says which")
def link(body: dict[str, str], conversation_id: str) -> dict[str, Any] | ResponseReturnValue:
    """Bind the conversation to the customer who logged in on the page that Messenger opened; again, it is the same bond."""
    now, lifetime = datetime.now(UTC), g.settings.linking_lifetime
    try:
        customer = account_links.redeem(g.session, conversation_id, body["code"], g.settings.session_secret, lifetime, now)
    except LoginFailed:
        g.session.rollback()
        raise
    g.session.commit()
    return {"customer": customer, "bound_until": now + lifetime}


@blueprint.route("/alarms/<channel>", methods=["PUT"])
@allow(Caller.SERVICE)
@blueprint.arguments(AlarmBody, error_status_code=400)
@blueprint.response(204)
def raise_alarm(body: dict[str, Any], channel: str) -> ResponseReturnValue:
    """A chat channel does not work: staff see it in the console."""
    since = datetime.fromtimestamp(body["since"], UTC)
    alarms.raise_alarm(g.session, channel[:20], body["kind"], body["detail"], since)
    g.session.commit()
    return Response(status=204)


@blueprint.route("/alarms/<channel>", methods=["DELETE"])
@allow(Caller.SERVICE)
@blueprint.response(204)
def clear_alarm(channel: str) -> ResponseReturnValue:
    """It works again."""
    alarms.clear(g.session, channel[:20])
    g.session.commit()
    return Response(status=204)
