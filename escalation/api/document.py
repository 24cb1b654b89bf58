"""The OpenAPI document, made from the code: who may call each operation, and every error that it may answer with."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from apispec import BasePlugin
from flask import Flask
from marshmallow import Schema, fields

from escalation.auth.access import Caller

PROBLEM = "application/problem+json"
_CREDENTIALS = {Caller.SERVICE: "service", Caller.CONVERSATION: "conversation", Caller.INTEGRATION: "integration"}
SECURITY_SCHEMES = {
    "service": {"type": "http", "scheme": "bearer", "description": "The credential of the bot and the front door"},
    "conversation": {"type": "http", "scheme": "bearer", "description": "The token of one conversation of the widget"},
    "integration": {
        "type": "http",
        "scheme": "bearer",
        "description": "A program's token with scopes: `flask --app escalation tokens add`",
    },
}
KEY_HEADER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "The same on every retry: what it did once is not done again",
    "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": r"^[\x21-\x7e]+$"},
}


class ProblemView(Schema):
    """Problem details (RFC 9457); ``code`` is stable for programs, ``fields`` and ``errors`` say what is wrong with what."""

    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String()
    fields_ = fields.Dict(data_key="fields")
    errors = fields.Dict()


class CallersAndErrors(BasePlugin):
    """Adds to each operation what the decorators of its view and the door around it say."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def operation_helper(self, path: str | None = None, operations: dict[str, Any] | None = None, **kwargs: Any) -> None:
        rule = kwargs["rule"]
        view = self._app.view_functions[rule.endpoint]
        for operation in (operations or {}).values():
            _add_callers(operation, view)
            for status in _usual_errors(operation, view, bool(rule.arguments)):
                operation["responses"].setdefault(str(status), {"description": HTTPStatus(status).phrase})
            for status, response in operation["responses"].items():
                if int(status) >= HTTPStatus.BAD_REQUEST:
                    operation["responses"][status] = _as_problem(response, int(status))


def _add_callers(operation: dict[str, Any], view: Any) -> None:
    callers: tuple[Caller, ...] = getattr(view, "callers", ())
    operation["responses"] = {str(int(status)): response for status, response in operation["responses"].items()}
    operation["security"] = [{_CREDENTIALS[caller]: []} for caller in callers if caller in _CREDENTIALS]
    if hasattr(view, "scope"):
        operation["description"] = f"{operation.get('description', '')}\n\nScope of the token: `{view.scope}`".strip()


def _usual_errors(operation: dict[str, Any], view: Any, has_arguments: bool) -> set[int]:
    errors = {400, 429}
    if operation["security"]:
        errors.add(401)
    if hasattr(view, "scope"):
        errors.add(403)
    if has_arguments:
        errors.add(404)
    if "requestBody" in operation:
        errors |= {413, 415, 422}
    return errors


def _as_problem(response: Any, status: int) -> dict[str, Any]:
    description = response["description"] if isinstance(response, dict) else HTTPStatus(status).phrase
    return {"description": description, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
