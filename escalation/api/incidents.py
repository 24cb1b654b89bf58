"""What is down, for the bot: which incidents touch a conversation's trouble, and whoever wants to hear that it is over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response, g
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from escalation import bonds, incidents
from escalation.api.door import blueprint
from escalation.auth.access import Caller, allow
from escalation.incidents import Asked
from escalation.models import Area

SITE_MAX = 300


class AskedArgs(Schema):
    """What is known of the trouble."""

    area = fields.String(load_default=None, validate=validate.OneOf([str(area) for area in Area]))
    site = fields.String(load_default=None, validate=validate.Length(max=SITE_MAX))


class IncidentView(Schema):
    """As customers are told of it."""

    id = fields.String()
    title = fields.String()
    text = fields.String()
    areas = fields.List(fields.String())
    declared_at = fields.DateTime()


class IncidentsView(Schema):
    """The current ones that touch it."""

    incidents = fields.List(fields.Nested(IncidentView))


@blueprint.route("/incidents/current", methods=["GET"])
@allow(Caller.SERVICE)
@blueprint.arguments(AskedArgs, location="query", error_status_code=400)
@blueprint.response(200, IncidentsView)
def current_incidents(asked: dict[str, Any]) -> dict[str, Any]:
    """Incidents that touch an area or a site, whoever asks; without either, those that touch everybody."""
    return {"incidents": incidents.touching(g.session, Asked(asked["area"], asked["site"]))}


@blueprint.route("/conversations/<conversation_id>/incidents", methods=["GET"])
@allow(Caller.SERVICE)
@blueprint.arguments(AskedArgs, location="query", error_status_code=400)
@blueprint.response(200, IncidentsView)
def incidents_of_conversation(asked: dict[str, Any], conversation_id: str) -> dict[str, Any]:
    """Incidents that touch the trouble, or the customer who is logged in to the conversation."""
    customer = bonds.customer_of(g.session, conversation_id, datetime.now(UTC))
    return {"incidents": incidents.touching(g.session, Asked(asked["area"], asked["site"], customer))}


@blueprint.route("/conversations/<conversation_id>/incidents/<incident_id>/subscribe", methods=["POST"])
@allow(Caller.SERVICE)
@blueprint.response(204)
@blueprint.alt_response(404, description="There is no such incident")
@blueprint.alt_response(409, description="It is over")
def subscribe(conversation_id: str, incident_id: str) -> ResponseReturnValue:
    """Tell this conversation, and by mail the customer who is logged in to it, when it is over; the same again."""
    now = datetime.now(UTC)
    incident = incidents.find(g.session, incident_id)
    incidents.subscribe(g.session, incident, conversation_id, bonds.customer_of(g.session, conversation_id, now), now)
    g.session.commit()
    return Response(status=204)
