"""Markdown as plain text: Messenger shows asterisks and brackets as they are."""

from __future__ import annotations

from urllib.parse import urljoin

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_BULLET = "• "


def plain(markdown: str, base_url: str) -> str:
    """``markdown`` without its marks. Links become their text and address, relative ones (``/ayuda/…``) under ``base_url``."""
    lines: list[str] = []
    prefixes: list[str] = []
    counters: list[int | None] = []
    for token in _MARKDOWN.parse(markdown):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            counters.append(int(token.attrs.get("start", 1)) if token.type.startswith("ordered") else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            counters.pop()
            if not counters:
                lines.append("")
        elif token.type == "list_item_open":
            prefixes = [_mark(counters)]
        elif token.type == "inline":
            text = _inline(token, base_url)
            lines.append("".join(prefixes) + text)
            prefixes = []
        elif token.type in ("paragraph_close", "heading_close") and not (counters and token.hidden):
            lines.append("")
        elif token.type in ("fence", "code_block"):
            lines += [token.content.rstrip("\n"), ""]
    return "\n".join(lines).strip("\n")


def _mark(counters: list[int | None]) -> str:
    number = counters[-1]
    indent = "   " * (len(counters) - 1)
    if number is None:
        return indent + _BULLET
    counters[-1] = number + 1
    return f"{indent}{number}. "


def _inline(token: Token, base_url: str) -> str:
    parts: list[str] = []
    link, start = "", 0
    for child in token.children or []:
        if child.type == "link_open":
            link, start = urljoin(f"{base_url}/", str(child.attrs.get("href", ""))), len(parts)
        elif child.type == "link_close":
            shown = "".join(parts[start:])
            parts[start:] = [_linked(shown, link)]
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type in ("em_open", "em_close"):
            # The bot never writes one; a customer's "*.php" or "2*3*4" that it repeats is none.
            parts.append(child.markup)
        elif child.content:
            parts.append(child.content)
    return "".join(parts)


def _linked(shown: str, address: str) -> str:
    address = address.removeprefix("mailto:").removeprefix("tel:")
    return address if shown in ("", address) else f"{shown}: {address}"
