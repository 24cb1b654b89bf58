"""News for open pages without a reload: server-sent events while there is room for them, else the page asks now and then.

A stream holds one thread of the server for as long as it lasts. So there are few, and each is short: the browser opens the next one
by itself and says where the last one ended (https://html.spec.whatwg.org/multipage/server-sent-events.html).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from escalation.auth.access import Caller, allow
from escalation.desk import news
from escalation.desk.news import News

blueprint = Blueprint("live", __name__, url_prefix="/consola/novedades")

# Of the sixteen threads in Procfile: half stay free for pages, however many agents have theirs open.
STREAMS_MAX = 8
# Short enough that a log-out, a restart or a closed laptop does not keep a thread for long.
STREAM_SECONDS = 20.0
LOOK_EVERY_SECONDS = 1.0
RETRY_MS = 1_000
POLL_SECONDS = 10

_room = threading.BoundedSemaphore(STREAMS_MAX)


@blueprint.get("/")
@allow(Caller.AGENT)
def poll() -> ResponseReturnValue:
    """What changed after the event ``desde``; without it only where the news are now."""
    return _shown(news.since(g.session, _number(request.args.get("desde"))))


@blueprint.get("/flujo")
@allow(Caller.AGENT)
def stream() -> ResponseReturnValue:
    """The same as a stream; 503 where there is no room for another one: then the page polls."""
    last = _number(request.headers.get("Last-Event-ID") or request.args.get("desde"))
    if not _room.acquire(blocking=False):
        return "", 503, {"Retry-After": str(POLL_SECONDS)}
    engine = g.session.get_bind()
    response = Response(_told(engine, last), mimetype="text/event-stream")
    response.call_on_close(_room.release)
    # A proxy that collects what is sent would keep the news back; a stream is of no use later.
    response.headers["X-Accel-Buffering"] = "no"
    response.headers["Cache-Control"] = "no-store"
    return response


def _told(engine: Engine, last: int | None) -> Iterator[str]:
    until = time.monotonic() + STREAM_SECONDS
    yield f"retry: {RETRY_MS}\n\n"
    while True:
        told = _since(engine, last)
        # Also where nothing changed: the browser must know where to go on.
        if told is not None and (told.tickets or last is None):
            last = told.last
            yield f"id: {told.last}\nevent: news\ndata: {json.dumps(_shown(told))}\n\n"
        if time.monotonic() >= until:
            return
        time.sleep(LOOK_EVERY_SECONDS)
        # Finds out that nobody listens any more.
        yield ": \n\n"


def _since(engine: Engine, last: int | None) -> News | None:
    try:
        with Session(engine) as session:
            return news.since(session, last)
    except OperationalError:
        # Busy or away; the next look tells it.
        return None


def _shown(told: News) -> dict[str, object]:
    return {"last": told.last, "tickets": list(told.tickets), "at": datetime.now(UTC).isoformat()}


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
