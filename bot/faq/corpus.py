"""The published answers: one Markdown file each under ``faq_corpus/``, values of the company filled in from one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import frontmatter
import yaml
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

CORPUS_DIR = Path(__file__).resolve().parents[2] / "faq_corpus"
COMPANY_FILE = "company.yaml"

# The policy's own areas of a report; each category of the corpus belongs to one.
AREA_OF_CATEGORY = {
    "correo": "mail",
    "dominio": "domain",
    "ssl": "site",
    "web": "site",
    "wordpress": "site",
    "php": "site",
    "ftp": "site",
    "bd": "site",
    "panel": "account",
    "cuenta": "account",
    "seguridad": "account",
    "backup": "site",
    "pago": "payment",
    "plan": "payment",
    "hosting": "site",
    "soporte": "other",
}


class CorpusError(ValueError):
    """An entry that cannot be published; the message names the file and says what to mend."""


@dataclass(frozen=True)
class Entry:
    """One published answer.

    ``answer`` is the two-line text for chats, ``steps`` the short road, ``body`` the whole page in Markdown.
    """

    id: str
    category: str
    title: str
    keywords: tuple[str, ...]
    related: tuple[str, ...]
    updated: date
    answer: str
    steps: tuple[str, ...]
    body: str

    @property
    def area(self) -> str:
        """Service area of a ticket about this entry: mail, site, domain, payment, account or other."""
        return AREA_OF_CATEGORY[self.category]


class Corpus(Mapping[str, Entry]):
    """All entries by id, in file order."""

    def __init__(self, entries: list[Entry], company: dict[str, Any]) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self.company = company

    def __getitem__(self, entry_id: str) -> Entry:
        return self._entries[entry_id]

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def load_company(directory: Path = CORPUS_DIR) -> dict[str, Any]:
    """The company's values, by section and name."""
    return yaml.safe_load((directory / COMPANY_FILE).read_text(encoding="utf-8"))


def load_corpus(directory: Path = CORPUS_DIR) -> Corpus:
    """Every entry under ``directory``.

    Raises:
        CorpusError: a file lacks a field, has a wrong type or names a value that ``company.yaml`` does not have.
    """
    company = load_company(directory)
    entries = [load_entry(path, company) for path in entry_files(directory)]
    return Corpus(entries, company)


def entry_files(directory: Path = CORPUS_DIR) -> list[Path]:
    """The files that hold an entry, sorted by name."""
    return sorted(path for path in directory.glob("*.md") if path.name != "README.md")


def load_entry(path: Path, company: dict[str, Any]) -> Entry:
    """One entry with the company's values filled in.

    Raises:
        CorpusError: see :func:`load_corpus`.
    """
    try:
        post = frontmatter.load(path)
        entry = Entry(
            id=str(post["id"]),
            category=str(post["category"]),
            title=str(post["title"]),
            keywords=tuple(str(word) for word in post["keywords"]),
            related=tuple(post["related"]),
            updated=post["updated"],
            answer=" ".join(str(post["answer"]).split()),
            steps=tuple(str(step) for step in post["steps"]),
            body=post.content,
        )
    except KeyError as missing:
        raise CorpusError(f"{path}: the front matter lacks {missing}") from missing
    except (yaml.YAMLError, TypeError) as broken:
        raise CorpusError(f"{path}: the front matter cannot be read: {broken}") from broken
    if entry.category not in AREA_OF_CATEGORY:
        raise CorpusError(f"{path}: unknown category {entry.category!r}; use one of {', '.join(AREA_OF_CATEGORY)}")
    return _fill_in(entry, company, path)


def _fill_in(entry: Entry, company: dict[str, Any], path: Path) -> Entry:
    # Autoescape stays off: these are Markdown texts of our own; HTML is made, and escaped, where a page is rendered.
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)  # nosec B701

    def fill(text: str) -> str:
        return environment.from_string(text).render(company)

    try:
        return replace(
            entry,
            title=fill(entry.title),
            answer=fill(entry.answer),
            steps=tuple(fill(step) for step in entry.steps),
            body=fill(entry.body),
        )
    except TemplateError as broken:
        raise CorpusError(f"{path}: {broken.message}; placeholders are {{{{ section.name }}}} of {COMPANY_FILE}") from broken
