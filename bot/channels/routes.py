"""The widget's routes: open a conversation, send, read, listen."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from functools import partial

from flask import Flask, Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from bot.channels.access import conversation_only, public
from bot.channels.buttons import Buttons
from bot.channels.commands import GREETING
from bot.channels.conversations import Conversations
from bot.channels.settings import Settings
from bot.channels.store import Store
from bot.channels.widget import InvalidMessage, parse
from wire import tokens
from wire.problem import problem

STREAM_SECONDS = 55
# Each open stream holds one of the server's threads (Procfile: 48); the rest stays free for messages and pages.
STREAMS_MAX = 16
STREAM_PAUSE_SECONDS = 1.0
ROW_ID_DIGITS = 18


def register(app: Flask, settings: Settings, store: Store, buttons: Buttons, conversations: Conversations) -> None:
    """Put them on ``app``."""
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
        expected = partial(store.expects_code, g.conversation_id)
        try:
            incoming = parse(request.get_json(silent=True), g.conversation_id, buttons, expected)
        except InvalidMessage as wrong:
            return problem(400, str(wrong))
        return jsonify(conversations.take(g.conversation_id, incoming, g.request_id)._asdict())

    @app.get("/widget/messages")
    @conversation_only
    def read_messages() -> ResponseReturnValue:
        after = row_id(request.args.get("after", "0"))
        if after is None:
            return problem(400, "after: the id of the last message you have")
        messages = [message.as_dict() for message in store.history(g.conversation_id, after) if message.text]
        return jsonify(messages=messages)

    @app.get("/widget/events")
    @conversation_only
    def stream_events() -> ResponseReturnValue:
        after = row_id(request.headers.get("Last-Event-ID") or request.args.get("after", "0"))
        if after is None:
            return problem(400, "after: the id of the last message you have")
        if not streams.acquire(blocking=False):
            return problem(503, "too many open streams; read /widget/messages instead")
        response = Response(
            _events(store, g.conversation_id, after), mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"}
        )
        response.call_on_close(streams.release)
        return response


def row_id(text: str) -> int | None:
    """The place in a conversation that a request names, None where it is none."""
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
