"""``make static-fallback``: what is shown when nothing of ours answers, as files that any other host can serve.

* ``index.html``: one page without scripts: how to reach the company, and every answer in short. For a status page or an error page.
* ``fallback.json``: the same text and links for programs, the widget's loader among them; see :func:`contact`.
* ``fallback.js``: for pages that embed the widget, beside its own script line: shows the text where the widget does not come.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader

from bot.channels.help_centre import by_category
from bot.faq.corpus import Corpus, load_corpus

HERE = Path(__file__).parent
VERSION = 1
PLACE = '"%CONTENT%"'
TITLE = "No podemos conectarnos con la Mesa de Ayuda"
TEXT = (
    "Nuestro sistema de atención no responde en este momento y ya lo estamos viendo. Si tampoco puede comunicarse con nosotros por "
    "correo electrónico, manténgase en contacto por estos medios:"
)
MAIL_TEXT = "Si el correo funciona, escriba desde una dirección registrada."


class BadLink(ValueError):
    """A link of ``company.yaml`` that no page of another host may carry; the message names it."""


@dataclass(frozen=True)
class Link:
    """What is said and where it leads."""

    title: str
    href: str


def contact(corpus: Corpus, written: datetime) -> dict[str, Any]:
    """``fallback.json``.

    ``version``: 1, another one means other members; ``written``: UTC, ISO 8601; ``language``; ``company``; ``title`` and ``text``:
    plain text; ``links``: ``{"title", "href"}`` in the order in which they are to be offered, https or mailto alone.

    Raises:
        BadLink: see there.
    """
    support, name = corpus.company["support"], corpus.company["company"]["name"]
    links = [
        Link("Facebook", support["facebook"]),
        Link("Twitter", support["twitter"]),
        Link(support["email"], f"mailto:{support['email']}"),
    ]
    for link in links:
        if urlsplit(link.href).scheme not in ("https", "mailto"):
            raise BadLink(f"company.yaml: {link.href!r} is neither https nor an e-mail address")
    return {
        "version": VERSION,
        "written": written.isoformat(timespec="seconds"),
        "language": "es-AR",
        "company": name,
        "title": TITLE,
        "text": TEXT,
        "mail_text": MAIL_TEXT,
        "links": [vars(link) for link in links],
    }


def files(corpus: Corpus, written: datetime) -> dict[str, str]:
    """The files' contents by name.

    Raises:
        BadLink: see there.
    """
    told = contact(corpus, written)
    pages = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    script = (HERE / "static/fallback.js").read_text(encoding="utf-8")
    # ASCII alone: the other host may send the script with any charset, or with none.
    return {
        "index.html": pages.get_template("fallback.html").render(**told, groups=by_category(corpus)),
        "fallback.json": json.dumps(told, ensure_ascii=False, indent=2) + "\n",
        "fallback.js": script.replace(PLACE, json.dumps(told).replace("<", "\\u003c")),
    }


def write(folder: Path, corpus: Corpus, written: datetime) -> list[Path]:
    """Write them below ``folder``, each whole or not at all; returns their paths.

    Raises:
        BadLink: see there; nothing was written.
    """
    made = files(corpus, written)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in made.items():
        new = folder / f".{name}.new"
        new.write_text(content, encoding="utf-8")
        new.chmod(0o644)  # for a web server, whatever this user's mask
        new.replace(folder / name)
    return [folder / name for name in made]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.channels.fallback", description=__doc__)
    instance = Path(os.environ.get("MESA_INSTANCE", "instance")).resolve()
    parser.add_argument("folder", nargs="?", type=Path, default=instance / "static-fallback")
    try:
        for path in write(parser.parse_args().folder, load_corpus(), datetime.now(UTC)):
            print(f"{path}  {path.stat().st_size} bytes")
    except BadLink as wrong:
        print(f"Nothing was written: {wrong}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
