"""Did he whose address stands in From really write it? Reply-To, Sender and the envelope say nothing about that.

Two proofs: the topmost ``Authentication-Results`` (RFC 8601) of our own mail server, told by its authserv-id, or our own check
of a DKIM signature (RFC 6376). Our server must remove from incoming mail every such header that bears its own name (RFC 8601 5).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message

import dkim
from dkim.dnsplug import get_txt

from escalation.mail.parsing import Mail

HEADER_MAX = 8_000
# RFC 8301 3.2: verifiers take no key below 1024 bits.
KEY_BITS_MIN = 1024
SIGNATURES_MAX = 5
DNS_SECONDS = 5
_RESULT = re.compile(r"^\s*([a-z][\w-]{0,30})\s*=\s*([a-z]{2,12})\b(.*)$", re.IGNORECASE | re.DOTALL)
_PROPERTY = re.compile(r"\b(smtp|header|policy|body)\.([a-z][\w-]{0,30})\s*=\s*\"?([^\s;\"]{1,300})", re.IGNORECASE)

# Name and seconds to a TXT record, as dkimpy asks: tests answer from a table.
Dns = Callable[..., bytes | None]


@dataclass(frozen=True)
class Verdict:
    """``method``: dmarc, dkim, spf (our server's word), own_dkim, released (by a person), or none; ``detail`` for staff."""

    method: str
    detail: str = ""

    @property
    def proven(self) -> bool:
        return self.method != "none"


@dataclass(frozen=True)
class _Result:
    method: str
    value: str
    properties: dict[str, str]


def judge(mail: Mail, raw: bytes, authserv_id: str, dns: Dns = get_txt) -> Verdict:
    """Whether From is proven. ``authserv_id`` empty: we have no server of our own that says so, only DKIM counts."""
    domain = mail.sender.rpartition("@")[2]
    if not domain:
        return Verdict("none", "From: ninguna dirección, o más de una")
    results = _of_our_server(mail.headers, authserv_id)
    if results is None:
        return _own_dkim(raw, mail.headers, domain, dns)
    for method, judged in (("dmarc", _dmarc), ("dkim", _dkim), ("spf", _spf)):
        for result in (one for one in results if one.method == method):
            verdict = judged(result, domain)
            # Its "no" is the last word: what it saw at the door (the peer's address) we cannot see any more.
            if verdict is not None:
                return verdict
    return Verdict("none", "el servidor no pudo comprobar el remitente")


def aligned(domain: str, signed: str) -> bool:
    """RFC 7489 3.1, without the other direction of "relaxed": a name below somebody's domain may be anybody's."""
    signed = signed.lower().strip(".").rpartition("@")[2]
    return domain == signed or (signed.count(".") >= 1 and domain.endswith(f".{signed}"))


def _of_our_server(headers: Message, authserv_id: str) -> list[_Result] | None:
    """The results of the topmost header where our server wrote it; None where it did not."""
    given = headers.get("authentication-results")
    if given is None or not authserv_id:
        return None
    pieces = _without_comments(str(given)[:HEADER_MAX]).split(";")
    names = pieces[0].split()
    if not names or names[0].lower() != authserv_id.lower():
        return None
    found = (_RESULT.match(piece) for piece in pieces[1:])
    return [_Result(one.group(1).lower(), one.group(2).lower(), _properties(one.group(3))) for one in found if one]


def _properties(text: str) -> dict[str, str]:
    return {f"{kind}.{name}".lower(): value.lower() for kind, name, value in _PROPERTY.findall(text)}


def _without_comments(text: str) -> str:
    """RFC 5322 comments may nest and hold anything, a semicolon and "dmarc=pass" too; so may quoted strings."""
    kept, depth, quoted, skip = [], 0, False, False
    for letter in " ".join(text.split()):
        if skip:
            skip = False
        elif letter == "\\":
            skip = True
        elif letter == '"' and not depth:
            quoted = not quoted
        elif letter == "(" and not quoted:
            depth += 1
        elif letter == ")" and depth and not quoted:
            depth -= 1
        elif not depth:
            kept.append("_" if quoted and letter in ";= " else letter)
    return "".join(kept)


def _dmarc(result: _Result, domain: str) -> Verdict | None:
    named = result.properties.get("header.from", domain).rpartition("@")[2]
    if result.value == "pass" and named == domain:
        return Verdict("dmarc", f"dmarc=pass {domain}")
    if result.value in ("fail", "pass", "permerror"):
        return Verdict("none", f"dmarc={result.value} {named}")
    return None


def _dkim(result: _Result, domain: str) -> Verdict | None:
    signed = result.properties.get("header.d") or result.properties.get("header.i", "")
    return Verdict("dkim", f"dkim=pass {signed}") if result.value == "pass" and aligned(domain, signed) else None


def _spf(result: _Result, domain: str) -> Verdict | None:
    sent = result.properties.get("smtp.mailfrom", "")
    return Verdict("spf", f"spf=pass {sent}") if result.value == "pass" and aligned(domain, sent) else None


def _own_dkim(raw: bytes, headers: Message, domain: str, dns: Dns) -> Verdict:
    signatures = [str(value) for value in headers.get_all("dkim-signature") or []]
    for number, signature in enumerate(signatures[:SIGNATURES_MAX]):
        tags = dict(tag.strip().partition("=")[::2] for tag in "".join(signature.split()).split(";"))
        # With l= anybody may append to a signed mail (RFC 6376 8.2).
        if "l" in tags or not aligned(domain, tags.get("d", "")):
            continue
        try:
            if dkim.DKIM(raw, minkey=KEY_BITS_MIN, timeout=DNS_SECONDS).verify(idx=number, dnsfunc=dns):
                return Verdict("own_dkim", f"dkim propio {tags['d']}")
        except Exception:  # noqa: S112  # a broken signature or key ends in many kinds of errors; it proves nothing
            continue
    return Verdict("none", "sin comprobación del servidor propio ni firma DKIM alineada")
