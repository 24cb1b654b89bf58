"""``GET /widget/entries/<id>``: what a page's «Seguir en el chat» says in its reader's place, as a button of his conversation."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Flask, g, jsonify
from flask.typing import ResponseReturnValue

from bot.channels.access import conversation_only
from bot.channels.buttons import Buttons
from bot.faq.corpus import Corpus
from wire.problem import problem

# As the bot's own buttons for an entry (bot/actions/answers.py).
_PAYLOAD = "/choose_entry"


def register(app: Flask, buttons: Buttons, current: Callable[[], Corpus]) -> None:
    """Put it on ``app``."""

    @app.get("/widget/entries/<entry_id>")
    @conversation_only
    def entry_button(entry_id: str) -> ResponseReturnValue:
        entry = current().get(entry_id)
        if entry is None:
            return problem(404, "no answer of this name is published")
        payload = _PAYLOAD + json.dumps({"topic": entry.id})
        return jsonify(title=entry.title, payload=buttons.issue(g.conversation_id, payload, entry.title))
