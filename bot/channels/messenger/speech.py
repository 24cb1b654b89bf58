"""What an event says, before anybody knows whom it concerns: typed, pressed, sent along, or something that needs no bot."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from bot.channels.messenger import words
from bot.channels.messenger.media import media_of

# The thumb of Messenger's own button, in its three sizes.
LIKES = frozenset({369239263222822, 369239343222814, 369239383222810})
_TO_BOT = re.compile(
    r"(?:quiero |quisiera )?(?:volver|hablar|seguir|continuar)(?: a hablar)? (?:al|con el) (?:bot|asistente)(?: automatico)?"
)


@dataclass(frozen=True)
class Speech:
    """``text`` was typed, ``payload`` pressed (under ``title``); ``files``: how many came along. ``shown`` and ``answer`` where
    the channel itself answers: what the history shows of it, and what is said."""

    text: str = ""
    payload: str | None = None
    title: str = ""
    files: int = 0
    shown: str = ""
    answer: str = ""


def speech_of(kind: str, content: dict[str, Any]) -> Speech:
    """The speech of a ``message`` or a ``postback``."""
    if kind == "postback":
        pressed = content["postback"]
        return Speech(payload=_text(pressed.get("payload")), title=_text(pressed.get("title")))
    message = content["message"]
    text = _text(message.get("text"))
    if isinstance(quick := message.get("quick_reply"), dict):
        return Speech(payload=_text(quick.get("payload")), title=text)
    attachments = [attachment for attachment in message.get("attachments") or [] if isinstance(attachment, dict)]
    if files := len(media_of(message)):
        return Speech(text=text, files=files)
    return Speech(text=text) if text.strip() else _without_words(attachments)


def wants_bot(text: str) -> bool:
    """Whether he asks for the bot while a person has the conversation: "volver al bot"."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return _TO_BOT.fullmatch(" ".join(re.sub(r"[^\w\s]", " ", plain).split())) is not None


def _without_words(attachments: list[dict[str, Any]]) -> Speech:
    for attachment in attachments:
        kind, payload = attachment.get("type"), attachment.get("payload")
        sticker = payload.get("sticker_id") if isinstance(payload, dict) else None
        if sticker in LIKES:
            return Speech(text=words.LIKE_MEANS, shown=words.LIKE_SHOWN)
        if sticker is not None or kind == "sticker":
            return Speech(shown=words.STICKER_SHOWN, answer=words.STICKER)
        if kind == "location":
            return Speech(shown=words.LOCATION_SHOWN, answer=words.LOCATION)
        shared = " ".join(_text(attachment.get(name)) for name in ("title", "url")).strip()
        if kind == "fallback" and shared:
            return Speech(text=shared)
    return Speech(shown=words.UNSUPPORTED_SHOWN, answer=words.UNSUPPORTED)


def _text(value: Any) -> str:
    # As the widget's texts: NUL breaks PostgreSQL, half a surrogate pair breaks UTF-8.
    return value.replace("\x00", "").encode("utf-8", "ignore").decode() if isinstance(value, str) else ""
