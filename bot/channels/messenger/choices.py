"""A choice that was typed instead of pressed: quick replies vanish and are not shown everywhere, a numbered list has no buttons."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from bot.channels.messenger.rendering import is_numbered

_NUMBER = re.compile(
    r"\W*(?:(?:es|quiero|elijo)\s+)?(?:(?:la|el|opcion|opción|numero|número|nro)\.?\s+){0,3}(\d{1,2})\W*", re.IGNORECASE
)


def pressed(text: str, replies: Sequence[dict[str, Any]]) -> str | None:
    """The payload that ``text`` chooses among the buttons of the last ``replies``; None where it chooses none.

    A number counts where the choices were shown with numbers: elsewhere it is an answer.
    """
    choices = [reply["buttons"] for reply in replies if reply.get("buttons")]
    if not choices:
        return None
    number = _NUMBER.fullmatch(text.strip())
    if number and is_numbered(choices[-1]):
        place = int(number[1])
        return choices[-1][place - 1]["payload"] if 1 <= place <= len(choices[-1]) else None
    if not (wanted := _bare(text)):
        return None
    buttons = [button for choice in choices for button in choice]
    return next((button["payload"] for button in buttons if _bare(button["title"]) == wanted), None)


def _bare(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.sub(r"[^\w\s]", "", "".join(sign for sign in letters if not unicodedata.combining(sign))).split())
