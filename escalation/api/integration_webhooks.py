"""Webhooks for programs with a token: register, change, remove, see what arrived."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response, g
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from escalation.api.door import blueprint
from escalation.api.paging import PageQuery, cursor_of
from escalation.api_tokens import Scope
from escalation.auth.access import needs
from escalation.integration_models import Webhook
from escalation.webhooks import registry
from escalation.webhooks.events import EVENTS

URL = validate.Length(min=1, max=registry.URL_MAX)
EVENT = fields.String(validate=validate.OneOf(EVENTS))
SOME_EVENTS = validate.Length(min=1, max=len(EVENTS))
NO_WEBHOOK = {"description": "There is no such webhook"}
REFUSED = {"description": "The address is not https to a public host, or there are twenty webhooks already"}


class WebhookBody(Schema):
    """``POST /webhooks``."""

    url = fields.String(required=True, validate=URL, metadata={"example": "https://crm.example.com/mesa"})
    events = fields.List(EVENT, required=True, validate=SOME_EVENTS)


class WebhookChange(Schema):
    """``PATCH /webhooks/{id}``: what is left out stays."""

    url = fields.String(validate=URL)
    events = fields.List(EVENT, validate=SOME_EVENTS)
    active = fields.Boolean()


class WebhookView(Schema):
    """A webhook; ``disabled_reason`` where it was switched off because nothing arrived."""

    id = fields.String()
    url = fields.String()
    events = fields.List(fields.String())
    active = fields.Boolean()
    created_at = fields.DateTime()
    failing_since = fields.DateTime(allow_none=True)
    disabled_reason = fields.String(allow_none=True)


class NewWebhookView(WebhookView):
    """With the secret, which is told this once: it verifies the header `webhook-signature`."""

    secret = fields.String()


class WebhooksView(Schema):
    """All of them."""

    webhooks = fields.List(fields.Nested(WebhookView))


class AttemptView(Schema):
    """One try; ``message_id`` is the header `webhook-id`, the same on every try of one telling; ``ms``: milliseconds."""

    message_id = fields.String()
    event = fields.String()
    attempt = fields.Integer()
    status = fields.Integer(allow_none=True)
    error = fields.String(allow_none=True)
    ms = fields.Integer()
    at = fields.DateTime()


class AttemptPage(Schema):
    """``next`` is null on the last page."""

    deliveries = fields.List(fields.Nested(AttemptView))
    next = fields.String(allow_none=True)


@blueprint.route("/webhooks", methods=["GET"])
@needs(Scope.WEBHOOKS)
@blueprint.response(200, WebhooksView)
def list_webhooks() -> dict[str, Any]:
    """All webhooks, the oldest first."""
    return {"webhooks": registry.every(g.session)}


@blueprint.route("/webhooks", methods=["POST"])
@needs(Scope.WEBHOOKS)
@blueprint.arguments(WebhookBody, error_status_code=400)
@blueprint.response(201, NewWebhookView)
@blueprint.alt_response(422, **REFUSED)
def register_webhook(body: dict[str, Any]) -> Webhook:
    """Tell an address of ticket events: POST with JSON, signed as standardwebhooks.com says, retried for five days.

    Headers: `webhook-id`, `webhook-timestamp` (seconds), `webhook-signature` (`v1,` and the base64 of the HMAC-SHA256 of
    `id.timestamp.body` with the secret, which is base64 after `whsec_`). Refuse what is older than five minutes.
    """
    row = registry.register(g.session, body["url"], body["events"], g.settings.is_trial, datetime.now(UTC))
    g.session.commit()
    return row


@blueprint.route("/webhooks/<webhook_id>", methods=["GET"])
@needs(Scope.WEBHOOKS)
@blueprint.response(200, WebhookView)
@blueprint.alt_response(404, **NO_WEBHOOK)
def read_webhook(webhook_id: str) -> Webhook:
    """One webhook."""
    return registry.find(g.session, webhook_id)


@blueprint.route("/webhooks/<webhook_id>", methods=["PATCH"])
@needs(Scope.WEBHOOKS)
@blueprint.arguments(WebhookChange, error_status_code=400)
@blueprint.response(200, WebhookView)
@blueprint.alt_response(404, **NO_WEBHOOK)
@blueprint.alt_response(422, **REFUSED)
def change_webhook(body: dict[str, Any], webhook_id: str) -> Webhook:
    """Change what is named; `active` switches it on again after it was switched off."""
    row = registry.find(g.session, webhook_id)
    registry.change(g.session, row, body.get("url"), body.get("events"), body.get("active"), g.settings.is_trial)
    g.session.commit()
    return row


@blueprint.route("/webhooks/<webhook_id>", methods=["DELETE"])
@needs(Scope.WEBHOOKS)
@blueprint.response(204)
@blueprint.alt_response(404, **NO_WEBHOOK)
def remove_webhook(webhook_id: str) -> ResponseReturnValue:
    """It is told nothing any more."""
    registry.remove(g.session, registry.find(g.session, webhook_id))
    g.session.commit()
    return Response(status=204)


@blueprint.route("/webhooks/<webhook_id>/deliveries", methods=["GET"])
@needs(Scope.WEBHOOKS)
@blueprint.arguments(PageQuery, location="query", error_status_code=400)
@blueprint.response(200, AttemptPage)
@blueprint.alt_response(404, **NO_WEBHOOK)
def list_deliveries(query: dict[str, Any], webhook_id: str) -> dict[str, Any]:
    """What was tried, the newest first."""
    found, place = registry.attempts(g.session, registry.find(g.session, webhook_id), query["cursor"], query["limit"])
    return {"deliveries": found, "next": cursor_of(place)}
