"""Error messages: codes, exact texts, and sentences in quotes after words like "me sale"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.entities.entity import WINDOW, Entity, Kind, Message, apply, without_overlaps
from bot.entities.error_codes import find_codes
from bot.entities.error_texts import BROWSER, BROWSER_SPACED, LOG_LINE, MEMORY, OUTLOOK, RESOURCE_LIMIT, TEXTS
from bot.entities.hosts import ADDRESS, SITE

_QUOTES = tuple(
    re.compile(pattern)
    for pattern in (
        r'"(?P<said>[^"\n]{3,300})"',
        r"“(?P<said>[^“”\n]{3,300})”",
        r"«(?P<said>[^«»\n]{3,300})»",
        r"(?<!\w)'(?P<said>[^'\n]{3,300})'(?!\w)",
        r"(?<!\w)‘(?P<said>[^‘’\n]{3,300})’(?!\w)",
    )
)
_ANNOUNCED = re.compile(
    r"(?<!\w)(?:dice|da|dise|decia|sale|salia|salio|salta|salto|aparece|aparecio|aparecia|tira|tiro|error|errores|cartel|cartelito|"
    r"mensaje|mensajito|aviso|leyenda|pone|figura|muestra|contesta|responde|devuelve|leo)"
    r"\W+(?:(?:que|asi|esto|el|un|una|error|mensaje|cartel|cartelito|lo|siguiente|algo|como|me|es|de|texto|ahi|dice)\W+){0,5}$"
)
# A message that opens with a quoted sentence quotes what is on the screen.
_WORDS_THAT_OPEN = 3
# "Outlook: «…»": the program is speaking, if in more than one word.
_SPEAKING = re.compile(r"[a-z]:\s*$")
_WORDS_SPOKEN = 2
# A code and the server's words right after it are one error.
_TOUCHING = 3


def find_errors(message: Message) -> list[Entity]:
    """All errors, those in quotes first; never raises."""
    found = [*_names(message), *find_codes(message), *apply(message, Kind.ERROR, TEXTS)]
    longest_first = sorted(found, key=lambda entity: (entity.start, -entity.end))
    joined = _join(message, without_overlaps(longest_first))
    return [*_quoted(message, joined), *joined, *_log_lines(message)]


def _names(message: Message) -> Iterator[Entity]:
    for pattern in (BROWSER, BROWSER_SPACED):
        for match in pattern.finditer(message.plain):
            value = re.sub(r"[ _]+", "_", re.sub(r"::\s", "::", match[0])).upper()
            yield message.entity(Kind.ERROR, value, *match.span())
    for match in OUTLOOK.finditer(message.plain):
        yield message.entity(Kind.ERROR, f"0x{(match['long'] or match['short']).upper()}", *match.span())
    for match in MEMORY.finditer(message.plain):
        amount = f" of {match['bytes']} bytes" if match["bytes"] else ""
        yield message.entity(Kind.ERROR, f"Allowed memory size{amount} exhausted", *match.span())


def _log_lines(message: Message) -> Iterator[Entity]:
    for match in LOG_LINE.finditer(message.plain):
        yield message.entity(Kind.ERROR, " ".join(message.text[slice(*match.span())].split()), *match.span())


def _join(message: Message, found: list[Entity]) -> list[Entity]:
    joined: list[Entity] = []
    for entity in found:
        last = joined[-1] if joined else None
        gap = message.plain[last.end : entity.start] if last else ""
        if last is None or entity.start - last.end > _TOUCHING or any(letter.isalnum() for letter in gap):
            joined.append(entity)
            continue
        value = entity.value if entity.value == RESOURCE_LIMIT else last.value
        joined[-1] = message.entity(Kind.ERROR, value, last.start, entity.end)
    return joined


def _quoted(message: Message, known: list[Entity]) -> Iterator[Entity]:
    for pattern in _QUOTES:
        for match in pattern.finditer(message.text):
            before = message.plain[max(0, match.start() - WINDOW) : match.start()]
            start, end = _longest_free(message, *match.span("said"))
            if not _is_shown(before, len(match["said"].split())) or not any(map(str.isalpha, message.text[start:end])):
                continue
            codes = [entity.value for entity in known if match.start() <= entity.start and entity.end <= match.end()]
            yield message.entity(Kind.ERROR, codes[0] if codes else " ".join(match["said"].split()), start, end)


def _is_shown(before: str, words: int) -> bool:
    if not before.strip():
        return words >= _WORDS_THAT_OPEN
    return bool(_ANNOUNCED.search(before) or (words >= _WORDS_SPOKEN and _SPEAKING.search(before)))


def _longest_free(message: Message, start: int, end: int) -> tuple[int, int]:
    """The longest part of a quotation beside the sites and addresses in it, which are entities of their own."""
    parts, place = [], start
    for match in (match for pattern in (ADDRESS, SITE) for match in pattern.finditer(message.text, start, end)):
        parts.append((place, max(place, match.start())))
        place = max(place, match.end())
    parts.append((place, end))
    return max(parts, key=lambda part: part[1] - part[0])
