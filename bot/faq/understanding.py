"""One model for all that a message can mean: a linear head over the sentence vector and character n-grams.

The embedding knows synonyms, the n-grams know spellings, codes and product names; a multinomial logistic regression
(scikit-learn) weighs both and gives a probability for every topic and every conversational intent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

# Above this the folds of cross-validation gain nothing more; below it rare product names are lost.
LEXICAL_DIMENSIONS = 384
NGRAM_RANGE = (2, 5)
REGULARISATION = 2.0
SEED = 20261123


@dataclass(frozen=True)
class Guess:
    """One label with its probability (0 to 1)."""

    label: str
    probability: float


class Understanding:
    """Fitted on phrasings and their labels; persisted as arrays and JSON, never as pickled code."""

    def __init__(
        self,
        labels: list[str],
        vectorizer: TfidfVectorizer,
        projection: np.ndarray,
        weights: np.ndarray,
        bias: np.ndarray,
    ) -> None:
        self.labels = labels
        self._vectorizer = vectorizer
        self._projection = projection
        self._weights = weights
        self._bias = bias

    @classmethod
    def fit(cls, texts: Sequence[str], labels: Sequence[str], vectors: np.ndarray) -> Understanding:
        """Learn from ``texts``, their ``labels`` and their sentence ``vectors`` (one row a text)."""
        vectorizer = _new_vectorizer()
        grams = vectorizer.fit_transform(texts)
        size = min(LEXICAL_DIMENSIONS, grams.shape[1] - 1, grams.shape[0] - 1)
        svd = TruncatedSVD(n_components=size, random_state=SEED).fit(grams)
        projection = svd.components_.T.astype(np.float32)
        features = _features(vectorizer, projection, texts, vectors)
        head = LogisticRegression(C=REGULARISATION, max_iter=400, class_weight="balanced").fit(features, labels)
        weights, bias = head.coef_, head.intercept_
        if len(head.classes_) == 2:  # scikit-learn keeps one row for two classes
            weights, bias = np.vstack([-weights, weights]) / 2, np.hstack([-bias, bias]) / 2
        return cls([str(label) for label in head.classes_], vectorizer, projection, weights.astype(np.float32), bias)

    def probabilities(self, texts: Sequence[str], vectors: np.ndarray, temperature: float = 1.0) -> np.ndarray:
        """Shape ``(len(texts), len(self.labels))``; each row sums to 1.

        ``temperature`` over 1 makes the model less sure of itself (temperature scaling, Guo et al. 2017).
        """
        scores = _features(self._vectorizer, self._projection, texts, vectors) @ self._weights.T + self._bias
        scores = (scores - scores.max(axis=1, keepdims=True)) / temperature
        exponentials = np.exp(scores)
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def guesses(self, text: str, vector: np.ndarray, limit: int = 10, temperature: float = 1.0) -> list[Guess]:
        """The ``limit`` likeliest labels of one message, best first."""
        row = self.probabilities([text], vector.reshape(1, -1), temperature)[0]
        best = np.argsort(-row)[:limit]
        return [Guess(self.labels[index], float(row[index])) for index in best]

    def save(self, directory: Path) -> None:
        """Write ``arrays.npz`` and ``vocabulary.json`` into ``directory``."""
        np.savez(
            directory / "arrays.npz",
            projection=self._projection,
            weights=self._weights,
            bias=self._bias,
            idf=self._vectorizer.idf_,
        )
        vocabulary = {gram: int(column) for gram, column in self._vectorizer.vocabulary_.items()}
        (directory / "vocabulary.json").write_text(
            json.dumps({"labels": self.labels, "vocabulary": vocabulary}, ensure_ascii=False), encoding="utf-8"
        )

    @classmethod
    def load(cls, directory: Path) -> Understanding:
        """Read what :meth:`save` wrote."""
        stored = json.loads((directory / "vocabulary.json").read_text(encoding="utf-8"))
        with np.load(directory / "arrays.npz") as arrays:
            vectorizer = _new_vectorizer(vocabulary=stored["vocabulary"])
            vectorizer.idf_ = arrays["idf"]
            return cls(stored["labels"], vectorizer, arrays["projection"], arrays["weights"], arrays["bias"])


def _new_vectorizer(vocabulary: dict[str, int] | None = None) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=NGRAM_RANGE,
        strip_accents="unicode",
        sublinear_tf=True,
        min_df=1 if vocabulary else 2,
        vocabulary=vocabulary,
        dtype=np.float32,
    )


def _features(vectorizer: TfidfVectorizer, projection: np.ndarray, texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
    lexical = vectorizer.transform(texts) @ projection
    lengths = np.linalg.norm(lexical, axis=1, keepdims=True)
    return np.hstack([vectors, lexical / np.maximum(lengths, 1e-6)])
