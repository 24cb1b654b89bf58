"""What is found in a message, and the form of the text that the rules read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What the support policy asks of a report; in the policy's words where it has any."""

    DOMAIN = "domain"
    ADDRESS = "address"
    ERROR = "error"
    PROGRAM = "program"
    FREQUENCY = "frequency"
    SINCE = "since"
    SCOPE = "scope"
    CIRCUMSTANCE = "circumstance"


@dataclass(frozen=True)
class Entity:
    """One thing that was said: ``value`` is canonical, ``text`` is ``message[start:end]``."""

    kind: Kind
    value: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Message:
    """The text as written and, place by place, without case and accents: customers seldom write accents."""

    text: str
    plain: str

    @classmethod
    def of(cls, text: str) -> Message:
        return cls(text, fold(text))

    def entity(self, kind: Kind, value: str, start: int, end: int) -> Entity:
        return Entity(kind, value, self.text[start:end], start, end)


@dataclass(frozen=True)
class Rule:
    """``pattern`` (on the plain text) means ``value``, unless ``not_before`` ends right before it or ``not_after`` follows.

    A group named ``at`` narrows the place: the rest of the phrase stays free for another kind ("solo desde el **celu**").
    """

    pattern: re.Pattern[str]
    value: str
    not_before: re.Pattern[str] | None = None
    not_after: re.Pattern[str] | None = None


# The words that can turn a phrase's meaning stand close to it; a window keeps the time linear.
WINDOW = 60


class _Folding(dict[int, str]):
    """One character for one character, so that places in the plain text are places in the message."""

    def __missing__(self, code: int) -> str:
        lower = chr(code).lower()
        self[code] = unicodedata.normalize("NFD", lower)[0]
        return self[code]


_FOLDING = _Folding()


def fold(text: str) -> str:
    """``text`` in lower case without accents, of the same length ("Ñandú" → "nandu")."""
    return text.translate(_FOLDING)


def rule(pattern: str, value: str, not_before: str = "", not_after: str = "") -> Rule:
    """A :class:`Rule` on whole words; parts of host names ("outlook.com") are not words."""
    return Rule(
        re.compile(rf"(?<![\w.@-])(?:{pattern})(?![\w@]|\.\w)"),
        value,
        re.compile(rf"(?:{not_before})\s*$") if not_before else None,
        re.compile(rf"\s*(?:{not_after})") if not_after else None,
    )


def apply(message: Message, kind: Kind, rules: Iterable[Rule]) -> list[Entity]:
    """Every match of every rule that its surroundings allow, in the rules' order."""
    return [
        message.entity(kind, one.value, *_place(match))
        for one in rules
        for match in one.pattern.finditer(message.plain)
        if allowed(message, one, match)
    ]


def allowed(message: Message, one: Rule, match: re.Match[str]) -> bool:
    """Whether neither what stands before nor what follows takes the meaning away."""
    before = message.plain[max(0, match.start() - WINDOW) : match.start()]
    after = message.plain[match.end() : match.end() + WINDOW]
    return not (one.not_before and one.not_before.search(before)) and not (one.not_after and one.not_after.match(after))


def _place(match: re.Match[str]) -> tuple[int, int]:
    return match.span("at") if "at" in match.re.groupindex and match.group("at") else match.span()


Finder = Callable[[Message], list[Entity]]


def without_overlaps(found: Iterable[Entity]) -> list[Entity]:
    """The first of those that overlap, ordered by place."""
    kept: list[Entity] = []
    taken: set[int] = set()
    for entity in found:
        places = range(entity.start, entity.end)
        if taken.isdisjoint(places):
            kept.append(entity)
            taken.update(places)
    return sorted(kept, key=lambda entity: entity.start)
