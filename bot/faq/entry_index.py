"""How near a message is to each published answer's own words; follows edits of the corpus without any training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.sparse as sparse

from bot.faq.corpus import Corpus, Entry
from bot.faq.lexical import NGRAMS, Lexicon

# Title, keywords and chat answer: what an entry says of itself. Steps and page add length and memory, not meaning.
PIECES = 3


class Encoder(Protocol):
    """As :class:`bot.faq.encoder.SentenceEncoder`."""

    def encode(self, texts: list[str]) -> np.ndarray: ...


def pieces_of(entry: Entry) -> tuple[str, str, str]:
    """The texts of an entry that are embedded."""
    return entry.title, " ".join(entry.keywords), entry.answer


@dataclass(frozen=True)
class Embedded:
    """One entry's vectors, shape ``(PIECES, dimensions)``, and its lexical row; ``pieces`` tell whether they are still true."""

    pieces: tuple[str, str, str]
    vectors: np.ndarray
    row: sparse.csr_matrix


@dataclass(frozen=True)
class EntryIndex:
    """An immutable view of one state of the corpus.

    ``ids`` in order; ``vectors`` of shape ``(entries * PIECES, dimensions)``; ``columns`` lexical, one column of unit
    length an entry;
    ``centres`` of shape ``(entries, dimensions)``: the sum of each entry's vectors.
    """

    ids: tuple[str, ...]
    vectors: np.ndarray
    columns: sparse.csr_matrix
    centres: np.ndarray
    parts: dict[str, Embedded]

    @classmethod
    def of(cls, corpus: Corpus, encoder: Encoder, lexicon: Lexicon, before: EntryIndex | None = None) -> EntryIndex:
        """The index of ``corpus``; what ``before`` knows already is not embedded again."""
        known = before.parts if before else {}
        changed = [entry for entry in corpus.values() if entry.id not in known or known[entry.id].pieces != pieces_of(entry)]
        fresh = _embed(changed, encoder, lexicon)
        parts = {entry_id: fresh.get(entry_id) or known[entry_id] for entry_id in corpus}
        vectors = np.vstack([part.vectors for part in parts.values()])
        centres = vectors.reshape(len(parts), PIECES, -1).sum(axis=1)
        # Turned once: a product with a transposed matrix turns it anew at every message (109 ms at 10,000 entries, else 0.8).
        columns = sparse.vstack([part.row for part in parts.values()], format="csr").T.tocsr()
        return cls(tuple(parts), vectors, columns, centres, parts)

    def nearness(self, vectors: np.ndarray, rows: sparse.csr_matrix) -> tuple[np.ndarray, np.ndarray]:
        """Of messages to entries: cosine with the nearest piece, and lexical cosine; both of shape ``(messages, entries)``."""
        cosines = (vectors @ self.vectors.T).reshape(len(vectors), -1, PIECES).max(axis=2)
        # The kinds of grams have unit length each; a whole row's length is the square root of how many kinds it has.
        return cosines, (rows @ self.columns).toarray() / np.sqrt(len(NGRAMS))


def _embed(entries: list[Entry], encoder: Encoder, lexicon: Lexicon) -> dict[str, Embedded]:
    if not entries:
        return {}
    texts = [piece for entry in entries for piece in pieces_of(entry)]
    vectors = encoder.encode(texts).reshape(len(entries), PIECES, -1)
    rows = lexicon.rows([" ".join(pieces_of(entry)) for entry in entries])
    lengths = np.sqrt(rows.multiply(rows).sum(axis=1)).A1
    rows = sparse.diags(1 / np.maximum(lengths, 1e-6)).dot(rows).tocsr().astype(np.float32)
    return {entry.id: Embedded(pieces_of(entry), vectors[i], rows[i]) for i, entry in enumerate(entries)}
