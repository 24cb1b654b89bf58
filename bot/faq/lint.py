"""``python -m bot.faq.lint [id …]``: refuses answers that break the rules of ``faq_corpus/README.md``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.faq.corpus import COMPANY_FILE, CORPUS_DIR, CorpusError, Entry, entry_files, load_company, load_entry

TITLE_MAX = 70
ANSWER_LENGTH = (80, 400)
STEP_MAX = 180
STEPS_COUNT = (3, 6)
RELATED_COUNT = (2, 5)
BODY_MIN_WORDS = 150
# Meta: a text message holds fewer than 2,000 characters; room is kept for the title, the link and the question after it.
CHAT_MAX = 1700
# Meta: the text above the buttons of a Messenger button template; title, answer and an empty line between must fit.
MESSENGER_TEMPLATE_MAX = 640
CLOSING_SECTIONS = ["Cómo comprobar que funcionó", "Si sigue sin funcionar", "Si necesita abrir un ticket"]

_HEADING = re.compile(r"^(#+)\s+(.*\S)\s*$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_HTML = re.compile(r"</?[a-zA-Z][^>]*>")
_MARKDOWN = re.compile(r"\*\*|\]\(|^#", re.MULTILINE)


def problems(entry: Entry, file_name: str, known_ids: set[str]) -> Iterator[str]:
    """What is wrong with ``entry``, each as a sentence that says what to mend."""
    if file_name != f"{entry.id}.md":
        yield f"the id {entry.id!r} and the file name differ"
    yield from _lengths(entry)
    yield from _structure(entry)
    yield from _links(entry, known_ids)
    if _MARKDOWN.search(entry.answer) or any(_MARKDOWN.search(step) for step in entry.steps):
        yield "answer and steps are plain text: take the Markdown out"


def _lengths(entry: Entry) -> Iterator[str]:
    if len(entry.title) > TITLE_MAX:
        yield f"the title has {len(entry.title)} characters; at most {TITLE_MAX}"
    low, high = ANSWER_LENGTH
    if not low <= len(entry.answer) <= high:
        yield f"the answer has {len(entry.answer)} characters; {low} to {high}"
    low, high = STEPS_COUNT
    if not low <= len(entry.steps) <= high:
        yield f"{len(entry.steps)} steps; {low} to {high}"
    for step in entry.steps:
        if len(step) > STEP_MAX:
            yield f"a step has {len(step)} characters; at most {STEP_MAX}: {step[:50]}…"
    if len(entry.answer) + sum(map(len, entry.steps)) > CHAT_MAX:
        yield f"answer and steps together exceed {CHAT_MAX} characters"
    template = len(entry.title) + len(entry.answer) + 2
    if template > MESSENGER_TEMPLATE_MAX:
        yield f"title and answer together have {template} characters; at most {MESSENGER_TEMPLATE_MAX} (Messenger)"
    words = len(entry.body.split())
    if words < BODY_MIN_WORDS:
        yield f"the body has {words} words; at least {BODY_MIN_WORDS}"


def _structure(entry: Entry) -> Iterator[str]:
    prose = _CODE.sub("", entry.body)
    headings = [(len(marks), text) for marks, text in _HEADING.findall(_CODE.sub("", entry.body))]
    for level, text in headings:
        if level not in (2, 3):
            yield f"heading {text!r} has level {level}; use ## and ###"
    top = [text for level, text in headings if level == 2]
    if top[-3:] != CLOSING_SECTIONS:
        yield f"the last three sections must be: {', '.join(CLOSING_SECTIONS)}"
    if len(top) < 4:
        yield "at least one section comes before the three closing ones"
    if _HTML.search(prose):
        yield f"no HTML in the body: {_HTML.search(prose).group()!r}"  # type: ignore[union-attr]
    if prose.lstrip().startswith("#"):
        yield "the body starts with a paragraph, not with a heading"


def _links(entry: Entry, known_ids: set[str]) -> Iterator[str]:
    low, high = RELATED_COUNT
    if not low <= len(entry.related) <= high:
        yield f"{len(entry.related)} related entries; {low} to {high}"
    for other in entry.related:
        if other not in known_ids or other == entry.id:
            yield f"related entry {other!r} does not exist"
    for target in _LINK.findall(entry.body):
        if target.startswith("/ayuda/"):
            if target.removeprefix("/ayuda/") not in known_ids:
                yield f"the link {target} leads nowhere"
        elif not target.startswith(("https://", "/area-clientes/", "mailto:")):
            yield f"the link {target} must be https, mailto, /area-clientes/ or /ayuda/<id>"


def lint(directory: Path = CORPUS_DIR, only: set[str] | None = None) -> list[str]:
    """Every problem of the corpus as ``file: problem``; ``only`` restricts it to some ids."""
    company = load_company(directory)
    files = entry_files(directory)
    known_ids = {path.stem for path in files}
    found = [f"{name}.md: there is no such file" for name in sorted((only or set()) - known_ids)]
    for path in files:
        if only and path.stem not in only:
            continue
        try:
            entry = load_entry(path, company)
        except CorpusError as broken:
            found.append(str(broken))
            continue
        found += [f"{path.name}: {problem}" for problem in problems(entry, path.name, known_ids)]
    return found


def main() -> int:
    found = lint(only=set(sys.argv[1:]) or None)
    for line in found:
        print(line)
    print(f"{len(found)} problems in {len(entry_files())} entries ({COMPANY_FILE} beside them)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
