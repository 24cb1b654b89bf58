"""Messenger's limits on what is sent, and how a text is made to fit (Send API reference; button template; quick replies)."""

from __future__ import annotations

import re
from collections.abc import Iterator

# "Must be less than 2,000 characters" (Send API): counted in UTF-16 units here, as Meta's own clients count.
TEXT_MAX = 1999
TEMPLATE_TEXT_MAX = 640
TITLE_MAX = 20
BUTTONS_MAX = 3
QUICK_REPLIES_MAX = 13
PAYLOAD_MAX = 1000

# Where a text is cut, best first: between paragraphs, between lines, after a sentence, after a clause, between words. A full stop
# that ends no sentence (a number, an abbreviation, an address) has no blank and a capital letter behind it.
_CUTS = tuple(
    re.compile(pattern)
    for pattern in (r"\n\s*\n", r"\n", r"(?<=[.!?…])[\"»)\]]*\s+(?=[¿¡\"«(A-ZÁÉÍÓÚÑ0-9])", r"(?<=[;:,])\s+", r"\s+")
)
# A part that is cut shorter than this looks torn off: then the next worse place is better.
_FULL = 0.4
_LESS = frozenset(
    {"de", "del", "la", "el", "los", "las", "un", "una", "y", "o", "en", "con", "por", "para", "a", "al", "su", "que"}
)
# So much of a title must be left; otherwise the next word is cut in the middle.
_TELLING = 0.6


def length(text: str) -> int:
    """In UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def split(text: str, most: int = TEXT_MAX) -> list[str]:
    """``text`` in parts of at most ``most`` units, cut where it hurts least; nothing but white space between parts is lost."""
    return list(_parts(text.strip(), most))


def _parts(text: str, most: int) -> Iterator[str]:
    while length(text) > most:
        head = _head(text, most)
        end, start = _cut(head, text)
        yield text[:end].rstrip()
        text = text[start:].lstrip()
    if text:
        yield text


def _head(text: str, most: int) -> str:
    head = text[:most]
    while length(head) > most:
        head = head[:-1]
    return head


def _cut(head: str, text: str) -> tuple[int, int]:
    # One sign more than fits, so that a blank right behind the last word that fits counts as a place to cut.
    window = text[: len(head) + 1]
    for pattern in _CUTS:
        places = [match for match in pattern.finditer(window) if match.start() >= _FULL * len(head)]
        if places:
            return places[-1].start(), places[-1].end()
    return len(head), len(head)


def shortened(title: str, most: int = TITLE_MAX) -> str:
    """``title`` in at most ``most`` units, with an ellipsis where it was longer; whole words where that leaves enough to tell."""
    title = " ".join(title.split())
    if length(title) <= most:
        return title
    words = title.split(" ")
    while len(words) > 1 and (length(" ".join(words)) + 1 > most or words[-1].casefold().strip(",;:(") in _LESS):
        words.pop()
    kept = " ".join(words).rstrip(",;:(¿")
    if length(kept) < _TELLING * most:
        kept = title
    return _head(kept, most - 1).rstrip(" ,;:(") + "…"
