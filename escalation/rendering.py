"""What people wrote, as HTML for pages and mails: their words, with addresses that can be followed, and nothing else."""

from __future__ import annotations

import re

import nh3
from markupsafe import Markup, escape

# Up to what no address has inside a text; what ends a sentence or a bracket is cut off below.
_ADDRESS = re.compile(r"https?://\w[^\s<>\"'`\\^{}|]+", re.IGNORECASE)
_SENTENCE_ENDS = ".,;:!?…»”’*_"
# A page of ours must not vouch for where a stranger's link leads, nor tell it where the reader came from.
LINK_REL = "nofollow noopener noreferrer ugc"


def to_safe_html(text: str | None) -> Markup:
    """Plain ``text`` as HTML: everything escaped, http and https addresses as links that show where they lead.

    Line breaks stay what they are: the stylesheet keeps them. The result went through the sanitiser too, so that a mistake
    here is not yet a hole.
    """
    text = text or ""
    made, end = [], 0
    for found in _ADDRESS.finditer(text):
        address = _without_tail(found.group())
        made += [escape(text[end : found.start()]), _link(address)]
        end = found.start() + len(address)
    made.append(escape(text[end:]))
    return sanitised("".join(made))


def sanitised(html: str) -> Markup:
    """HTML with nothing in it but text and links."""
    attributes = {"a": {"href"}}
    clean = nh3.clean(html, tags={"a"}, attributes=attributes, url_schemes={"http", "https"}, link_rel=LINK_REL)
    # nh3 let nothing through that is not named above.
    return Markup(clean)  # noqa: S704  # nosec B704


def _link(address: str) -> str:
    return f'<a href="{escape(address)}">{escape(address)}</a>'


def _without_tail(address: str) -> str:
    while address[-1] in _SENTENCE_ENDS or (address[-1] in ")]" and _unopened(address)):
        address = address[:-1]
    return address


def _unopened(address: str) -> bool:
    opening = {")": "(", "]": "["}[address[-1]]
    return address.count(address[-1]) > address.count(opening)
