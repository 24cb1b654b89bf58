"""Bodies of a customer's tickets as the chat shows them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from escalation.api.schemas import AttachmentView, Vector
from escalation.tickets import BODY_MAX, FIELD_MAX

NEWS_MAX = 200


class NewsView(Schema):
    """The beginning of a message, at most 200 characters; ``author`` is customer or staff."""

    author = fields.String()
    author_name = fields.String()
    text = fields.Function(lambda message: message.body[:NEWS_MAX])
    at = fields.DateTime(attribute="created_at")


class TicketLine(Schema):
    """A ticket in one line; ``status_name`` as customers read it (es-AR), moments in UTC."""

    number = fields.String()
    subject = fields.String()
    area = fields.String()
    status = fields.String()
    status_name = fields.String()
    last_news = fields.Nested(NewsView, allow_none=True)
    link = fields.String()
    created_at = fields.DateTime()
    promised_at = fields.DateTime(allow_none=True)
    promised = fields.String(allow_none=True, metadata={"example": "mañana martes antes de las 11"})


class TicketLines(Schema):
    """``GET /conversations/{id}/tickets``."""

    tickets = fields.List(fields.Nested(TicketLine))


class MessageBody(Schema):
    """``POST /conversations/{id}/tickets/{number}/messages``."""

    body = fields.String(required=True, validate=validate.Length(min=1, max=BODY_MAX))


class SimilarBody(Schema):
    """``POST /conversations/{id}/similar``: what he is about to report."""

    site = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=FIELD_MAX))
    vector = Vector(load_default=None, allow_none=True)
    description = fields.String(load_default="", validate=validate.Length(max=FIELD_MAX))


class SimilarView(Schema):
    """The open ticket about the same thing, or null."""

    ticket = fields.Nested(TicketLine, allow_none=True)


class RepliedView(Schema):
    """The ticket after the message, the message, and the files that went along with it."""

    ticket = fields.Nested(TicketLine)
    message = fields.Nested(NewsView)
    attachments = fields.List(fields.Nested(AttachmentView))
