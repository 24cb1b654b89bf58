"""News of tickets, told by escalation: kept as a message of the conversation, shown by the widget, sent through Messenger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue

from bot.channels.access import service_only
from bot.channels.messenger.news import MessengerNews
from bot.channels.messenger.people import CHANNEL
from bot.channels.store import Store
from bot.channels.tables import BOT, STAFF
from wire.problem import problem

TEXT_MAX = 25_000
KEY_MAX = 60
WRONG = (
    'send JSON: {"key": "…", "conversation_id": "…", "author": "staff" or "bot", "author_name": "…", "text": "…"}; '
    f"key: at most {KEY_MAX} characters, text: at most {TEXT_MAX}"
)


@dataclass(frozen=True)
class News:
    """``author`` staff: a person wrote ``text`` (Markdown), and ``author_name`` is his; ``key`` is the same on every try."""

    key: str
    conversation_id: str
    author: str
    author_name: str
    text: str


def register(app: Flask, store: Store, messenger: MessengerNews | None) -> None:
    """Put ``POST /internal/news`` on ``app``; ``messenger``: None where that channel is off."""

    @app.post("/internal/news")
    @service_only
    def take_news() -> ResponseReturnValue:
        news = _read(request.get_json(silent=True))
        if news is None:
            return problem(400, WRONG)
        channel = store.channel_of(news.conversation_id)
        if channel is None:
            return problem(404, "there is no such conversation")
        by_messenger = channel == CHANNEL
        human = news.author == STAFF
        known = store.find(news.conversation_id, news.key) is not None
        if by_messenger and not known and (messenger is None or not messenger.may_tell(news.conversation_id, human)):
            return problem(409, "outside of Messenger's window, or Messenger is off: tell it by mail")
        if by_messenger and messenger is not None:
            # Both are written once by their key: died between the two, the same call again makes up for it.
            messenger.tell(news.conversation_id, news.key, news.text, human)
        extras = {"author_name": news.author_name} if news.author_name else {}
        store.note(news.conversation_id, news.key, news.author, news.text, extras)
        return {"status": "accepted"}, 200 if known else 201


def _read(body: Any) -> News | None:
    if not isinstance(body, dict):
        return None
    told = {name: body.get(name, "") for name in News.__dataclass_fields__}
    if not all(isinstance(value, str) and "\x00" not in value for value in told.values()):
        return None
    news = News(**told)
    sound = 0 < len(news.key) <= KEY_MAX and 0 < len(news.text) <= TEXT_MAX and news.author in (STAFF, BOT)
    return news if sound and len(news.author_name) <= 200 else None
