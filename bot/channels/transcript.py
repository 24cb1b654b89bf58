"""A conversation as plain text: to download, and as the body of a mail."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta, timezone

from bot.channels import words
from bot.channels.tables import CUSTOMER, STAFF, Message

# Argentina has had no daylight saving time since 2009.
_ARGENTINA = timezone(timedelta(hours=-3))
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_MARKS = re.compile(r"\*\*([^*]+)\*\*|`([^`]+)`")


def written(messages: Iterable[Message], front_url: str) -> str:
    """Day by day ``10:02 who: what``; links as ``text (address)``. ``front_url`` completes those within the help centre."""
    parts: list[str] = []
    day = None
    for message in messages:
        at = message.created_at.astimezone(_ARGENTINA)
        if day != at.date():
            day = at.date()
            parts.append(day.strftime("%d/%m/%Y"))
        parts.append(f"{at:%H:%M} {_speaker(message)}: {_plain(message.text, front_url)}")
    return "\n\n".join(parts)


def _speaker(message: Message) -> str:
    if message.author == CUSTOMER:
        return words.CUSTOMER_NAME
    if message.author == STAFF:
        return " · ".join(filter(None, [message.extras.get("author_name"), words.STAFF_NAME]))
    return words.BOT_NAME


def _plain(text: str, front_url: str) -> str:
    def address(found: re.Match[str]) -> str:
        target = front_url + found[2] if found[2].startswith("/") else found[2]
        return f"{found[1]} ({target})"

    return _MARKS.sub(lambda found: found[1] or found[2], _LINK.sub(address, text))
