"""Mails from the one folder of templates: each is a text with its subject; the HTML alternative is made from the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from escalation import company

TEMPLATES = Path(__file__).with_name("templates")
_URL = re.compile(r"https?://[^\s<>\"]{1,500}[^\s<>\".,;:)]")


@dataclass(frozen=True)
class Letter:
    """Subject (one line) and text of a mail."""

    subject: str
    body: str


@lru_cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["linked"] = _linked
    return made


def names() -> list[str]:
    """The mails that there are."""
    return sorted(path.name.removesuffix(".txt.j2") for path in TEMPLATES.glob("*.txt.j2") if path.name != "letter.txt.j2")


def write(template_name: str, **values: Any) -> Letter:
    """The mail of a template (es-AR). A value that its template names and that is not given is an error, not a gap in a letter.

    Every template may name the company's values by section, as the answers do: ``{{ company.name }}``, ``{{ support.email }}``.
    """
    values = {**company.values(), **values}
    template = _environment().get_template(f"{template_name}.txt.j2")
    context = template.new_context(values)
    subject = " ".join("".join(template.blocks["subject"](context)).split())
    return Letter(subject, re.sub(r"\n{3,}", "\n\n", template.render(values)).strip())


def html_of(body: str) -> str:
    """The text as simple HTML: paragraphs, lines, links; nothing in it is markup but ours."""
    return _environment().get_template("letter.html.j2").render(paragraphs=re.split(r"\n{2,}", body.strip()))


def _linked(text: str) -> Markup:
    pieces, end = [], 0
    for found in _URL.finditer(text):
        url = escape(found.group())
        pieces += [escape(text[end : found.start()]), Markup('<a href="{}">{}</a>').format(url, url)]
        end = found.end()
    return Markup("").join([*pieces, escape(text[end:])]).replace("\n", Markup("<br>\n"))
