"""JSON bodies as the databases can keep them."""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Request
from marshmallow import Schema, ValidationError
from webargs.core import missing
from webargs.flaskparser import FlaskParser

# PostgreSQL keeps no NUL in a text, and half a surrogate pair is no character in UTF-8; JSON may spell both (RFC 8259 8.2).
# A space is no part of any key of ours, and what a customer wrote stays readable.
_UNSOUND = re.compile("[\x00\ud800-\udfff]")
_INSTEAD = " "


class SoundParser(FlaskParser):
    """Puts a space for what no database keeps, and answers 400 to what Python's reader would take or stumble over."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        body = req.get_data(cache=True)
        if not req.is_json or not body:
            return missing
        try:
            return _sound(json.loads(body, parse_constant=_no_number))
        except (ValueError, RecursionError) as wrong:
            # Among them a number of thousands of digits, and brackets in brackets without end.
            raise ValidationError({"json": ["Invalid JSON body."]}) from wrong


def _sound(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSOUND.sub(_INSTEAD, value)
    if isinstance(value, list):
        return [_sound(item) for item in value]
    if isinstance(value, dict):
        return {_sound(key): _sound(item) for key, item in value.items()}
    return value


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not JSON (RFC 8259 6)")
