"""What the model learns from: the customers' phrasings and the entries' own titles, keywords and answers."""

from __future__ import annotations

from pathlib import Path

from bot.faq.corpus import CORPUS_DIR, Corpus, load_corpus
from bot.faq.encoder import SentenceEncoder
from bot.faq.phrasings import NLU_DIR, Phrasing, load_phrasings
from bot.faq.understanding import Understanding


def entry_phrasings(corpus: Corpus) -> list[Phrasing]:
    """Each entry's title, keywords and chat answer as texts of its topic."""
    rows = []
    for entry in corpus.values():
        for text in (entry.title, " ".join(entry.keywords), entry.answer):
            rows.append(Phrasing(text, entry.id, "entry", ""))
    return rows


def training_rows(nlu: Path = NLU_DIR, corpus: Path = CORPUS_DIR) -> list[Phrasing]:
    """All phrasings, customers' first."""
    return load_phrasings(nlu) + entry_phrasings(load_corpus(corpus))


def fit(encoder: SentenceEncoder, rows: list[Phrasing]) -> Understanding:
    """The model of ``rows``."""
    texts = [row.text for row in rows]
    return Understanding.fit(texts, [row.label for row in rows], encoder.encode(texts))
