"""Whether a domain or an address can exist at all."""

from __future__ import annotations

import re
from enum import StrEnum

import idna

# RFC 1035 2.3.4, RFC 5321 4.5.3.1.1; 253 is what 255 octets on the wire leave for the text.
MAX_LABEL = 63
MAX_DOMAIN = 253
MAX_LOCAL_PART = 64

# RFC 5891 4.2.3.1: hyphens in the third and fourth place are for encodings.
_LDH = re.compile(r"(?!..--)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.IGNORECASE)
# RFC 5322 3.2.3 dot-atom, without the signs that no panel lets into a mailbox name.
_LOCAL_PART = re.compile(r"[a-z0-9_+%'&=~#-]+(?:\.[a-z0-9_+%'&=~#-]+)*", re.IGNORECASE)


class Problem(StrEnum):
    """Why what was written cannot be used; the bot words it."""

    NOT_A_DOMAIN = "not_a_domain"
    NOT_AN_ADDRESS = "not_an_address"
    BAD_IDN = "bad_idn"
    LABEL_TOO_LONG = "label_too_long"
    DOMAIN_TOO_LONG = "domain_too_long"
    BAD_LOCAL_PART = "bad_local_part"
    LOCAL_PART_TOO_LONG = "local_part_too_long"


def of_domain(host: str) -> Problem | None:
    """The first thing wrong with ``host``: letters and digits (RFC 1034 3.5) or a valid U-label (RFC 5890-5892, 5894)."""
    labels = host.split(".")
    if len(labels) < 2 or not all(labels) or not re.search(r"[^\W\d_]", labels[-1]) or len(labels[-1]) < 2:
        return Problem.NOT_A_DOMAIN
    octets = 0
    for label in labels:
        problem, length = _label(label)
        if problem:
            return problem
        octets += length + 1
    return Problem.DOMAIN_TOO_LONG if octets - 1 > MAX_DOMAIN else None


def of_address(local: str, host: str) -> Problem | None:
    """The first thing wrong with a mailbox address (RFC 5321 4.1.2)."""
    if not local or "." not in host:
        return Problem.NOT_AN_ADDRESS
    if len(local.encode()) > MAX_LOCAL_PART:
        return Problem.LOCAL_PART_TOO_LONG
    if not _LOCAL_PART.fullmatch(local):
        return Problem.BAD_LOCAL_PART
    return of_domain(host)


def _label(label: str) -> tuple[Problem | None, int]:
    if label.isascii() and not label.lower().startswith("xn--"):
        if len(label) > MAX_LABEL:
            return Problem.LABEL_TOO_LONG, 0
        return (None if _LDH.fullmatch(label) else Problem.NOT_A_DOMAIN), len(label)
    if len(label.encode()) > MAX_DOMAIN:
        return Problem.LABEL_TOO_LONG, 0
    try:
        if label.isascii():
            idna.ulabel(label)
            encoded = label.encode()
        else:
            encoded = idna.alabel(idna.uts46_remap(label))
    except UnicodeError as wrong:
        return (Problem.LABEL_TOO_LONG if "too long" in str(wrong).lower() else Problem.BAD_IDN), 0
    return (Problem.LABEL_TOO_LONG if len(encoded) > MAX_LABEL else None), len(encoded)
