"""The catalogues of the console's texts: ``.po`` files are the source, what programs read is made from them at the start.

``python -m escalation.catalogue`` looks for texts in the source, adds new ones to each catalogue, drops old ones, and says how
many are not translated.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOM = Path(__file__).parent
FOLDER = ROOM / "translations"
SOURCE = "es"
# Each in its own words, as whoever looks for it reads it.
LANGUAGES = {"es": "Español", "en": "English"}
DOMAIN = "messages"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
# N_ marks a text that is looked up later, by its value.
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}


def N_(text: str) -> str:
    """Marks ``text`` for the catalogue and leaves it as it is."""
    return text


def file_of(language: str) -> Path:
    """The catalogue of a language."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def languages() -> list[str]:
    """Those that have a catalogue."""
    return [name for name in LANGUAGES if name != SOURCE]


@cache
def compiled() -> Path:
    """A folder of this process's own with all catalogues as gettext reads them; it goes when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="mesa-catalogues-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for language in languages():
        target = folder / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
        target.parent.mkdir(parents=True)
        with target.open("wb") as made:
            write_mo(made, read(language))
    return folder


def found() -> Catalog:
    """All texts of the source, with where they stand."""
    catalog = Catalog(project="Mesa de Ayuda", fuzzy=False)
    texts = extract_from_dir(str(ROOM), METHODS, OPTIONS, KEYWORDS, comment_tags=())
    for file, _line, text, comments, context in texts:
        # Without numbers of lines: a catalogue that changes with every edit is a conflict with everybody else's.
        catalog.add(text, None, [(file, 0)], auto_comments=comments, context=context)
    return catalog


def read(language: str) -> Catalog:
    """Its catalogue as it lies there."""
    with file_of(language).open("rb") as source:
        return read_po(source, locale=language)


def untranslated(catalog: Catalog) -> list[str]:
    """Texts without a translation, or with one that nobody has looked at."""
    return [
        str(message.id) for message in catalog if message.id and (not message.string or message.fuzzy or not all(_forms(message)))
    ]


def _forms(message: object) -> tuple[str, ...]:
    string = getattr(message, "string", "")
    return tuple(string) if isinstance(string, tuple | list) else (string,)


def update(language: str) -> list[str]:
    """Bring the catalogue up to the source; returns what is not translated."""
    file, template = file_of(language), found()
    catalog = read(language) if file.exists() else Catalog(locale=language, project="Mesa de Ayuda", fuzzy=False)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as target:
        write_po(target, catalog, width=120, omit_header=True, sort_output=True, include_lineno=False, no_location=True)
    return untranslated(catalog)


if __name__ == "__main__":
    for name in languages():
        for missing in update(name):
            print(f"{name}: not translated: {missing!r}")
