"""Slips around the dots and the @ of an answer: spaces, commas, dots and "arroba" spelt out."""

from __future__ import annotations

import re

from bot.entities.words import words

# "Las casillas de @micasa.com.ar" names no mailbox "de".
_NO_MAILBOX = "".join(
    rf"(?<!\b{word})"
    for word in sorted(words("de del en las los todas todos cuentas casillas mails correos dominio cuenta casilla mail y o a"))
)
_ENDING = r"(?:com|net|org|gob|gov|edu|int|tur|coop)"

# In this order: each line reads what the one before has left.
_SLIPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), right)
    for pattern, right in (
        (r"(?<=\w)[ ]+(?:\(?arroba\)?|\(at\))[ ]+(?=\w)", "@"),
        (r"(?<=\w)[ ]+punto[ ]+(?=(?:com|net|org|gob|gov|edu|ar)\b)", "."),
        (r"@{2,}", "@"),
        (rf"(?<=[\w-]){_NO_MAILBOX}(?:[ ]?@[ ]+|[ ]@)(?=[\w-]{{1,63}}\.)", "@"),
        (rf"(?<=\w)[,;:](?={_ENDING}\b)", "."),
        (rf"(?<=\w)[ ]*\.[ ]+(?={_ENDING}\b)|(?<=\w)[ ]+\.[ ]*(?={_ENDING}\b)", "."),
        (rf"(?<=\w)[ ]+(?={_ENDING}(?:[ .,;]|[ ]?\.[ ]?)ar\b)", "."),
        (rf"(?<=[.]){_ENDING}(?P<gap>[ ]*[.,;][ ]*|[ ])(?=ar\b)", ""),
        (r"(?<=\bwww)[,; ](?=\w)", "."),
        (r"(?<=\w)\.{2,}(?=\w)", "."),
        (r"\bwww(?=[a-z0-9]{3,60}\.)", ""),
    )
)


def respelt(text: str) -> str:
    """``text`` with those slips mended ("ventas@ micasa.com,ar" → "ventas@micasa.com.ar"); may read more than was meant."""
    for pattern, right in _SLIPS:
        text = pattern.sub(lambda match, right=right: _in_place(match, right), text)
    return text


def _in_place(match: re.Match[str], right: str) -> str:
    if "gap" not in match.re.groupindex:
        return right
    return match[0][: match.start("gap") - match.start()] + "."
