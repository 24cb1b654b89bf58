"""``?cursor=…&limit=…``: where the last page ended, opaque to the caller."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from escalation.feeds import Place

LIMIT_MAX = 100
LIMIT_USUAL = 50


class CursorField(fields.String):
    """A :class:`Place` as text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Place:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            moment, key = json.loads(base64.urlsafe_b64decode(text.encode("ascii")))
            place = Place(datetime.fromisoformat(moment), str(key))
        except (ValueError, TypeError, binascii.Error, RecursionError) as wrong:
            raise ValidationError("not a cursor of ours; take it from `next` as it is") from wrong
        # PostgreSQL takes no NUL in a text.
        if place.moment.tzinfo is None or not place.key.isprintable() or not _fits(place.moment):
            raise ValidationError("not a cursor of ours; take it from `next` as it is")
        return place


class PageQuery(Schema):
    """Which page."""

    cursor = CursorField(load_default=None, metadata={"description": "`next` of the page before"})
    limit = fields.Integer(load_default=LIMIT_USUAL, validate=validate.Range(min=1, max=LIMIT_MAX))


def cursor_of(place: Place | None) -> str | None:
    """The text of a place; None at the end."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(json.dumps([place.moment.isoformat(), place.key]).encode()).decode()


def _fits(moment: datetime) -> bool:
    # Near year 1 and 9999 a change of the time zone leaves the calendar.
    return 1970 <= moment.year <= 9000


class Moment(fields.AwareDateTime):
    """A moment with its offset, within the calendar of both databases."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        # In an address a "+" that was not escaped arrives as a space.
        text = value.replace(" ", "+") if isinstance(value, str) and "T" in value else value
        moment: datetime = super()._deserialize(text, attr, data, **kwargs)
        if not _fits(moment):
            raise ValidationError("a year between 1970 and 9000")
        return moment
