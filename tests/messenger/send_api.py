"""What Meta's Send API refuses: its documented limits, as a function of the message."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

METADATA_MAX = 1000


def refusal(message: Any) -> str | None:
    """Why Meta refuses ``message`` (error 100), or None where she takes it."""
    if not isinstance(message, dict):
        return "message must be an object"
    text, attachment = message.get("text"), message.get("attachment")
    if (text is None) == (attachment is None):
        return "exactly one of message.text and message.attachment"
    if len(message.get("metadata", "")) > METADATA_MAX:
        return "message.metadata must be at most 1000 characters"
    wrong = _text(text, 2000, "message.text") if text is not None else _attachment(attachment)
    return wrong or _quick_replies(message.get("quick_replies"))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _text(text: Any, below: int, name: str) -> str | None:
    if not isinstance(text, str) or not text.strip():
        return f"{name} cannot be empty"
    return None if _units(text) < below else f"{name} must be less than {below} characters"


def _attachment(attachment: dict[str, Any]) -> str | None:
    payload = attachment.get("payload", {})
    if attachment.get("type") != "template" or payload.get("template_type") != "button":
        return "attachment of an unknown type"
    if wrong := _text(payload.get("text"), 641, "template text"):
        return wrong
    buttons = payload.get("buttons") or []
    if not 1 <= len(buttons) <= 3:
        return "a button template has 1 to 3 buttons"
    return next((wrong for button in buttons if (wrong := _button(button))), None)


def _button(button: dict[str, Any]) -> str | None:
    if button.get("type") == "account_link":
        sound = set(button) == {"type", "url"} and urlsplit(button["url"]).scheme == "https"
        return None if sound else "account_link takes an https url and nothing else"
    if button.get("type") != "postback":
        return "button of an unknown type"
    return _text(button.get("title"), 21, "button title") or _text(button.get("payload"), 1001, "postback payload")


def _quick_replies(replies: Any) -> str | None:
    if replies is None:
        return None
    if not isinstance(replies, list) or not 1 <= len(replies) <= 13:
        return "1 to 13 quick replies"
    for reply in replies:
        if reply.get("content_type") != "text":
            return "quick reply of an unknown type"
        if wrong := _text(reply.get("title"), 21, "quick reply title") or _text(reply.get("payload"), 1001, "quick reply payload"):
            return wrong
    return None
