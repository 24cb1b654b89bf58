"""The widget's dialect: one incoming message parsed, the bot's messages rendered."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.channels import codes, commands
from bot.channels.buttons import Buttons
from wire.redaction import Kind, redact

TEXT_MAX = 8000
ID_MAX = 64
# Rasa obeys a leading slash as a command, also behind white space, which it strips; typed by a customer it is only text
# (RasaHQ/rasa#5075).
_COMMAND_START = re.compile(r"^[/\s]+")
_ID = re.compile(r"^[\x21-\x7e]+$")


class InvalidMessage(ValueError):
    """The request body is not a message; the text says what to send instead."""


@dataclass(frozen=True)
class IncomingMessage:
    """One message of a customer. ``id`` is the channel's own.

    ``to_rasa`` is what the bot reads, ``shown`` what the customer typed or pressed; a secret that he typed is in neither, and
    ``hidden`` says of which kinds there were. ``is_command``: ``to_rasa`` was issued by us, not typed. ``code``: digits to be
    checked before Rasa hears of them. ``extras`` stay with the message for its readers, ``metadata`` goes with the turn to Rasa.
    """

    id: str
    shown: str
    to_rasa: str
    is_command: bool
    hidden: tuple[Kind, ...] = ()
    code: str | None = field(default=None, repr=False)
    extras: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)


def message_id(given: Any) -> str:
    """The channel's own id of a message, if it is fit to be one.

    Raises:
        InvalidMessage: it is not.
    """
    if not isinstance(given, str) or len(given) > ID_MAX or not _ID.match(given):
        raise InvalidMessage(f"id: 1 to {ID_MAX} printable ASCII characters without spaces, new for each message")
    return given


def never(_message_id: str) -> bool:
    """No code is expected."""
    return False


def parse(body: Any, conversation_id: str, buttons: Buttons, code_expected: Callable[[str], bool] = never) -> IncomingMessage:
    """The message of a request body. ``code_expected`` says of a message id whether a number in it is a log-in code.

    Raises:
        InvalidMessage: wrong shape, too long, or a payload that was not issued for this conversation.
    """
    if not isinstance(body, dict):
        raise InvalidMessage('send JSON: {"id": "<uuid>", "text": "…"} or {"id": "<uuid>", "payload": "…"}')
    own_id, text, payload = message_id(body.get("id")), body.get("text"), body.get("payload")
    if (text is None) == (payload is None):
        raise InvalidMessage("send either text or payload")
    if payload is not None:
        issued = buttons.read(conversation_id, payload) if isinstance(payload, str) else None
        if issued is None:
            raise InvalidMessage("payload: use one of the buttons of this conversation, unchanged")
        return IncomingMessage(own_id, shown=issued[1], to_rasa=issued[0], is_command=True)
    if not isinstance(text, str) or not text.strip():
        raise InvalidMessage("text: write something")
    if len(text) > TEXT_MAX:
        raise InvalidMessage(f"text: at most {TEXT_MAX} characters; attach long material as a file")
    # NUL breaks PostgreSQL, half a surrogate pair breaks UTF-8; neither is anything that a person wrote.
    clean = text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8").strip()
    found = codes.find(clean)
    if found is not None and code_expected(own_id):
        return _typed(own_id, found.text, found.digits)
    return _typed(own_id, clean)


def _typed(own_id: str, text: str, code: str | None = None) -> IncomingMessage:
    # Here and nowhere later: whatever holds an IncomingMessage may store, log and send it.
    safe = redact(text)
    return IncomingMessage(
        own_id,
        shown=safe.text,
        to_rasa=commands.CODE_TYPED if code else _COMMAND_START.sub("", safe.text) or "?",
        is_command=code is not None,
        hidden=safe.kinds,
        code=code,
        metadata={"hidden": [kind.value for kind in safe.kinds]} if safe.kinds else {},
    )


def file_line(line_id: str, told: dict[str, Any]) -> IncomingMessage:
    """The line of the history that stands for a file; ``told``: its ``id``, ``name``, ``size``."""
    return IncomingMessage(
        line_id,
        shown=f"📎 {told['name']}",
        to_rasa=commands.FILE_ADDED,
        is_command=True,
        extras={"attachment": told},
        metadata={"file": {"name": told["name"], "size": told["size"]}},
    )


def render(messages: list[dict[str, Any]], conversation_id: str, buttons: Buttons, login_url: str) -> list[dict[str, Any]]:
    """Rasa's messages as replies to store: ``{"text", "buttons": [{"title", "payload"}], "card"?, "login_url"?}``.

    A card asks for something beside a message: ``login`` for the form that goes to ``login_url``, ``code`` for a code by mail.
    """
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
    cards = {"login": {"card": "login", "login_url": login_url}, codes.CARD: {"card": codes.CARD}}
    return cards.get(custom.get("card", ""), {})
