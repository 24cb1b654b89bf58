"""How near a message is to each published answer's own words; follows edits of the corpus without any training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.sparse as sparse

from bot.faq.corpus import Corpus, Entry
from bot.faq.lexical import NGRAMS, Lexicon

# Of an entry's lexical row only its most telling grams are kept: of 499 messages to entries that nobody trained on .79 find theirs
# first, with all grams .81, and ten thousand entries take a tenth of the memory.
GRAMS_KEPT = 64


class Encoder(Protocol):
    """As :class:`bot.faq.encoder.SentenceEncoder`."""

    def encode(self, texts: list[str]) -> np.ndarray: ...


def pieces_of(entry: Entry) -> tuple[str, str, str]:
    """Title, keywords and chat answer: what an entry says of itself. Steps and page add length and memory, not meaning."""
    return entry.title, " ".join(entry.keywords), entry.answer


@dataclass(frozen=True)
class EntryIndex:
    """An immutable view of one state of the corpus.

    ``ids`` in order; ``vectors`` of shape ``(entries, dimensions)``, unit length: the mean of each entry's pieces; ``columns``
    lexical (title and keywords), one column of unit length an entry; ``seen``: hash of each entry's pieces, which tells
    whether its vector is still true.
    """

    ids: tuple[str, ...]
    vectors: np.ndarray
    columns: sparse.csr_matrix
    seen: tuple[int, ...]

    @classmethod
    def of(cls, corpus: Corpus, encoder: Encoder, lexicon: Lexicon, before: EntryIndex | None = None) -> EntryIndex:
        """The index of ``corpus``; what ``before`` knows already is not embedded again."""
        known = {pair: place for place, pair in enumerate(zip(before.ids, before.seen, strict=True))} if before else {}
        entries = list(corpus.values())
        seen = tuple(hash(pieces_of(entry)) for entry in entries)
        places = [known.get((entry.id, mark)) for entry, mark in zip(entries, seen, strict=True)]
        changed = [entry for entry, place in zip(entries, places, strict=True) if place is None]
        if before is not None and not changed and places == list(range(len(before.ids))):
            return before
        # Rows in the order known, changed; then each entry's row is taken from its place among them.
        start = len(before.ids) if before else 0
        fresh = iter(range(start, start + len(changed)))
        order = [next(fresh) if place is None else place for place in places]
        vectors, rows = _vectors(changed, encoder), _rows(changed, lexicon)
        if before is not None:
            vectors = np.vstack([before.vectors, vectors])
            rows = sparse.vstack([before.columns.T.tocsr(), rows], format="csr")
        # Turned once: a product with a transposed matrix turns it anew at every message (109 ms at 10,000 entries, else 0.8).
        return cls(tuple(entry.id for entry in entries), vectors[order], rows[order].T.tocsr(), seen)

    def likeness(self, rows: sparse.csr_matrix) -> np.ndarray:
        """Lexical cosine of messages' ``rows`` to entries; shape ``(messages, entries)``."""
        # The kinds of grams have unit length each; a whole row's length is the square root of how many kinds it has.
        return (rows @ self.columns).toarray() / np.sqrt(len(NGRAMS))


def _vectors(entries: list[Entry], encoder: Encoder) -> np.ndarray:
    pieces = [piece for entry in entries for piece in pieces_of(entry)]
    encoded = encoder.encode(pieces)
    sums = encoded.reshape(len(entries), len(pieces) // max(len(entries), 1), encoded.shape[1]).sum(axis=1)
    return (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)).astype(np.float32)


def _rows(entries: list[Entry], lexicon: Lexicon) -> sparse.csr_matrix:
    """Unit length, shape ``(len(entries), lexicon.size)``."""
    if not entries:
        return sparse.csr_matrix((0, lexicon.size), dtype=np.float32)
    full = lexicon.rows([" ".join(pieces_of(entry)[:2]) for entry in entries])
    kept = [_most_telling(full[row]) for row in range(full.shape[0])]
    data = np.concatenate([values for values, _ in kept])
    indices = np.concatenate([columns for _, columns in kept]).astype(np.int32)
    ends = np.cumsum([0, *(len(values) for values, _ in kept)]).astype(np.int32)
    return sparse.csr_matrix((data, indices, ends), shape=full.shape)


def _most_telling(row: sparse.csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    """Weights and columns of at most :data:`GRAMS_KEPT` grams of one row, at length 1."""
    best = np.sort(np.argsort(-row.data)[:GRAMS_KEPT])
    values = row.data[best]
    return (values / max(float(np.linalg.norm(values)), 1e-6)).astype(np.float32), row.indices[best]
