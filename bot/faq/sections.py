"""The part of an answer that is for one program: an Outlook user gets Outlook's menus, not everybody's."""

from __future__ import annotations

import re

from bot.faq.corpus import Entry

# How the entries head the section of each program (see faq_corpus/README.md), best first.
HEADINGS = {
    "Outlook": ("outlook clásico", "nuevo outlook", "outlook"),
    "Outlook Express": ("windows live mail y outlook express",),
    "Windows Mail": ("windows live mail y outlook express", "nuevo outlook"),
    "Thunderbird": ("thunderbird",),
    "Apple Mail": ("mail de mac", "apple mail"),
    "Celular": ("iphone", "android"),
    "Webmail": ("webmail",),
    "Gmail": ("gmail",),
}
# iPhone and Android: "celular" does not say which.
SECTIONS = 2
# Beside answer and steps in one chat message.
LENGTH = 700

_HEADING = re.compile(r"^(#{2,3}) +(.+?) *$", re.MULTILINE)
_MARKS = re.compile(r"\*\*|`|\[([^\]]+)\]\([^)]*\)")


def for_program(entry: Entry, program: str) -> str:
    """What the page of ``entry`` says for ``program``, as text with bold menu names kept; empty where it has no such section."""
    wanted = HEADINGS.get(program, ())
    found: list[str] = []
    for name in wanted:
        found += [section for section in _sections(entry.body, name) if section not in found]
        if found and program != "Celular":
            break
    return _shortened("\n".join(found[:SECTIONS]))


def _sections(body: str, name: str) -> list[str]:
    marks = list(_HEADING.finditer(body))
    texts = []
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        if mark[1] == "###" and mark[2].lower().startswith(name):
            text = body[mark.end() : following.start() if following else len(body)]
            texts.append(f"**{mark[2]}:** {' '.join(_MARKS.sub(_kept, text).split())}")
    return texts


def _kept(mark: re.Match[str]) -> str:
    return mark[1] or ("**" if mark[0] == "**" else "")


def _shortened(text: str) -> str:
    if len(text) <= LENGTH:
        return text
    cut = text.rfind(". ", 0, LENGTH)
    return text[: cut + 1] if cut > 0 else ""
