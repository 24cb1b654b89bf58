"""Bodies of the API as marshmallow schemas; the OpenAPI document is made from them."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from escalation import vectors
from escalation.models import Area
from escalation.tickets import FIELD_MAX

CONVERSATION_ID_MAX = 64
CONVERSATION_ID = validate.Length(min=1, max=CONVERSATION_ID_MAX)
TRANSCRIPT_MAX = 200

# Of a report, half-filled or whole.
AREA: dict[str, Any] = {"load_default": Area.OTHER.value, "validate": validate.OneOf([area.value for area in Area])}
REPORT_FIELDS: dict[str, Any] = {
    "keys": fields.String(validate=validate.Length(max=40)),
    "values": fields.String(allow_none=True, validate=validate.Length(max=FIELD_MAX)),
    "required": True,
    "data_key": "fields",
}
SHOWN_ENTRIES: dict[str, Any] = {
    "cls_or_instance": fields.String(validate=validate.Length(max=100)),
    "load_default": list,
    "validate": validate.Length(max=50),
}


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


class Vector(fields.String):
    """An embedding: float16, little endian, in base64, at most 8 kB of it; bytes when loaded."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            if len(text) > vectors.BASE64_MAX:
                raise ValueError(f"at most {vectors.BASE64_MAX} characters")
            return vectors.decode(text)
        except ValueError as wrong:
            raise ValidationError(str(wrong)) from wrong


class TicketBody(Schema):
    """``POST /tickets``. ``conversation_id`` is required with the service credential, and ignored with a conversation's own,
    as ``reported_at`` is."""

    conversation_id = fields.String(validate=CONVERSATION_ID)
    area = fields.String(**AREA)
    fields_ = fields.Dict(**REPORT_FIELDS)
    shown_entries = fields.List(**SHOWN_ENTRIES)
    vector = Vector(load_default=None, allow_none=True)
    transcript = fields.List(fields.Nested(LineBody), load_default=list, validate=validate.Length(max=TRANSCRIPT_MAX))
    reported_at = fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        metadata={"description": "When the customer sent it, where the bot had to keep it; his log-in must have held then"},
    )


class AttachmentView(Schema):
    """A file; ``size`` in bytes."""

    id = fields.String()
    name = fields.String()
    size = fields.Integer()


class TicketView(Schema):
    """A ticket as the API tells it."""

    number = fields.String()
    status = fields.String()
    area = fields.String()
    subject = fields.String()
    fields_ = fields.Dict(data_key="fields", attribute="fields")
    created_at = fields.DateTime()
    link = fields.String()
    promised_at = fields.DateTime(allow_none=True)
    promised = fields.String(allow_none=True, metadata={"example": "mañana martes antes de las 11"})
    depends_on = fields.String(metadata={"description": "What the time depends on, and what would speed it up (es-AR)"})
    attachments = fields.List(fields.Nested(AttachmentView))
