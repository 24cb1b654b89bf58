"""Every error under ``/api`` as problem details, those of routing and parsing too."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from escalation.errors import FileTooLarge
from escalation.pages import error_page
from wire.problem import problem

# What werkzeug's own words would not say to a program's author.
DETAILS = {
    404: "there is no such address",
    405: "this address does not know this method; see the header Allow",
    413: "the request is too large",
    415: "send the body as application/json, and say so in Content-Type",
    429: "too many requests; wait as long as Retry-After says",
    500: "something went wrong here; it was noted",
}


class ProblemApi(Api):
    """flask-smorest with our form of errors."""

    # The document names each error by itself; a "default" would allow every answer.
    DEFAULT_ERROR_RESPONSE_NAME = None

    def handle_http_exception(self, error: HTTPException) -> ResponseReturnValue:
        """For the whole app: problem details under ``/api``, a page elsewhere."""
        if error.response is not None:
            return error.response
        if not under_api():
            return error_page(error)
        code = error.code or 500
        data: dict[str, Any] = getattr(error, "data", None) or {}
        more = {"errors": data["messages"]} if "messages" in data else {}
        if code == 413:
            more = {"code": FileTooLarge.code, "fields": {"file": "size"}}
        response = problem(code, DETAILS.get(code) or error.description or error.name, **more)
        response.headers.update(_kept_headers(error))
        return response


def under_api() -> bool:
    """Whether a program asks."""
    return request.path.startswith("/api/")


def refuse_other_media_types() -> ResponseReturnValue | None:
    """Where JSON is read, a body of another kind is not silently taken for an empty one (RFC 9110 15.5.16)."""
    view: Any = current_app.view_functions.get(request.endpoint or "")
    parameters = getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", [])
    kinds = {parameter["in"] for parameter in parameters}
    if request.content_length and "json" in kinds and not request.is_json:
        return problem(415, DETAILS[415])
    return None


def _kept_headers(error: HTTPException) -> dict[str, str]:
    headers = dict(error.get_headers(request.environ))
    return {name: value for name, value in headers.items() if name in ("Allow", "Retry-After", "WWW-Authenticate")}


def with_challenge(response: Response) -> Response:
    """A 401 says how to do better (RFC 9110 11.6.1)."""
    if response.status_code == 401 and under_api():
        response.headers.setdefault("WWW-Authenticate", "Bearer")
    return response
