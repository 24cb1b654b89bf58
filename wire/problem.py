"""Errors of an API as problem details (RFC 9457), the same shape at every door."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify


def problem(status: int, detail: str, **more: Any) -> Response:
    """An error answer: ``detail`` says what to do, ``more`` are further members for programs."""
    response = jsonify(status=status, detail=detail, **more)
    response.status_code, response.mimetype = status, "application/problem+json"
    return response
