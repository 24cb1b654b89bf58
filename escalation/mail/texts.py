"""The text of a mail's part: whatever its charset says or hides, flowed lines joined, HTML as plain text."""

from __future__ import annotations

import re
from email.message import Message
from functools import lru_cache

from inscriptis import get_text
from inscriptis.model.config import ParserConfig

# Chatwoot's limit for a text; the rest of so long a mail is a log that was pasted in.
TEXT_MAX = 150_000
HTML_MAX = 600_000
SAMPLE = 20_000
# Deeper than any mail program nests (Outlook's replies to replies reach about a hundred); libxml2 refuses at 256 itself.
HTML_DEPTH_MAX = 200
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})\b")
_VOID = frozenset({"br", "img", "hr", "meta", "link", "input", "col", "area", "base", "wbr", "source", "embed", "param", "p", "li"})
# WHATWG: what calls itself latin-1 or ASCII is windows-1252 (Outlook's quotation marks).
_WINDOWS = frozenset({"iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii", "windows-1252", "cp1252", "iso8859-1", "ansi"})
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2028\u2029\ufeff]")
# Letters that change the direction of what stands beside them: a name or a link would read other than it is.
_EMPTY_LINES = re.compile(r"\n{4,}")
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def of_part(part: Message) -> str:
    """The plain text of a ``text/*`` part."""
    text = decoded(payload(part), part.get_content_charset() or "")
    if part.get_content_subtype() == "html":
        return clean(of_html(text))
    if str(part.get_param("format", "")).lower() == "flowed":
        text = unflowed(text, delsp=str(part.get_param("delsp", "")).lower() == "yes")
    return clean(text)


def payload(part: Message) -> bytes:
    """The part's bytes, decoded; where its encoding is broken, as they came."""
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, TypeError):
        content = None
    if isinstance(content, bytes):
        return content
    raw = part.get_payload()
    return raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""


def decoded(content: bytes, charset: str) -> str:
    """Text of bytes that may lie about their charset: as declared, else UTF-8, else windows-1252."""
    tries = ["utf-8"] if charset.lower() in _WINDOWS or not charset else [charset, "utf-8"]
    for name in tries:
        try:
            return content.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    # A letter cut by a careless program must not turn all the others into two strange ones each.
    repaired = content.decode("utf-8", "replace")
    accented = sum(1 for letter in repaired[:SAMPLE] if "\x80" <= letter < "\ufffd")
    return repaired if accented > repaired[:SAMPLE].count("\ufffd") else content.decode("windows-1252", "replace")


def clean(text: str) -> str:
    """Line ends as ``\\n``, without control and direction characters, at most :data:`TEXT_MAX`."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    # Empty lines without end would push what stands behind them over the limit.
    return _EMPTY_LINES.sub("\n\n\n", _DIRECTIONS.sub("", _CONTROLS.sub("", lines)))[:TEXT_MAX]


def unflowed(text: str, delsp: bool) -> str:
    """RFC 3676: a line that ends in a space goes on in the next one of the same quotation depth."""
    joined: list[str] = []
    open_depth = -1
    for line in text.replace("\r\n", "\n").split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ") if depth else line.removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        if open_depth == depth and content != "-- ":
            joined[-1] += content
        else:
            joined.append(">" * depth + (" " if depth else "") + content)
        if flows and delsp:
            joined[-1] = joined[-1].removesuffix(" ")
        open_depth = depth if flows else -1
    return "\n".join(joined)


@lru_cache
def _plain() -> ParserConfig:
    return ParserConfig(display_images=False, display_links=False, display_anchors=False)


def of_html(html: str) -> str:
    """What a reader of the page sees, as text: no markup, no script, no style, nothing loaded."""
    page = _CONTROLS.sub("", html[:HTML_MAX])
    if _depth(page) <= HTML_DEPTH_MAX:
        try:
            return "\n".join(line.rstrip() for line in get_text(page, _plain()).split("\n")).strip()
        except (ValueError, AssertionError, RecursionError, IndexError, TypeError, AttributeError, KeyError):
            pass
    without = re.sub(r"(?is)<(script|style|head)\b.{0,200000}?</\1\s{0,9}>", " ", page)
    return re.sub(r"[ \t]+", " ", re.sub(r"<[^<>]{0,5000}>", " ", re.sub(r"(?i)<(?:br|/p|/div)\b[^<>]{0,200}>", "\n", without)))


def _depth(page: str) -> int:
    deepest = depth = 0
    for found in _TAG.finditer(page):
        if found.group(2).lower() in _VOID:
            continue
        depth = max(0, depth - 1) if found.group(1) else depth + 1
        deepest = max(deepest, depth)
    return deepest
