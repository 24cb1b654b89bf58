"""Errors of an API as problem details (RFC 9457), the same shape at every door."""

from __future__ import annotations

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue


def problem(status: int, detail: str, **more: Any) -> ResponseReturnValue:
    """An error answer: ``detail`` says what to do, ``more`` are further members for programs."""
    return jsonify(status=status, detail=detail, **more), status, {"Content-Type": "application/problem+json"}
