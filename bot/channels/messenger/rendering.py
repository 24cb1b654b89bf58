"""Replies as the Send API's messages, within every limit of hers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.channels.messenger import words
from bot.channels.messenger.limits import (
    BUTTONS_MAX,
    PAYLOAD_MAX,
    QUICK_REPLIES_MAX,
    TEMPLATE_TEXT_MAX,
    TEXT_MAX,
    length,
    shortened,
    split,
)
from bot.channels.messenger.plain import plain

Button = dict[str, Any]
Message = dict[str, Any]


# A title that is longer than this says too little when it is cut.
_TITLE_LOST = 30


def is_numbered(buttons: Sequence[Button]) -> bool:
    """Whether the choices are shown as a numbered list: too many to press, or titles that would lose what tells them apart."""
    titles = [shortened(button["title"]) for button in buttons]
    lost = len(set(titles)) < len(titles) or any(length(button["title"]) > _TITLE_LOST for button in buttons)
    return lost or _too_many(buttons)


def _too_many(buttons: Sequence[Button]) -> bool:
    return len(buttons) > QUICK_REPLIES_MAX or any(length(button["payload"]) > PAYLOAD_MAX for button in buttons)


def messages(reply: dict[str, Any], base_url: str, linking_url: str | None) -> list[Message]:
    """One stored reply (``{"text", "buttons", "card"?}``) as messages to send in this order.

    ``linking_url``: where the customer logs in, None where Messenger cannot open it (it opens https alone).
    """
    text = plain(reply["text"], base_url)
    buttons: list[Button] = reply.get("buttons") or []
    if reply.get("card") == "login":
        return _login(text, buttons, linking_url)
    if not buttons:
        return [{"text": part} for part in split(text)]
    numbered = is_numbered(buttons)
    if numbered:
        text += "\n\n" + "\n".join(f"{number}. {button['title']}" for number, button in enumerate(buttons, start=1))
    if _too_many(buttons):
        return [{"text": part} for part in split(f"{text}\n\n{words.TYPE_THE_NUMBER}")]
    return _with_buttons(text or words.CHOOSE, buttons, numbered)


def _with_buttons(text: str, buttons: Sequence[Button], numbered: bool) -> list[Message]:
    titles = [
        shortened(f"{number}. {button['title']}" if numbered else button["title"]) for number, button in enumerate(buttons, start=1)
    ]
    pairs = list(zip(titles, (button["payload"] for button in buttons), strict=True))
    if len(buttons) > BUTTONS_MAX:
        *before, last = split(text)
        replies = [{"content_type": "text", "title": title, "payload": payload} for title, payload in pairs]
        return [*({"text": part} for part in before), {"text": last, "quick_replies": replies}]
    *before, last = _ending(text)
    postbacks = [{"type": "postback", "title": title, "payload": payload} for title, payload in pairs]
    return [*({"text": part} for part in before), _template(last, postbacks)]


def _ending(text: str) -> list[str]:
    """The parts of ``text``; the last fits beside buttons."""
    parts = split(text)
    if length(parts[-1]) <= TEMPLATE_TEXT_MAX:
        return parts
    # From behind: what is asked stands at the end and belongs to the buttons.
    *lines, last = parts[-1].split("\n")
    while lines and length(f"{lines[-1]}\n{last}") <= TEMPLATE_TEXT_MAX:
        last = f"{lines.pop()}\n{last}"
    rest = "\n".join(lines).strip()
    return [*parts[:-1], *split(rest), *(split(last, TEMPLATE_TEXT_MAX))]


def _login(text: str, buttons: Sequence[Button], linking_url: str | None) -> list[Message]:
    choices = [button for button in buttons if linking_url is None or button["title"] != words.ALREADY_IN]
    if linking_url is None:
        return _with_buttons(text, choices, is_numbered(choices))
    *before, last = _ending(text)
    # Log In works in the phones' Messenger alone (Messenger Platform, account linking): the code by mail stands beside it.
    offered = [{"text": part} for part in before] + [_template(last, [{"type": "account_link", "url": linking_url}])]
    titles = [{"content_type": "text", "title": shortened(button["title"]), "payload": button["payload"]} for button in choices]
    return [*offered, {"text": words.OTHER_WAYS, "quick_replies": titles}] if titles else offered


def _template(text: str, buttons: list[dict[str, str]]) -> Message:
    payload = {"template_type": "button", "text": text, "buttons": buttons}
    return {"attachment": {"type": "template", "payload": payload}}


def text_messages(text: str, base_url: str) -> list[Message]:
    """A text without choices."""
    return [{"text": part} for part in split(plain(text, base_url), TEXT_MAX)]
