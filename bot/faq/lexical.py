"""Spellings, codes and product names of a message as one sparse row: character n-grams and words, TF-IDF weighted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.sparse as sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.entities.extraction import Kind, extract

CHARACTERS, WORDS = "characters", "words"
NGRAMS = {CHARACTERS: (2, 5), WORDS: (1, 2)}
# A gram seen once says nothing about the next message; words are fewer and rarer, twice is enough for them.
SEEN_AT_LEAST = {CHARACTERS: 3, WORDS: 2}
# "5.7.1", "0x800ccc0f" and "err_ssl_protocol_error" are one word each: the code is what tells the answers apart.
_WORD = re.compile(r"[a-z0-9]+(?:[._:-][a-z0-9]+)*")


def plain(text: str) -> str:
    """Lower case without accents (ñ becomes n): half of the customers type neither."""
    folded = unicodedata.normalize("NFKD", text.lower())
    return "".join(character for character in folded if not unicodedata.combining(character))


def words(text: str) -> list[str]:
    """The words of a text without case and accents, an error code in one piece, and a sign for each thing that it names.

    A sign is the same however the program or the code was spelt ("autluk", "error quinientos"), and no other word is like it.
    """
    return [*_WORD.findall(plain(text)), *signs(text)]


@lru_cache(maxsize=20_000)
def signs(text: str) -> tuple[str, ...]:
    """``program=outlook``, ``error=550_5.7.1`` …: what steers the choice between answers that are alike in all else."""
    named = (entity for entity in extract(text) if entity.kind in (Kind.PROGRAM, Kind.ERROR))
    return tuple(f"{entity.kind}={'_'.join(plain(entity.value).split())}" for entity in named)


class Lexicon:
    """Fitted on texts; rows have unit length per kind of gram."""

    def __init__(self, vectorizers: dict[str, TfidfVectorizer]) -> None:
        self._vectorizers = vectorizers

    @classmethod
    def fit(cls, texts: Sequence[str]) -> Lexicon:
        """The grams of ``texts`` and how rare each is."""
        # A toy corpus (a test, a company's first ten answers) has no grams that occur often.
        few = len(texts) < 100
        vectorizers = {}
        for kind in NGRAMS:
            vectorizers[kind] = _new(kind, seen_at_least=1 if few else SEEN_AT_LEAST[kind]).fit(texts)
        return cls(vectorizers)

    @property
    def size(self) -> int:
        """Number of columns."""
        return sum(len(vectorizer.vocabulary_) for vectorizer in self._vectorizers.values())

    def rows(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """float32, shape ``(len(texts), size)``."""
        return sparse.hstack([self._vectorizers[kind].transform(texts) for kind in NGRAMS], format="csr", dtype=np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """What :meth:`load` needs: the grams in column order, and their weights."""
        stored: dict[str, Any] = {}
        for kind, vectorizer in self._vectorizers.items():
            grams = vectorizer.get_feature_names_out()
            stored[f"{kind}_grams"] = np.frombuffer("\n".join(grams).encode("utf-8"), dtype=np.uint8)
            stored[f"{kind}_idf"] = vectorizer.idf_.astype(np.float32)
        return stored

    @classmethod
    def load(cls, arrays: Any) -> Lexicon:
        """From what :meth:`arrays` gave."""
        vectorizers = {}
        for kind in NGRAMS:
            grams = bytes(arrays[f"{kind}_grams"]).decode("utf-8").split("\n")
            vectorizer = _new(kind, seen_at_least=1, vocabulary={gram: column for column, gram in enumerate(grams)})
            vectorizer.idf_ = arrays[f"{kind}_idf"]
            vectorizers[kind] = vectorizer
        return cls(vectorizers)


def _new(kind: str, seen_at_least: int, vocabulary: dict[str, int] | None = None) -> TfidfVectorizer:
    own: dict[str, Any] = {"analyzer": "char_wb", "preprocessor": plain}
    if kind == WORDS:
        own = {"tokenizer": words, "token_pattern": None, "preprocessor": str}
    return TfidfVectorizer(
        **own,
        ngram_range=NGRAMS[kind],
        lowercase=False,
        sublinear_tf=True,
        min_df=1 if vocabulary else seen_at_least,
        vocabulary=vocabulary,
        dtype=np.float32,
    )
