"""The answer to "¿Qué sitio web o qué cuenta tiene el problema?": what it names, and what must be asked back."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from bot.entities.entity import fold
from bot.entities.hosts import canonical
from bot.entities.spelling import respelt
from bot.entities.suffixes import KNOWN, PLAIN, ends_in
from bot.entities.typos import meant, without_dots
from bot.entities.validity import Problem, of_address, of_domain

MAX_LENGTH = 4000
# An answer of so few words names the site; a longer one tells about it.
FEW_WORDS = 4

_PIECE = re.compile(r"[^\s,;<>()\"«»“”]+")
_LEAD = re.compile(r"^(?:mailto:|(?:https?|ftps?):?/{1,3})", re.IGNORECASE)


@dataclass(frozen=True)
class SiteCheck:
    """What was answered.

    ``value``: the domains and addresses found, canonical and joined by ", ", or the answer itself where it names none
    ("todas las cuentas"). ``suggestion``: the same without a probable typo, to be asked back; None where all may be
    right. ``problem``: why ``value`` cannot be used as it is (see :class:`Problem`).
    """

    value: str
    suggestion: str | None = None
    problem: str | None = None


@dataclass(frozen=True)
class _Name:
    value: str
    meant: str
    problem: Problem | None


def check_site(text: str) -> SiteCheck:
    """Read, validate and proof-read an answer; never raises.

    Validity follows RFC 1035, 5321 and, for other letters than a-z, RFC 5890-5892.
    """
    answer = " ".join(text[:MAX_LENGTH].split())
    written = _names(answer)
    mended = _names(respelt(answer))
    value = ", ".join(name.value for name in written) or answer
    meant_by_it = ", ".join(name.meant for name in mended)
    problem = next((name.problem for name in written if name.problem), None)
    usable = meant_by_it and not any(of_any(name.meant) for name in mended)
    suggestion = meant_by_it if usable and meant_by_it != value else None
    return SiteCheck(value, suggestion, str(problem) if problem else None)


def of_any(name: str) -> Problem | None:
    """What is wrong with a domain or an address."""
    local, at, host = name.rpartition("@")
    return of_address(local, host) if at else of_domain(host)


def _names(answer: str) -> list[_Name]:
    pieces = [piece.strip(".:!?¿¡'`*_") for piece in _PIECE.findall(answer)]
    few = len(pieces) <= FEW_WORDS
    found: dict[str, _Name] = {}
    for piece in pieces:
        name = _address(piece) if "@" in piece else _site(piece, few)
        if name:
            found.setdefault(name.value, name)
    return list(found.values())


def _address(piece: str) -> _Name | None:
    local, _, host = _LEAD.sub("", piece).rpartition("@")
    # "Las casillas @midominio.com.ar" names the domain.
    if not local:
        return _site(host, True)
    name = canonical(re.split(r"[/?#:]", host)[0])
    local = local.lower()
    host_meant = meant(name) or _dotted(name)
    return _Name(f"{local}@{name}", f"{fold(local)}@{host_meant or name}", of_address(local, name))


def _site(piece: str, few: bool) -> _Name | None:
    lead = _LEAD.match(piece)
    bare = piece[lead.end() :] if lead else piece
    signed = bool(lead) or bare.lower().startswith("www.")
    host = canonical(re.split(r"[/?#:]", bare)[0]).removeprefix("www.")
    if "." not in host and not signed:
        dotted = without_dots(host) if few else None
        return _Name(host, dotted, None) if dotted else None
    if not host or _is_number(host) or not (signed or _names_a_site(host, few)):
        return None
    return _Name(host, meant(host) or _dotted(host) or host, of_domain(host))


def _dotted(host: str) -> str | None:
    return without_dots(host) if "." not in host else None


def _names_a_site(host: str, few: bool) -> bool:
    labels = host.split(".")
    if ends_in(labels, KNOWN if few else PLAIN) or not all(labels):
        return few or all(labels)
    # In a short answer a lone letter or figure after the dot is the rest of an ending; a longer word may be any word.
    return meant(host) is not None or (few and (len(labels[-1]) < 3 or not labels[-1].isalpha()))


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(re.fullmatch(r"[\d.,$]+", host))
    return True
