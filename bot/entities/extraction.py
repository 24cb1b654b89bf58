"""What a message tells, so that the form does not ask for it again."""

from __future__ import annotations

from bot.entities.circumstances import find_circumstances
from bot.entities.entity import Entity, Finder, Kind, Message, without_overlaps
from bot.entities.errors import find_errors
from bot.entities.frequencies import find_frequencies
from bot.entities.hosts import find_addresses, find_domains
from bot.entities.programs import find_programs
from bot.entities.scopes import find_scopes
from bot.entities.times import find_since

__all__ = ["MAX_LENGTH", "Entity", "Kind", "extract"]

# What follows in a longer message is a pasted log, and every rule would read it.
MAX_LENGTH = 8000

# Of two that overlap the one found first stays: an address is not also a domain, "outlook.com" not also a program.
FINDERS: tuple[Finder, ...] = (
    find_addresses,
    find_domains,
    find_errors,
    find_since,
    find_frequencies,
    find_circumstances,
    find_scopes,
    find_programs,
)


def extract(text: str) -> list[Entity]:
    """What ``text`` tells, ordered by place, without overlaps, each value of a kind once.

    Reads the first :data:`MAX_LENGTH` characters in linear time; never raises. The rules follow the support policy
    ("indicando claramente el mensaje de error, cuál es el sitio web y/o cuentas … y en qué situaciones se presenta").
    """
    message = Message.of(text[:MAX_LENGTH])
    found = without_overlaps(entity for find in FINDERS for entity in find(message))
    first: dict[tuple[Kind, str], Entity] = {}
    for entity in found:
        first.setdefault((entity.kind, entity.value), entity)
    return list(first.values())
