"""The published answers: one Markdown file each under ``faq_corpus/``, values of the company filled in from one file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import frontmatter
import yaml
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

# Elsewhere by setting: a company keeps its answers in a repository or a shared folder of its own.
CORPUS_DIR = Path(os.environ.get("FAQ_CORPUS_DIR") or Path(__file__).resolve().parents[2] / "faq_corpus")
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
    """An entry that cannot be published; the message names file and line and says what to mend."""


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
    """The company's values, by section and name.

    Raises:
        CorpusError: the file is missing or is no YAML mapping.
    """
    path = directory / COMPANY_FILE
    try:
        company = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as broken:
        raise CorpusError(f"{path}:{_line_of(broken)}: cannot be read: {broken}") from broken
    if not isinstance(company, dict):
        raise CorpusError(f"{path}:1: sections with names and values are wanted")
    return company


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
            related=tuple(str(entry_id) for entry_id in post["related"]),
            updated=post["updated"],
            answer=" ".join(str(post["answer"]).split()),
            steps=tuple(str(step) for step in post["steps"]),
            body=post.content,
        )
    except KeyError as missing:
        raise CorpusError(f"{path}:1: the front matter lacks {missing}") from missing
    except (yaml.YAMLError, TypeError, UnicodeDecodeError) as broken:
        raise CorpusError(f"{path}:{_line_of(broken, first=2)}: the front matter cannot be read: {broken}") from broken
    if entry.category not in AREA_OF_CATEGORY:
        line = _line_with(path, "category:")
        raise CorpusError(f"{path}:{line}: unknown category {entry.category!r}; use one of {', '.join(AREA_OF_CATEGORY)}")
    return _fill_in(entry, company, path)


def _line_of(broken: Exception, first: int = 1) -> int:
    """Line of a YAML error in its file, where the YAML begins on line ``first``."""
    mark = getattr(broken, "problem_mark", None)
    return mark.line + first if mark else first


def _line_with(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if text in line), 1)


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
        # Jinja counts lines within one text; the file's line is where the name that it misses stands.
        named = re.search(r"attribute '(\w+)'|^'(\w+)' is undefined", broken.message or "")
        line = _line_with(path, next(filter(None, named.groups())) if named else "{{")
        message = f"{path}:{line}: {broken.message}; placeholders are {{{{ section.name }}}} of {COMPANY_FILE}"
        raise CorpusError(message) from broken
