"""The widget's dialect: one incoming message parsed, the bot's messages rendered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.channels.buttons import Buttons

TEXT_MAX = 8000
ID_MAX = 64
GREETING = "/greet"
# Rasa obeys a leading slash as a command, also behind white space, which it strips; typed by a customer it is only text
# (RasaHQ/rasa#5075).
_COMMAND_START = re.compile(r"^[/\s]+")
_ID = re.compile(r"^[\x21-\x7e]+$")


class InvalidMessage(ValueError):
    """The request body is not a message; the text says what to send instead."""


@dataclass(frozen=True)
class IncomingMessage:
    """``to_rasa`` is what the bot reads, ``shown`` what the customer typed or pressed. ``id`` is the channel's own."""

    id: str
    shown: str
    to_rasa: str
    is_button: bool


def parse(body: Any, conversation_id: str, buttons: Buttons) -> IncomingMessage:
    """The message of a request body.

    Raises:
        InvalidMessage: wrong shape, too long, or a payload that was not issued for this conversation.
    """
    if not isinstance(body, dict):
        raise InvalidMessage('send JSON: {"id": "<uuid>", "text": "…"} or {"id": "<uuid>", "payload": "…"}')
    message_id, text, payload = body.get("id"), body.get("text"), body.get("payload")
    if not isinstance(message_id, str) or len(message_id) > ID_MAX or not _ID.match(message_id):
        raise InvalidMessage(f"id: 1 to {ID_MAX} printable ASCII characters without spaces, new for each message")
    if (text is None) == (payload is None):
        raise InvalidMessage("send either text or payload")
    if payload is not None:
        issued = buttons.read(conversation_id, payload) if isinstance(payload, str) else None
        if issued is None:
            raise InvalidMessage("payload: use one of the buttons of this conversation, unchanged")
        return IncomingMessage(message_id, shown=issued[1], to_rasa=issued[0], is_button=True)
    if not isinstance(text, str) or not text.strip():
        raise InvalidMessage("text: write something")
    if len(text) > TEXT_MAX:
        raise InvalidMessage(f"text: at most {TEXT_MAX} characters; attach long material as a file")
    # NUL breaks PostgreSQL, half a surrogate pair breaks UTF-8; neither is anything that a person wrote.
    clean = text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8").strip()
    return IncomingMessage(message_id, shown=clean, to_rasa=_COMMAND_START.sub("", clean) or "?", is_button=False)


def render(messages: list[dict[str, Any]], conversation_id: str, buttons: Buttons, login_url: str) -> list[dict[str, Any]]:
    """Rasa's messages as replies to store: ``{"text", "buttons": [{"title", "payload"}], "card"?, "login_url"?}``."""
    replies: list[dict[str, Any]] = []
    for message in messages:
        custom = message.get("custom")
        # Rasa sends a response's text and its custom part as two messages; here they are one.
        if custom and "text" not in message and replies:
            replies[-1].update(_card(custom, login_url))
            continue
        reply: dict[str, Any] = {"text": message.get("text", ""), "buttons": []}
        for button in message.get("buttons") or []:
            issued = buttons.issue(conversation_id, button["payload"], button["title"])
            reply["buttons"].append({"title": button["title"], "payload": issued})
        replies.append({**reply, **_card(custom or {}, login_url)})
    return replies


def _card(custom: dict[str, Any], login_url: str) -> dict[str, Any]:
    if custom.get("card") == "login":
        return {"card": "login", "login_url": login_url}
    return {}
