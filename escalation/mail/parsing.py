"""Raw bytes to what the rules need of a mail. Everything is bounded: whoever sends it wants it to be large, deep or broken."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email import message_from_bytes
from email._policybase import Compat32
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

from escalation.customers import typed_address
from escalation.mail.bodies import Collected, collect
from escalation.mail.message import known_ids
from escalation.mail.texts import clean, decoded

MEGABYTE = 2**20
# 25 MB of files as base64; the largest providers send no larger ones.
SIZE_MAX = 36 * MEGABYTE
HEADERS_MAX = 256 * 1024
LINES_MAX = 600_000
# Each is one more level or part to parse; a mail forwarded twenty times has fewer.
STRUCTURE_MAX = 100
SUBJECT_MAX = 300
ADDRESSES_MAX = 100
REFERENCES_MAX = 50
_STRUCTURE = re.compile(rb"boundary\s{0,5}=|content-type:\s{0,5}(?:multipart|message)/", re.IGNORECASE)
_BARE_RETURN = re.compile(rb"\r(?!\n)")
_REPLY = re.compile(
    r"(?:(?:re|rv|fw|fwd|aw|sv|tr|enc|res|reenv(?:iado)?)\s?(?:\[\d{1,3}\])?\s?:\s*|\[[^\]]{1,40}\]\s*)+", re.IGNORECASE
)


class Unparseable(Exception):
    """Nothing sound can be made of it; ``reason`` is a short word for staff."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Headers(Compat32):
    """The most forgiving of Python's policies; letters that a program put into headers as they are, are read as well."""

    def _sanitize_header(self, name: str, value: object) -> object:
        text = value if isinstance(value, str) else ""
        if text.isascii():
            return value
        return decoded(text.encode("utf-8", "surrogateescape"), "")


POLICY = _Headers()


@dataclass(frozen=True)
class Mail:
    """A mail that was read. ``sender``: the one address of From, lower case, empty where there is none or more than one.

    ``recipients``: every address it was sent or delivered to; ``references``: Message-IDs of In-Reply-To and References, the
    nearest first; ``headers``: all of the top; ``body``: text, files, and what could not be read.
    """

    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    references: tuple[str, ...]
    headers: Message
    body: Collected


@dataclass(frozen=True)
class Envelope:
    """What is known of a mail before it is parsed: enough to store it once and to show it."""

    message_id: str
    sender: str
    subject: str
    written_at: str


def parse(raw: bytes) -> Mail:
    """Raises:
    Unparseable: too large, too deep, or broken beyond reading.
    """
    message = _message(raw)
    name, sender = _from(message)
    try:
        body = collect(message)
    except RecursionError as deep:
        raise Unparseable("too_deep") from deep
    return Mail(
        sender=sender,
        sender_name=name,
        recipients=_addresses(message, "to", "cc", "delivered-to", "x-original-to", "envelope-to"),
        subject=text_of(message, "subject"),
        message_id=_message_id(message),
        references=_references(message),
        headers=message,
        body=body,
    )


def envelope(raw: bytes) -> Envelope:
    """Never raises: what cannot be read is empty, and the mail is stored all the same."""
    head = _one_header_a_line(raw[: min(_header_end(raw), HEADERS_MAX)])
    try:
        message = message_from_bytes(head, policy=POLICY)
        sender = _from(message)[1]
        given, subject, written = _message_id(message), text_of(message, "subject"), text_of(message, "date")
    except (MessageError, ValueError, LookupError, RecursionError, AttributeError, TypeError):
        return Envelope(made_id("", raw), "", "", "")
    return Envelope(given or made_id(f"{sender} {written}" if sender else "", raw), sender, subject, written[:100])


def made_id(known: str, raw: bytes) -> str:
    """For a mail without Message-ID: made of what is ``known`` of it (sender and date) and its body.

    So the same mail has the same one on every delivery. Of which nothing is known, all bytes tell it from others.
    """
    digest = hashlib.sha256(known.encode() + b"\x00" + (raw[_header_end(raw) :].strip() if known else raw))
    return f"made-{digest.hexdigest()[:40]}"


def subject_key(subject: str) -> str:
    """The subject for comparing: without "Re:", "RV:" and list tags, lower case."""
    return " ".join(_REPLY.sub("", subject, count=1).lower().split())[:SUBJECT_MAX]


def text_of(message: Message, name: str) -> str:
    """A header as one line of text, decoded, without control characters, at most 300 characters."""
    value = message.get(name)
    if value is None:
        return ""
    try:
        text = str(make_header(decode_header(str(value)[:4000])))
    except (MessageError, LookupError, ValueError, UnicodeError, AssertionError, IndexError):
        text = str(value)[:4000]
    return " ".join(clean(text.encode("utf-8", "replace").decode("utf-8")).split())[:SUBJECT_MAX]


def _message(raw: bytes) -> Message:
    if len(raw) > SIZE_MAX:
        raise Unparseable("too_large")
    if _header_end(raw) > HEADERS_MAX:
        raise Unparseable("header_too_large")
    if len(_STRUCTURE.findall(raw)) > 2 * STRUCTURE_MAX:
        raise Unparseable("too_deep")
    if raw.count(b"\n") > LINES_MAX:
        raise Unparseable("too_many_lines")
    try:
        message = message_from_bytes(_one_header_a_line(raw), policy=POLICY)
    except RecursionError as deep:
        raise Unparseable("too_deep") from deep
    except (MessageError, ValueError, LookupError, AssertionError, TypeError, AttributeError) as broken:
        raise Unparseable("broken") from broken
    if not message.keys():
        raise Unparseable("no_headers")
    return message


def _one_header_a_line(raw: bytes) -> bytes:
    """A carriage return alone ends no line for a mail server (RFC 5322 2.2), but does for Python's parser.

    Without this, "Subject: x<CR>Authentication-Results: …" is one header for the server, which lets it pass, and two for us.
    """
    end = _header_end(raw)
    return _BARE_RETURN.sub(b" ", raw[:end]) + raw[end:]


def _header_end(raw: bytes) -> int:
    ends = [end for end in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if end >= 0]
    return min(ends, default=len(raw))


def _from(message: Message) -> tuple[str, str]:
    given = message.get_all("from") or []
    # RFC 5322 3.6: exactly one From. With two, each program shows another one; with two addresses nobody knows who writes.
    if len(given) != 1:
        return "", ""
    found = [(name, address) for name, address in getaddresses([str(given[0])[:2000]]) if address]
    if len(found) != 1 or found[0][1].count("@") != 1:
        return "", ""
    address = typed_address(clean(found[0][1]))
    return " ".join(clean(found[0][0]).split())[:200], address if len(address) <= 254 else ""


def _addresses(message: Message, *names: str) -> tuple[str, ...]:
    given = [str(value)[:20_000] for name in names for value in (message.get_all(name) or [])[:20]]
    found = [address.strip().lower() for _, address in getaddresses(given)[:ADDRESSES_MAX]]
    return tuple(dict.fromkeys(address for address in found if "@" in address))


def _message_id(message: Message) -> str:
    found = known_ids(str(message.get("message-id") or "")[:1000])
    return found[0] if found else ""


def _references(message: Message) -> tuple[str, ...]:
    nearest = known_ids(str(message.get("in-reply-to") or "")[:5000])
    older = known_ids(str(message.get("references") or "")[:20_000])[-REFERENCES_MAX:]
    return tuple(dict.fromkeys([*nearest, *reversed(older)]))
