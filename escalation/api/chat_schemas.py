"""Bodies of the routes under ``/conversations``, as marshmallow schemas."""

from __future__ import annotations

import math
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from escalation.api.schemas import AREA, CONVERSATION_ID, REPORT_FIELDS, SHOWN_ENTRIES
from escalation.conversation_events import DETAIL_MAX, KINDS

# Printable ASCII: a key travels in a header when the report becomes a ticket.
KEY = validate.Regexp(r"^[\x21-\x7e]{1,100}$")


class DraftBody(Schema):
    """``PUT /conversations/{id}/draft``."""

    area = fields.String(**AREA)
    key = fields.String(required=True, validate=KEY)
    fields_ = fields.Dict(**REPORT_FIELDS)
    shown_entries = fields.List(**SHOWN_ENTRIES)


class AdoptBody(Schema):
    """``POST /conversations/{id}/draft/adopt``: from which conversation."""

    source = fields.String(required=True, validate=CONVERSATION_ID, data_key="from")


class DetailValue(fields.Raw):
    """A short word, a number, yes or no, or null."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        # JSON has no NaN and no infinity; Python reads them all the same.
        sound = math.isfinite(value) if isinstance(value, float) else isinstance(value, str | int | None)
        if not sound or len(str(value)) > DETAIL_MAX:
            raise ValidationError(f"a text of at most {DETAIL_MAX} characters, a number, yes or no, or null")
        return value


class EventBody(Schema):
    """``POST /conversations/{id}/events``."""

    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    detail = fields.Dict(
        keys=fields.String(validate=validate.Length(min=1, max=40)), values=DetailValue(allow_none=True), load_default=dict
    )


class DraftView(Schema):
    """A half-filled report."""

    conversation_id = fields.String()
    area = fields.String()
    key = fields.String()
    fields_ = fields.Dict(data_key="fields", attribute="fields")
    shown_entries = fields.List(fields.String())
    state = fields.String()
    created_at = fields.DateTime()
    updated_at = fields.DateTime()


class CustomerView(Schema):
    """As much of a customer as the bot may know."""

    name = fields.String()
    domains = fields.Pluck("ServiceView", "name", many=True)
    mailboxes = fields.Pluck("ServiceView", "name", many=True)


class ServiceView(Schema):
    """A domain or a mailbox, by name."""

    name = fields.String()


class CodeRequestBody(Schema):
    """``POST /conversations/{id}/code``: where the code should go, as he typed it."""

    email = fields.String(required=True, validate=validate.Length(min=1, max=254))


class SentView(Schema):
    """The one answer to every request for a code."""

    status = fields.String(metadata={"example": "accepted"})


class CodeBody(Schema):
    """``POST /conversations/{id}/code/verify``: what he typed; spaces do not matter."""

    code = fields.String(required=True, validate=validate.Length(min=1, max=40))


class VerifiedView(Schema):
    """Who the code proved, and until when (UTC) the conversation speaks for him."""

    customer = fields.Nested(CustomerView)
    bound_until = fields.DateTime()


class ConversationView(Schema):
    """Who logged in to a conversation and until when (UTC); ``other_draft`` lies in another conversation of his."""

    customer = fields.Nested(CustomerView, allow_none=True)
    bound_until = fields.DateTime(allow_none=True)
    draft = fields.Nested(DraftView, allow_none=True)
    other_draft = fields.Nested(DraftView, allow_none=True)
