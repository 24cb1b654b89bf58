"""What the model learns from: the customers' phrasings and the entries' own titles, keywords and answers."""

from __future__ import annotations

from pathlib import Path

from bot.faq.corpus import CORPUS_DIR, Corpus, load_corpus
from bot.faq.encoder import SentenceEncoder
from bot.faq.entry_index import pieces_of
from bot.faq.phrasings import NLU_DIR, Phrasing, load_phrasings
from bot.faq.understanding import Understanding


def entry_phrasings(corpus: Corpus) -> list[Phrasing]:
    """What each entry says of itself, as texts of its topic."""
    return [Phrasing(piece, entry.id, "entry", "") for entry in corpus.values() for piece in pieces_of(entry)]


def training_rows(nlu: Path = NLU_DIR, corpus: Path = CORPUS_DIR) -> list[Phrasing]:
    """All phrasings, customers' first."""
    return load_phrasings(nlu) + entry_phrasings(load_corpus(corpus))


def fit(encoder: SentenceEncoder, rows: list[Phrasing], topics: frozenset[str]) -> Understanding:
    """The model of ``rows``, where the labels ``topics`` are entries."""
    texts = [row.text for row in rows]
    return Understanding.fit(texts, [row.label for row in rows], encoder.encode(texts), topics)
