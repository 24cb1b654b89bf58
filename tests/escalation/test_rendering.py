"""What people write becomes text and links, and nothing else."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.rendering import LINK_REL, to_safe_html


class Seen(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(str(html))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def links(text: str) -> list[str | None]:
    return [attributes["href"] for _, attributes in Seen(to_safe_html(text)).tags]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Vea https://csiserver.com/ayuda.", "https://csiserver.com/ayuda"),
        ("(http://x.com.ar/a_(b))", "http://x.com.ar/a_(b)"),
        ("¿Es HTTPS://X.com.ar/?q=ñ&r=1?", "HTTPS://X.com.ar/?q=ñ&r=1"),
        ("<https://x.com.ar/>", "https://x.com.ar/"),
        ('"https://x.com.ar/a"b', "https://x.com.ar/a"),
    ],
)
def test_an_address_becomes_a_link_to_what_it_shows(text: str, address: str) -> None:
    (found,) = links(text)
    assert found is not None and found.lower() == address.lower()
    assert f'rel="{LINK_REL}"' in to_safe_html(text)
    assert Seen(to_safe_html(text)).text == text


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "data:text/html,<script>",
        "<a href='javascript:alert(1)'>x</a>",
        "</p><style>body{display:none}</style>",
        "&lt;script&gt; y &amp;",
        "a\n\n  b\t c",
        "https://",
        "www.x.com.ar ftp://x.com.ar mailto:a@b.co",
    ],
)
def test_everything_else_is_shown_as_it_was_written(text: str) -> None:
    seen = Seen(to_safe_html(text))
    assert seen.tags == [] and seen.text == text


def test_nothing_is_nothing() -> None:
    assert to_safe_html(None) == to_safe_html("") == ""


@given(
    st.lists(st.sampled_from(['"', "'", "<", ">", "&", "https://", "x.com", "/", " ", "onload=", "</a>", "<a href=", "\x0b", "ñ"]))
)
def test_whatever_is_written_only_links_to_http_come_out(parts: list[str]) -> None:
    text = "".join(parts)
    for tag, attributes in Seen(to_safe_html(text)).tags:
        # An address that is none (a port of six digits) loses its href on the way.
        assert tag == "a" and set(attributes) <= {"href", "rel"}
        assert re.match(r"https?://", attributes.get("href", "http://") or "")
