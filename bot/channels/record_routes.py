"""The widget's routes beside talking: what is unread, the conversation on another device, a copy to download or by mail."""

from __future__ import annotations

from flask import Flask, Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from bot.channels import transcript
from bot.channels.access import conversation_only
from bot.channels.escalation import Escalation, EscalationUnavailable, NotLoggedIn, TooOften
from bot.channels.routes import row_id
from bot.channels.settings import Settings
from bot.channels.store import Store
from bot.channels.widget import InvalidMessage, message_id
from wire import tokens
from wire.problem import problem

CHANNEL = "widget"
# Escalation's bound on a copy; of a longer conversation the end is what he wants.
MAIL_MAX = 200_000
AWAY = "the customers' system does not answer; try again later"
LOG_IN = "no customer has logged in to this conversation"


def register(app: Flask, settings: Settings, store: Store, escalation: Escalation) -> None:
    """Put them on ``app``."""

    @app.get("/widget/unread")
    @conversation_only
    def count_unread() -> ResponseReturnValue:
        after = row_id(request.args.get("after", "0"))
        if after is None:
            return problem(400, "after: the id of the last message you have")
        return jsonify(unread=store.unread(g.conversation_id, after))

    @app.get("/widget/elsewhere")
    @conversation_only
    def read_elsewhere() -> ResponseReturnValue:
        try:
            others = escalation.elsewhere(g.conversation_id, g.request_id)
        except NotLoggedIn:
            # The widget asks without knowing: a refusal would stand in the console of every page.
            others = []
        except EscalationUnavailable:
            return problem(503, AWAY)
        newest = store.newest(others, CHANNEL)
        if newest is None:
            return jsonify(conversation=None)
        # He logged in to both: this token shows him nothing that his own account does not.
        token = tokens.issue(newest, settings.conversation_secret)
        messages = [message.as_dict() for message in store.whole(newest)]
        return jsonify(conversation={"token": token, "messages": messages})

    @app.get("/widget/transcript")
    @conversation_only
    def download_transcript() -> ResponseReturnValue:
        text = transcript.written(store.whole(g.conversation_id), settings.front_public_url)
        headers = {"Content-Disposition": 'attachment; filename="mesa-de-ayuda.txt"', "Cache-Control": "no-store"}
        return Response(text + "\n", mimetype="text/plain", headers=headers)

    @app.post("/widget/transcript/mail")
    @conversation_only
    def mail_transcript() -> ResponseReturnValue:
        try:
            body = request.get_json(silent=True)
            wish = message_id(body.get("id") if isinstance(body, dict) else None)
        except InvalidMessage as wrong:
            return problem(400, str(wrong))
        text = transcript.written(store.whole(g.conversation_id), settings.front_public_url)
        if not text:
            return problem(409, "nothing was said yet")
        try:
            escalation.mail_copy(g.conversation_id, wish, text[-MAIL_MAX:], g.request_id)
        except NotLoggedIn:
            return problem(403, LOG_IN)
        except TooOften:
            return problem(429, "several copies were sent already; wait an hour")
        except EscalationUnavailable:
            return problem(503, AWAY)
        return jsonify(status="accepted"), 202
