"""What a message can mean, each with a probability: spellings, meaning and the entries' own words, weighed together.

Four signals per label, fused linearly and turned into probabilities by a softmax:

* margin: a linear support vector machine (scikit-learn) over character n-grams and words, learned from phrasings;
* centre: cosine with the mean sentence vector of the label's phrasings;
* piece: cosine with the nearest piece of the entry's own text (topics only);
* words: lexical cosine with that text (topics only).

The last two need no training: an entry that was added or edited a second ago is found by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from sklearn.svm import LinearSVC

from bot.faq.entry_index import EntryIndex
from bot.faq.lexical import Lexicon

# Chosen by cross-validation over .05 to 1: flat between .1 and .3.
REGULARISATION = 0.1
SEED = 20261123
STORE = "understanding.npz"


@dataclass(frozen=True)
class Guess:
    """One label with its probability (0 to 1)."""

    label: str
    probability: float


@dataclass(frozen=True)
class Mix:
    """Weights of the signals, learned by ``python -m bot.faq.learn`` so that probabilities are calibrated.

    ``topic`` is added for every published entry. An entry that the margins have not learned gets the margin
    ``new_base + new_piece * piece + new_words * words``: what entries as near as that had.
    """

    margin: float = 4.0
    centre: float = 8.0
    piece: float = 2.0
    words: float = 2.0
    topic: float = 0.0
    new_base: float = -1.0
    new_piece: float = 0.5
    new_words: float = 0.5


@dataclass(frozen=True)
class Signals:
    """Of some messages: arrays of shape ``(messages, labels)``; ``margins`` is NaN where a label was not learned."""

    labels: tuple[str, ...]
    topics: np.ndarray
    margins: np.ndarray
    centres: np.ndarray
    pieces: np.ndarray
    words: np.ndarray

    def probabilities(self, mix: Mix) -> np.ndarray:
        """Shape ``(messages, labels)``; each row sums to 1."""
        unseen = mix.new_base + mix.new_piece * self.pieces + mix.new_words * self.words
        margins = np.where(np.isnan(self.margins), unseen, self.margins)
        scores = mix.margin * margins + mix.centre * self.centres
        scores += self.topics * (mix.piece * self.pieces + mix.words * self.words + mix.topic)
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class View:
    """The labels in question while one state of the corpus is published; made once for many messages.

    ``learned``: places in the model of the first labels; ``entries``: columns of the index's ids; ``centres`` of shape
    ``(labels, dimensions)``, unit length.
    """

    labels: tuple[str, ...]
    learned: np.ndarray
    entries: np.ndarray
    centres: np.ndarray
    index: EntryIndex | None


class Understanding:
    """Fitted on phrasings and their labels; persisted as plain arrays, never as pickled code."""

    def __init__(
        self,
        labels: Sequence[str],
        topics: frozenset[str],
        lexicon: Lexicon,
        weights: np.ndarray,
        bias: np.ndarray,
        sums: np.ndarray,
    ) -> None:
        self.labels = tuple(labels)
        self.topics = topics
        self.lexicon = lexicon
        self._place = {label: place for place, label in enumerate(self.labels)}
        # Half precision: a tenth of a thousandth in a margin changes no ranking, the memory halves.
        self._weights = weights.astype(np.float16)
        self._bias = bias.astype(np.float32)
        self._sums = sums.astype(np.float32)

    @classmethod
    def fit(
        cls, texts: Sequence[str], labels: Sequence[str], vectors: np.ndarray, topics: frozenset[str] = frozenset()
    ) -> Understanding:
        """Learn from ``texts``, their ``labels`` and their sentence ``vectors`` (one row a text).

        ``topics``: the labels that are entries of the corpus; none in public benchmarks.
        """
        lexicon = Lexicon.fit(texts)
        machine = LinearSVC(C=REGULARISATION, class_weight="balanced", random_state=SEED).fit(lexicon.rows(texts), labels)
        weights, bias = machine.coef_, machine.intercept_
        if len(machine.classes_) == 2:  # scikit-learn keeps one row for two classes
            weights, bias = np.vstack([-weights, weights]), np.hstack([-bias, bias])
        place = {label: number for number, label in enumerate(machine.classes_)}
        sums = np.zeros((len(place), vectors.shape[1]), dtype=np.float32)
        np.add.at(sums, [place[label] for label in labels], vectors)
        return cls([str(label) for label in machine.classes_], topics, lexicon, weights.T, bias, sums)

    def view(self, index: EntryIndex | None) -> View:
        """The labels that a message can mean while ``index`` is published (None where labels are not entries).

        A topic that is no longer published is left out; one that came after the training is found by its own words.
        """
        published = index.ids if index else ()
        kept = [label for label in self.labels if label not in self.topics or label in published]
        fresh = [entry_id for entry_id in published if entry_id not in self._place]
        centres = self._sums[[self._place[label] for label in kept]]
        if index is not None and fresh:
            centres = np.vstack([centres, index.centres[[index.ids.index(entry_id) for entry_id in fresh]]])
        centres = centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-6)
        labels = (*kept, *fresh)
        learned = np.array([self._place[label] for label in kept], dtype=np.intp)
        columns = {label: column for column, label in enumerate(labels)}
        return View(labels, learned, np.array([columns[entry_id] for entry_id in published], dtype=np.intp), centres, index)

    def signals(self, texts: Sequence[str], vectors: np.ndarray, view: View) -> Signals:
        """Of ``texts`` with their sentence ``vectors``."""
        rows = self.lexicon.rows(texts)
        shape = (len(texts), len(view.labels))
        margins = np.full(shape, np.nan, dtype=np.float32)
        margins[:, : len(view.learned)] = self._margins(rows)[:, view.learned]
        pieces, words = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
        if view.index is not None:
            pieces[:, view.entries], words[:, view.entries] = view.index.nearness(vectors, rows)
        is_topic = np.zeros(len(view.labels), dtype=np.float32)
        is_topic[view.entries] = 1.0
        return Signals(view.labels, is_topic, margins, vectors @ view.centres.T, pieces, words)

    def _margins(self, rows: sparse.csr_matrix) -> np.ndarray:
        if rows.shape[0] > 1:
            return rows @ self._weights.astype(np.float32) + self._bias
        # One message touches some hundred rows of a big matrix: only these are widened.
        return (rows.data @ self._weights[rows.indices].astype(np.float32) + self._bias).reshape(1, -1)

    def save(self, directory: Path) -> None:
        """Write one file into ``directory``."""
        names = {"labels": _as_bytes(self.labels), "topics": _as_bytes(sorted(self.topics))}
        arrays = {"weights": self._weights, "bias": self._bias, "sums": self._sums}
        np.savez(directory / STORE, **names, **arrays, **self.lexicon.arrays())

    @classmethod
    def load(cls, directory: Path) -> Understanding:
        """Read what :meth:`save` wrote."""
        with np.load(directory / STORE, allow_pickle=False) as arrays:
            labels, topics = _names(arrays["labels"]), frozenset(_names(arrays["topics"]))
            return cls(labels, topics, Lexicon.load(arrays), arrays["weights"], arrays["bias"], arrays["sums"])


def _as_bytes(names: Sequence[str]) -> np.ndarray:
    return np.frombuffer("\n".join(names).encode("utf-8"), dtype=np.uint8)


def _names(stored: np.ndarray) -> list[str]:
    return bytes(stored).decode("utf-8").split("\n") if stored.size else []


def ranked(labels: Sequence[str], row: np.ndarray, limit: int = 10) -> list[Guess]:
    """The ``limit`` likeliest labels of one row of probabilities, best first."""
    best = np.argsort(-row)[:limit]
    return [Guess(labels[place], float(row[place])) for place in best]
