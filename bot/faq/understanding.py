"""What a message can mean, each with a probability: spellings, meaning and the entries' own words, weighed together.

Four signals per label, fused linearly and turned into probabilities by a softmax:

* margin: a linear support vector machine (scikit-learn) over character n-grams and words, learned from phrasings;
* centre: cosine with the mean sentence vector of the label's phrasings;
* piece: cosine with the nearest piece of the entry's own text (topics only);
* words: lexical cosine with that text (topics only).

The last two need no training: an entry that was added or edited a second ago is found by them.

Two gates stand before that choice, each a logistic regression of its own over the n-grams: does only staff help here, and is
it any of the company's business? Among a hundred topics the one-against-all margin of these two labels is drowned (measured:
at 85 % of the ticket messages heard, 13 % of the others were sent to staff without the gates, 2 % with them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sparse
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from bot.faq.entry_index import EntryIndex
from bot.faq.lexical import Lexicon
from bot.faq.phrasings import NEEDS_TICKET, OFF_TOPIC

# Chosen by cross-validation over .05 to 1: flat between .1 and .3.
REGULARISATION = 0.1
GATE_REGULARISATION = 4.0
SEED = 20261123
STORE = "understanding.npz"


@dataclass(frozen=True)
class Guess:
    """One label with its probability (0 to 1)."""

    label: str
    probability: float


class Kind(IntEnum):
    """What sort of label: the signals speak differently of each."""

    TOPIC = 0
    TALK = 1
    NEEDS_TICKET = 2
    OFF_TOPIC = 3


GATES = (NEEDS_TICKET, OFF_TOPIC)
# A share of nothing has no logarithm; a label never gets less than this.
LEAST_SHARE = 1e-6
_SPECIAL = {NEEDS_TICKET: Kind.NEEDS_TICKET, OFF_TOPIC: Kind.OFF_TOPIC}


@dataclass(frozen=True)
class Mix:
    """Weights of the signals, learned by ``python -m bot.faq.learn`` so that probabilities are calibrated.

    ``margin``, ``centre`` and ``bias`` hold one number per :class:`Kind`: off-topic messages have no centre worth the name, a
    topic has. An entry that the margins have not learned gets the margin ``new[0] + new[1] * piece + new[2] * words``: what
    entries as near as that had. ``needs_ticket`` and ``off_topic`` open the gates: weight of the gate's own score, weight of
    the label's logarithmic share in the softmax, bias.
    """

    margin: tuple[float, ...] = (2.6, 2.6, 2.6, 4.0)
    centre: tuple[float, ...] = (14.0, 14.0, 14.0, 4.0)
    bias: tuple[float, ...] = (0.0, 0.0, 0.0, 6.0)
    piece: float = 1.2
    words: float = 3.7
    new: tuple[float, ...] = (-1.1, 0.3, 1.5)
    needs_ticket: tuple[float, ...] = (1.0, 0.5, 0.0)
    off_topic: tuple[float, ...] = (1.0, 0.5, 0.0)

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Mix:
        """From JSON."""
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()})


@dataclass(frozen=True)
class Signals:
    """Of some messages: arrays of shape ``(messages, labels)``; ``margins`` is NaN where a label was not learned.

    ``kinds``: the :class:`Kind` of each label; ``gates`` of shape ``(messages, 2)``: scores of :data:`GATES`, NaN where there is
    no such gate.
    """

    labels: tuple[str, ...]
    kinds: np.ndarray
    gates: np.ndarray
    margins: np.ndarray
    centres: np.ndarray
    pieces: np.ndarray
    words: np.ndarray

    def shares(self, mix: Mix) -> np.ndarray:
        """The softmax before the gates; shape ``(messages, labels)``, each row sums to 1."""
        base, piece, words = mix.new
        margins = np.where(np.isnan(self.margins), base + piece * self.pieces + words * self.words, self.margins)
        margin, centre, bias = (np.array(values, dtype=np.float32)[self.kinds] for values in (mix.margin, mix.centre, mix.bias))
        scores = margin * margins + centre * self.centres + bias + mix.piece * self.pieces + mix.words * self.words
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def probabilities(self, mix: Mix) -> np.ndarray:
        """Shape ``(messages, labels)``; each row sums to 1."""
        shares = self.shares(mix)
        gated = shares
        for number, weights in enumerate((mix.needs_ticket, mix.off_topic)):
            if not np.isnan(self.gates[:, number]).any():
                opened = 1 / (1 + np.exp(-(self.evidence(shares, number) @ np.array(weights[:2]) + weights[2])))
                gated = self._gated(gated, number, opened)
        return gated

    def evidence(self, shares: np.ndarray, number: int) -> np.ndarray:
        """What opens gate ``number``: its own score and the label's logarithmic share; shape ``(messages, 2)``."""
        column = self.labels.index(GATES[number])
        return np.column_stack([self.gates[:, number], np.log(shares[:, column] + LEAST_SHARE)])

    def _gated(self, shares: np.ndarray, number: int, opened: np.ndarray) -> np.ndarray:
        """``shares`` with the gate's label at the probability ``opened`` and the others sharing the rest."""
        column = self.labels.index(GATES[number])
        rest = np.delete(np.arange(len(self.labels)), column)
        gated = np.empty_like(shares)
        left = shares[:, rest]
        gated[:, rest] = left / np.maximum(left.sum(axis=1, keepdims=True), 1e-12) * (1 - opened)[:, None]
        gated[:, column] = opened
        return gated


@dataclass(frozen=True)
class View:
    """The labels in question while one state of the corpus is published; made once for many messages.

    ``learned``: places in the model of the first labels; ``entries``: columns of the index's ids; ``centres`` of shape
    ``(labels, dimensions)``, unit length.
    """

    labels: tuple[str, ...]
    kinds: np.ndarray
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
        gates: np.ndarray,
    ) -> None:
        self.labels = tuple(labels)
        self.topics = topics
        self.lexicon = lexicon
        self._place = {label: place for place, label in enumerate(self.labels)}
        # Half precision: a tenth of a thousandth in a margin changes no ranking, the memory halves.
        self._weights = weights.astype(np.float16)
        self._bias = bias.astype(np.float32)
        self._sums = sums.astype(np.float32)
        # Shape (columns + 1, 2): the last row is the bias.
        self._gates = gates.astype(np.float32)

    @classmethod
    def fit(
        cls, texts: Sequence[str], labels: Sequence[str], vectors: np.ndarray, topics: frozenset[str] = frozenset()
    ) -> Understanding:
        """Learn from ``texts``, their ``labels`` and their sentence ``vectors`` (one row a text).

        ``topics``: the labels that are entries of the corpus; none in public benchmarks.
        """
        lexicon = Lexicon.fit(texts)
        rows = lexicon.rows(texts)
        machine = LinearSVC(C=REGULARISATION, class_weight="balanced", random_state=SEED).fit(rows, labels)
        weights, bias = machine.coef_, machine.intercept_
        if len(machine.classes_) == 2:  # scikit-learn keeps one row for two classes
            weights, bias = np.vstack([-weights, weights]), np.hstack([-bias, bias])
        place = {label: number for number, label in enumerate(machine.classes_)}
        sums = np.zeros((len(place), vectors.shape[1]), dtype=np.float32)
        np.add.at(sums, [place[label] for label in labels], vectors)
        return cls(
            [str(label) for label in machine.classes_], topics, lexicon, weights.T, bias, sums, _fit_gates(rows, labels, topics)
        )

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
        entries = np.array([columns[entry_id] for entry_id in published], dtype=np.intp)
        # Without entries (a public benchmark) every label is what an entry is here: an answer.
        others = Kind.TALK if index else Kind.TOPIC
        kinds = np.array([_SPECIAL.get(label, others) for label in labels])
        kinds[entries] = Kind.TOPIC
        return View(labels, kinds, learned, entries, centres, index)

    def signals(self, texts: Sequence[str], vectors: np.ndarray, view: View) -> Signals:
        """Of ``texts`` with their sentence ``vectors``."""
        rows = self.lexicon.rows(texts)
        shape = (len(texts), len(view.labels))
        margins = np.full(shape, np.nan, dtype=np.float32)
        margins[:, : len(view.learned)] = self._margins(rows)[:, view.learned]
        pieces, words = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
        if view.index is not None:
            pieces[:, view.entries], words[:, view.entries] = view.index.nearness(vectors, rows)
        gates = rows @ self._gates[:-1] + self._gates[-1]
        return Signals(view.labels, view.kinds, gates, margins, vectors @ view.centres.T, pieces, words)

    def _margins(self, rows: sparse.csr_matrix) -> np.ndarray:
        if rows.shape[0] > 1:
            return rows @ self._weights.astype(np.float32) + self._bias
        # One message touches some hundred rows of a big matrix: only these are widened.
        return (rows.data @ self._weights[rows.indices].astype(np.float32) + self._bias).reshape(1, -1)

    def save(self, directory: Path) -> None:
        """Write one file into ``directory``."""
        names = {"labels": _as_bytes(self.labels), "topics": _as_bytes(sorted(self.topics))}
        arrays = {"weights": self._weights, "bias": self._bias, "sums": self._sums, "gates": self._gates}
        np.savez(directory / STORE, **names, **arrays, **self.lexicon.arrays())

    @classmethod
    def load(cls, directory: Path) -> Understanding:
        """Read what :meth:`save` wrote."""
        with np.load(directory / STORE, allow_pickle=False) as arrays:
            labels, topics = _names(arrays["labels"]), frozenset(_names(arrays["topics"]))
            return cls(labels, topics, Lexicon.load(arrays), arrays["weights"], arrays["bias"], arrays["sums"], arrays["gates"])


def _fit_gates(rows: sparse.csr_matrix, labels: Sequence[str], topics: frozenset[str]) -> np.ndarray:
    """Shape ``(columns + 1, 2)``: weights and, in the last row, bias of each gate; NaN where its label has no example."""
    given = np.array(labels)
    gates = np.full((rows.shape[1] + 1, len(GATES)), np.nan, dtype=np.float32)
    # A ticket is weighed against topics alone: small talk is told apart elsewhere.
    against = (np.isin(given, [*topics, NEEDS_TICKET]), np.ones(len(given), dtype=bool))
    for number, label in enumerate(GATES):
        chosen = np.flatnonzero(against[number])
        positive = given[chosen] == label
        if 0 < positive.sum() < len(chosen):
            gate = LogisticRegression(C=GATE_REGULARISATION, class_weight="balanced", solver="liblinear", random_state=SEED)
            gate.fit(rows[chosen], positive)
            gates[:-1, number], gates[-1, number] = gate.coef_[0], gate.intercept_[0]
    return gates


def _as_bytes(names: Sequence[str]) -> np.ndarray:
    return np.frombuffer("\n".join(names).encode("utf-8"), dtype=np.uint8)


def _names(stored: np.ndarray) -> list[str]:
    return bytes(stored).decode("utf-8").split("\n") if stored.size else []


def ranked(labels: Sequence[str], row: np.ndarray, limit: int = 10) -> list[Guess]:
    """The ``limit`` likeliest labels of one row of probabilities, best first."""
    best = np.argsort(-row)[:limit]
    return [Guess(labels[place], float(row[place])) for place in best]
