"""Meta's side of the channel: the handshake, and events that are stored before she hears 200."""

from __future__ import annotations

import hmac

import structlog
from flask import Flask, Response, request
from flask.typing import ResponseReturnValue

from bot.channels.access import public
from bot.channels.messenger import signature
from bot.channels.messenger.event_store import EventStore
from bot.channels.messenger.events import NotOurs, events
from bot.channels.messenger.sealing import Seal
from bot.channels.settings import Settings
from wire.problem import problem

log = structlog.get_logger()

# A batch holds up to a thousand events (Messenger Platform, webhooks).
BODY_MAX_BYTES = 2 * 2**20
CHALLENGE_MAX = 200
OFF = "Messenger is not set up here: see MESSENGER_VERIFY_TOKEN in the README"


def register(app: Flask, settings: Settings) -> None:
    """Put ``/webhooks/messenger`` on ``app``; without settings for Messenger it answers 404."""
    messenger = settings.messenger
    seal = Seal(settings.conversation_secret)
    store = EventStore(settings.chat_database_url, messenger.settle_seconds if messenger else 0.0)

    @app.get("/webhooks/messenger")
    @public
    def handshake() -> ResponseReturnValue:
        if messenger is None:
            return problem(404, OFF)
        given = request.args.get("hub.verify_token", "")
        right = hmac.compare_digest(given.encode(), messenger.verify_token.encode())
        if request.args.get("hub.mode") != "subscribe" or not right:
            return problem(403, "hub.verify_token is not the one that was agreed on")
        return Response(request.args.get("hub.challenge", "")[:CHALLENGE_MAX], mimetype="text/plain")

    @app.post("/webhooks/messenger")
    @public
    def take_events() -> ResponseReturnValue:
        if messenger is None:
            return problem(404, OFF)
        request.max_content_length = BODY_MAX_BYTES
        raw = request.get_data(cache=True, parse_form_data=False)
        if not signature.is_metas(request.headers.get(signature.HEADER), raw, messenger.app_secret):
            return problem(403, f"{signature.HEADER} does not sign this body")
        try:
            found = events(request.get_json(force=True, silent=True), seal)
        except NotOurs as wrong:
            return problem(404, str(wrong))
        ours = [one for one in found if messenger.page_id in ("", one.page_id)]
        if len(ours) < len(found):
            log.warning("events of another page left alone", count=len(found) - len(ours))
        store.add(ours)
        return Response("EVENT_RECEIVED", mimetype="text/plain")
