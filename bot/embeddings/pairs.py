"""The parallel sentences that the bundled model learns from, and the corpus's own phrasings beside them."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

# Interface texts speak of the trade; documentation and machine translation are many and far from customers' words.
CATALOGUE, TATOEBA, REST = 1.5, 1.0, 0.6
DOCUMENTATION = ("python", "reactjs", "sphinx-doc", "PhilipMay", "UniversalDependencies")


@dataclass(frozen=True)
class Pair:
    """One sentence in both languages. ``weight`` is how often it is drawn, relative to the others."""

    es: str
    en: str
    weight: float


def load_pairs(path: Path) -> list[Pair]:
    """Rows of the tab-separated file (columns source, es, en, mt, licence class; header line)."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        next(lines)
        rows = [line.rstrip("\n").split("\t") for line in lines]
    return [Pair(es, en, _weight(source, mt == "1")) for source, es, en, mt, _ in rows]


def load_paraphrases(path: Path) -> dict[str, list[str]]:
    """Spanish sentence → other renderings of it (two columns, both directions)."""
    renderings: dict[str, list[str]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            columns = line.rstrip("\n").split("\t")
            if len(columns) == 2:
                renderings.setdefault(columns[0], []).append(columns[1])
                renderings.setdefault(columns[1], []).append(columns[0])
    return renderings


def _weight(source: str, machine_translated: bool) -> float:
    if source.startswith("tatoeba"):
        return TATOEBA
    return REST if machine_translated or source.startswith(DOCUMENTATION) else CATALOGUE
