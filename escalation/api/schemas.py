"""Bodies of the API as marshmallow schemas; the OpenAPI document is made from them."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate

from escalation.models import Area
from escalation.tickets import FIELD_MAX

CONVERSATION_ID = validate.Length(min=1, max=64)
TRANSCRIPT_MAX = 200


class LoginBody(Schema):
    """``POST /conversation-login``."""

    email = fields.String(required=True, validate=validate.Length(min=3, max=254))
    password = fields.String(required=True, load_only=True, validate=validate.Length(min=1, max=1000))


class LineBody(Schema):
    """One line of the chat."""

    class Meta:
        unknown = EXCLUDE

    who = fields.String(required=True, validate=validate.OneOf(["customer", "bot", "staff"]))
    text = fields.String(required=True, validate=validate.Length(max=20_000))


class TicketBody(Schema):
    """``POST /tickets``. ``conversation_id`` is required with the service credential, and ignored with a conversation's own."""

    conversation_id = fields.String(validate=CONVERSATION_ID)
    area = fields.String(load_default=Area.OTHER.value, validate=validate.OneOf([area.value for area in Area]))
    fields_ = fields.Dict(
        keys=fields.String(validate=validate.Length(max=40)),
        values=fields.String(allow_none=True, validate=validate.Length(max=FIELD_MAX)),
        required=True,
        data_key="fields",
    )
    shown_entries = fields.List(
        fields.String(validate=validate.Length(max=100)), load_default=list, validate=validate.Length(max=50)
    )
    transcript = fields.List(fields.Nested(LineBody), load_default=list, validate=validate.Length(max=TRANSCRIPT_MAX))


class TicketView(Schema):
    """A ticket as the API tells it."""

    number = fields.String()
    status = fields.String()
    area = fields.String()
    subject = fields.String()
    fields_ = fields.Dict(data_key="fields", attribute="fields")
    created_at = fields.DateTime()
    link = fields.String()


class CustomerView(Schema):
    """As much of a customer as the bot may know."""

    name = fields.String()


class ConversationView(Schema):
    """Who logged in to a conversation."""

    customer = fields.Nested(CustomerView, allow_none=True)
