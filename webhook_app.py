"""The front door: the widget's routes, the help centre and health. Routes only; what they do is in ``bot.channels``."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from flask import Flask, Response, abort, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot.channels import health, help_centre
from bot.channels.buttons import Buttons
from bot.channels.conversations import Conversations
from bot.channels.rasa import Rasa
from bot.channels.settings import Settings
from bot.channels.store import Store
from bot.channels.widget import GREETING, InvalidMessage, parse
from bot.faq.live import LiveCorpus
from wire import logs, tokens
from wire.database import new_engine
from wire.problem import problem

# A message of 8,000 characters in JSON escapes stays well below this.
BODY_MAX_BYTES = 128 * 1024
STREAM_SECONDS = 55
# Each open stream holds one of the server's threads (Procfile: 48); the rest stays free for messages and pages.
STREAMS_MAX = 16
ROW_ID_DIGITS = 18
STREAM_PAUSE_SECONDS = 1.0


def conversation_only(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """The route is for the holder of a conversation's bearer token; ``g.conversation_id`` says which."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        token = tokens.bearer(request.headers.get("Authorization"))
        secret = g.settings.conversation_secret
        conversation_id = tokens.read(token, secret) if token else None
        if conversation_id is None or not g.store.has_conversation(conversation_id):
            return problem(401, "open a conversation first: POST /widget/conversations")
        g.conversation_id = conversation_id
        return view(*args, **kwargs)

    guarded.caller = "conversation"  # type: ignore[attr-defined]
    return guarded


def public(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """The route is for anybody."""
    view.caller = "public"  # type: ignore[attr-defined]
    return view


def create_app(settings: Settings | None = None) -> Flask:
    """The front door on ``settings`` (default: from the environment).

    Raises:
        MissingSetting: names the setting that is missing.
    """
    settings = settings or Settings.from_environment()
    app = Flask(
        __name__,
        template_folder="bot/channels/templates",
        static_folder="bot/channels/static",
        static_url_path="/static",
    )
    app.config["MAX_CONTENT_LENGTH"] = BODY_MAX_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # half the bytes for Spanish, and readable streams
    logs.configure("front")
    logs.follow_requests(app, "front")
    store = Store(new_engine(settings.chat_database_url))
    buttons = Buttons(settings.conversation_secret)
    conversations = Conversations(store, Rasa(settings), buttons, settings)
    app.view_functions["static"].caller = "public"  # type: ignore[attr-defined]

    @app.before_request
    def provide() -> ResponseReturnValue | None:
        g.settings, g.store = settings, store
        view = app.view_functions.get(request.endpoint or "")
        # Forgetting to say who may call a route is safe.
        return None if view is None or hasattr(view, "caller") else problem(403, "this route says for nobody that he may call it")

    @app.after_request
    def safe_headers(response: Response) -> Response:
        return _with_headers(response, settings)

    @app.errorhandler(413)
    def too_large(_: Exception) -> ResponseReturnValue:
        return problem(413, "the message is too long; attach long material as a file")

    _widget_routes(app, settings, store, buttons, conversations)
    _page_routes(app, settings)
    return app


def _widget_routes(app: Flask, settings: Settings, store: Store, buttons: Buttons, conversations: Conversations) -> None:
    streams = threading.BoundedSemaphore(STREAMS_MAX)

    @app.post("/widget/conversations")
    @public
    def open_conversation() -> ResponseReturnValue:
        conversation_id = store.open_conversation("widget")
        token = tokens.issue(conversation_id, settings.conversation_secret)
        start = buttons.issue(conversation_id, GREETING, "")
        return jsonify(conversation_id=conversation_id, token=token, start_payload=start), 201

    @app.post("/widget/messages")
    @conversation_only
    def send_message() -> ResponseReturnValue:
        try:
            incoming = parse(request.get_json(silent=True), g.conversation_id, buttons)
        except InvalidMessage as wrong:
            return problem(400, str(wrong))
        return jsonify(replies=conversations.take(g.conversation_id, incoming, g.request_id))

    @app.get("/widget/messages")
    @conversation_only
    def read_messages() -> ResponseReturnValue:
        after = _row_id(request.args.get("after", "0"))
        if after is None:
            return problem(400, "after: the id of the last message you have")
        messages = [message.as_dict() for message in store.history(g.conversation_id, after) if message.text]
        return jsonify(messages=messages)

    @app.get("/widget/events")
    @conversation_only
    def stream_events() -> ResponseReturnValue:
        after = _row_id(request.headers.get("Last-Event-ID") or request.args.get("after", "0"))
        if after is None:
            return problem(400, "after: the id of the last message you have")
        if not streams.acquire(blocking=False):
            return problem(503, "too many open streams; read /widget/messages instead")
        response = Response(
            _events(store, g.conversation_id, after), mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"}
        )
        response.call_on_close(streams.release)
        return response


def _row_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= ROW_ID_DIGITS else None


def _events(store: Store, conversation_id: str, after: int) -> Iterator[str]:
    # Ends by itself: a browser that went away silently must not hold a thread for ever; the widget reconnects.
    ends = time.monotonic() + STREAM_SECONDS
    yield ": open\n\n"
    while time.monotonic() < ends:
        for message in store.history(conversation_id, after):
            after = message.id
            if message.text:
                yield f"id: {message.id}\nevent: message\ndata: {json.dumps(message.as_dict(), ensure_ascii=False)}\n\n"
        time.sleep(STREAM_PAUSE_SECONDS)
        yield ": still here\n\n"


def _page_routes(app: Flask, settings: Settings) -> None:
    live = LiveCorpus()

    @app.context_processor
    def company_values() -> dict[str, Any]:
        return {"company": live.current().company}

    @app.get("/")
    @public
    def host_page() -> ResponseReturnValue:
        return render_template("host.html", area_url=settings.area_url)

    @app.get("/ayuda/")
    @public
    def help_index() -> ResponseReturnValue:
        return render_template("help_index.html", groups=help_centre.by_category(live.current()))

    @app.get("/ayuda/<entry_id>")
    @public
    def help_entry(entry_id: str) -> ResponseReturnValue:
        corpus = live.current()
        entry = corpus.get(entry_id)
        if entry is None:
            abort(404)
        body = help_centre.body_html(entry)
        canonical = settings.front_public_url + url_for("help_entry", entry_id=entry.id)
        related = help_centre.related(corpus, entry)
        return render_template("help_entry.html", entry=entry, body=body, canonical=canonical, related=related)

    @app.get("/area-clientes/")
    @public
    def customer_area() -> ResponseReturnValue:
        # The answers link to it as a path; it lives in the escalation service.
        return redirect(settings.area_url)

    @app.errorhandler(404)
    def not_found(_: Exception) -> ResponseReturnValue:
        return render_template("not_found.html"), 404

    @app.get("/widget.js")
    @public
    def widget_script() -> ResponseReturnValue:
        return app.send_static_file("widget.js")

    @app.get("/health")
    @public
    def health_report() -> ResponseReturnValue:
        found = health.parts(
            {
                "rasa": f"{settings.rasa_url}/webhooks/front/",
                "actions": f"{settings.actions_url}/health",
                "escalation": f"{settings.escalation_url}/health",
            }
        )
        report = {"front": health.OK, **found}
        ready = all(state == health.OK for state in report.values())
        return jsonify(status="ok" if ready else "degraded", parts=report), 200 if ready else 503


def _with_headers(response: Response, settings: Settings) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    if response.mimetype == "text/html":
        policy = f"default-src 'self'; connect-src 'self' {settings.escalation_public_url}; frame-ancestors 'none'; base-uri 'none'"
        response.headers.setdefault("Content-Security-Policy", policy)
    if request.path.startswith("/widget"):
        # Any site of the company embeds the widget; the bearer token, not a cookie, says who calls (so '*' gives nothing away).
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Last-Event-ID"
    return response
