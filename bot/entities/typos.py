"""What a mistyped domain was probably meant to be. A guess is asked back, never taken."""

from __future__ import annotations

import re

from bot.entities.edits import distance
from bot.entities.hosts import PROVIDERS
from bot.entities.suffixes import AR_ZONES, KNOWN
from bot.entities.words import words

# Mailbox providers by name, and the endings under which they give mailboxes. The first ending is the common one.
_BRANDS = {
    "gmail": ("com",),
    "hotmail": ("com", "com.ar", "es"),
    "outlook": ("com", "com.ar", "es"),
    "yahoo": ("com", "com.ar", "es"),
    "icloud": ("com",),
    "fibertel": ("com.ar",),
}
# As they sound in Spanish: further away than a slip of the finger.
_SOUNDS = {
    "jotmail": "hotmail",
    "otmail": "hotmail",
    "autlook": "outlook",
    "outluk": "outlook",
    "autluk": "outlook",
    "yahu": "yahoo",
}
_ENDINGS = frozenset({"com", "com.ar", "ar", "es", "net", "org", "co"})
# Names of other countries that exist and that Argentines hardly mean.
_DOUBTFUL = frozenset({"cm", "om"})
_AR_SLIPS = words("ra at as sr qr er a arr aar arg are rar ars")
_GENERIC = ("com", "net", "org")
# "telecom.ar" is a name, "micasacom.ar" lacks a dot.
_NAMES_IN_COM = re.compile(r"^(?:\w*tele|\w*inter|info|e|net|fiber|si|tel|syn|data|elec|\w*ele|\w*uni|\w*er)(?:com|net)$")


def meant(host: str) -> str | None:
    """The domain that ``host`` (canonical) is one slip away from, or None where it may well be right."""
    labels = host.split(".")
    ended = _ending(labels)
    known = _provider(ended)
    mended = ".".join(known or ended)
    return mended if mended != host else None


def without_dots(word: str) -> str | None:
    """``micasacomar`` is ``micasa.com.ar``; None for other words."""
    match = re.fullmatch(r"([^\W_][\w-]{2,60}?)(com|net|org|gob|edu)(ar)?", word)
    if not match or (not match[3] and (match[2] != "com" or len(word) < 8 or _NAMES_IN_COM.match(word))):
        return None
    return ".".join(part for part in match.groups() if part)


def _ending(labels: list[str]) -> list[str]:
    *front, top = labels
    if not front:
        return labels
    if top in _AR_SLIPS and front[-1] in AR_ZONES and len(front) > 1:
        return [*front, "ar"]
    if top == "ar":
        return [*_second_level(front), "ar"]
    joined = re.fullmatch(r"(com|net|org|gob|gov|edu)ar", top)
    if joined:
        return [*front, joined[1], "ar"]
    if top in KNOWN - _DOUBTFUL:
        return labels
    return [*front, next((right for right in _GENERIC if distance(top, right) == 1), top)] if len(top) < 6 else labels


def _second_level(front: list[str]) -> list[str]:
    *names, second = front
    if names and second not in AR_ZONES and len(second) < 6 and distance(second, "com") == 1:
        return [*names, "com"]
    lacking = re.fullmatch(r"([\w-]{3,60})(com|gob|edu)", second)
    if not names and lacking and not _NAMES_IN_COM.match(second):
        return [lacking[1], lacking[2]]
    return front


def _provider(labels: list[str]) -> list[str] | None:
    name, ending = labels[0], ".".join(labels[1:])
    if ending not in _ENDINGS or ".".join(labels) in PROVIDERS:
        return None
    brand = _SOUNDS.get(name) or next((brand for brand in _BRANDS if _slipped(name, brand)), None)
    if brand is None or (name == brand == "yahoo"):
        return None
    offered = _BRANDS[brand]
    return [brand, *(ending if ending in offered else offered[0]).split(".")]


def _slipped(name: str, brand: str) -> bool:
    # The first letter is seldom wrong, and "mail.com" and "ymail.com" are providers of their own.
    return name[:1] == brand[0] and abs(len(name) - len(brand)) <= 1 and distance(name, brand) <= 1
