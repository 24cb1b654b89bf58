"""One JSON line an event on standard output: time, room, event, request id. Never what a customer wrote, nor who he is.

All but printable ASCII is escaped: a line break would forge an event (CWE-117), and U+009B begins a command to the terminal of
whoever reads (ECMA-48, 5.4).
"""

from __future__ import annotations

import logging
import re
import sys
import uuid

import structlog
from flask import Flask, Response, g, request

REQUEST_ID_HEADER = "X-Request-Id"
# A foreign request id is copied into every log of the road: keep it short and free of line breaks.
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


def configure(room: str) -> None:
    """Log as ``room`` from now on in this process."""
    alike = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    rendered = structlog.processors.JSONRenderer(ensure_ascii=True)
    # What libraries log (Flask names the path of a failed request) goes the same way.
    handler = logging.StreamHandler(sys.stdout)
    formatting = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, rendered]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=formatting, foreign_pre_chain=alike))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    # The development server names every path whole, and with it the tokens of links; our own line per request does not.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    structlog.configure(
        processors=[*alike, rendered],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(room=room)


def follow_requests(app: Flask, room: str) -> None:
    """Give each request an id (the caller's, if sound), answer with it, and log route, status and milliseconds."""
    log = structlog.get_logger()

    @app.before_request
    def start() -> None:
        given = request.headers.get(REQUEST_ID_HEADER, "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(room=room, request_id=g.request_id)

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers[REQUEST_ID_HEADER] = g.get("request_id", "-")
        # The rule, not the path: paths hold ticket numbers and conversation ids.
        rule = request.url_rule.rule if request.url_rule else "unmatched"
        if rule != "/health":
            log.info("request", method=request.method, rule=rule, status=response.status_code)
        return response
