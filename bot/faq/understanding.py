"""What a message can mean, each with a probability: spellings, meaning and the entries' own words, weighed together.

Four signals per label, fused linearly and turned into probabilities by a softmax:

* margin: a linear support vector machine (scikit-learn) over character n-grams and words, learned from phrasings;
* centre: cosine with the mean sentence vector of the label's phrasings;
* nearest: cosine with the nearest one of them;
* words: lexical cosine with the entry's title and keywords (topics only).

An entry that was added a second ago has no phrasings: what its first three would be is read off how near its own text is.

Two gates stand before that choice, each a logistic regression of its own over n-grams and vector: does only staff help here, and is
it any of the company's business? Among a hundred topics the one-against-all margin of these two labels is drowned (measured:
at 85 % of the ticket messages heard, 13 % of the others were sent to staff without the gates, 2 % with them).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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

# Chosen by cross-validation on 1,248 ordinary messages (log loss .39 at .3, .37 at 1, .37 at 3).
REGULARISATION = 1.0
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
# Added to the score of an entry that nobody trained on: a regression draws it towards the mean of all. Measured with 25 entries
# of 100 left out: their messages find them first in .79 instead of .67, the others theirs in .88 instead of .90.
WELCOME = 2.0
# The signals that need phrasings, and all that differ from message to message.
LEARNED = ("margins", "centres", "nearest")
PER_MESSAGE = ("gates", *LEARNED, "own", "words")
# A share of nothing has no logarithm; a label never gets less than this.
LEAST_SHARE = 1e-6
_SPECIAL = {NEEDS_TICKET: Kind.NEEDS_TICKET, OFF_TOPIC: Kind.OFF_TOPIC}


@dataclass(frozen=True)
class Mix:
    """Weights of the signals, learned by ``python -m bot.faq.learn`` so that probabilities are calibrated.

    ``margin``, ``centre``, ``nearest`` and ``bias`` hold one number per :class:`Kind`: off-topic messages have no centre worth
    the name, a topic has. ``new`` holds, for the first three signals, what an entry that was never learned gets in their
    place: ``row[0] + row[1] * own + row[2] * words``, as entries as near as that had. ``needs_ticket`` and ``off_topic`` open the
    gates: weight of the gate's own score, weight of the label's logarithmic share in the softmax, bias.
    """

    margin: tuple[float, ...] = (6.0, 4.0, 10.0, 12.0)
    centre: tuple[float, ...] = (10.0, 10.0, 10.0, 4.0)
    nearest: tuple[float, ...] = (6.0, 6.0, 6.0, 6.0)
    bias: tuple[float, ...] = (0.0, 0.0, 0.0, 6.0)
    words: float = 0.0
    new: tuple[tuple[float, ...], ...] = ((-1.2, 0.3, 1.5), (0.0, 1.0, 0.0), (0.1, 1.0, 0.0))
    needs_ticket: tuple[float, ...] = (1.0, 0.5, 0.0)
    off_topic: tuple[float, ...] = (1.0, 0.5, 0.0)

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Mix:
        """From JSON."""
        return cls(**{name: _frozen(value) for name, value in stored.items()})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value


@dataclass(frozen=True)
class Signals:
    """Of some messages: arrays of shape ``(messages, labels)``; :data:`LEARNED` are NaN where a label was not learned.

    ``kinds``: the :class:`Kind` of each label; ``gates`` of shape ``(messages, 2)``: scores of :data:`GATES`, NaN where there is
    no such gate; ``own``: cosine with the mean vector of the entry's own text (as ``words``, 0 where a label is no entry).
    """

    labels: tuple[str, ...]
    kinds: np.ndarray
    gates: np.ndarray
    margins: np.ndarray
    centres: np.ndarray
    nearest: np.ndarray
    own: np.ndarray
    words: np.ndarray

    def of(self, rows: np.ndarray) -> Signals:
        """The messages ``rows`` alone."""
        return replace(self, **{name: getattr(self, name)[rows] for name in PER_MESSAGE})

    def shares(self, mix: Mix) -> np.ndarray:
        """The softmax before the gates; shape ``(messages, labels)``, each row sums to 1."""
        scores = mix.words * self.words + np.array(mix.bias, dtype=np.float32)[self.kinds]
        for name, weights, (base, own, words) in zip(LEARNED, (mix.margin, mix.centre, mix.nearest), mix.new, strict=True):
            values = getattr(self, name)
            known = np.where(np.isnan(values), base + own * self.own + words * self.words, values)
            scores = scores + np.array(weights, dtype=np.float32)[self.kinds] * known
        scores = scores + WELCOME * np.isnan(self.margins)
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

    ``learned``: places in the model of the first labels; ``entries``: columns of the index's ids.
    """

    labels: tuple[str, ...]
    kinds: np.ndarray
    learned: np.ndarray
    entries: np.ndarray
    index: EntryIndex | None


class Understanding:
    """Fitted on phrasings and their labels; persisted as plain arrays, never as pickled code."""

    def __init__(self, labels: Sequence[str], topics: frozenset[str], lexicon: Lexicon, arrays: Mapping[str, np.ndarray]) -> None:
        self.labels = tuple(labels)
        self.topics = topics
        self.lexicon = lexicon
        self._place = {label: place for place, label in enumerate(self.labels)}
        # Half precision: a tenth of a thousandth in a margin changes no ranking, the memory halves.
        self._weights = arrays["weights"].astype(np.float16)
        self._bias = arrays["bias"].astype(np.float32)
        # Shape (columns + dimensions + 1, 2): the last row is the bias.
        self._gates = arrays["gates"].astype(np.float32)
        # The phrasings' vectors label by label; a label's first one is at its place in starts.
        self._phrasings = arrays["phrasings"].astype(np.float16).astype(np.float32)
        self._starts = arrays["starts"].astype(np.intp)
        sums = np.add.reduceat(self._phrasings, self._starts, axis=0)
        self._centres = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)

    @classmethod
    def fit(
        cls, texts: Sequence[str], labels: Sequence[str], vectors: np.ndarray, topics: frozenset[str] = frozenset()
    ) -> Understanding:
        """Learn from ``texts``, their ``labels`` and their sentence ``vectors`` (one row a text).

        ``topics``: the labels that are entries of the corpus; none in public benchmarks.
        """
        lexicon = Lexicon.fit(texts)
        rows = lexicon.rows(texts)
        machine = LinearSVC(C=REGULARISATION, random_state=SEED).fit(rows, labels)
        weights, bias = machine.coef_, machine.intercept_
        if len(machine.classes_) == 2:  # scikit-learn keeps one row for two classes
            weights, bias = np.vstack([-weights, weights]), np.hstack([-bias, bias])
        places = np.searchsorted(machine.classes_, labels)
        order = np.argsort(places, kind="stable")
        arrays = {
            "weights": weights.T,
            "bias": bias,
            "gates": _fit_gates(sparse.hstack([rows, sparse.csr_matrix(vectors)], format="csr"), labels, topics),
            "phrasings": vectors[order],
            "starts": np.searchsorted(places[order], np.arange(len(machine.classes_))),
        }
        return cls([str(label) for label in machine.classes_], topics, lexicon, arrays)

    def view(self, index: EntryIndex | None) -> View:
        """The labels that a message can mean while ``index`` is published (None where labels are not entries).

        A topic that is no longer published is left out; one that came after the training is found by its own words.
        """
        published = index.ids if index else ()
        here = set(published)
        kept = [label for label in self.labels if label not in self.topics or label in here]
        learned = np.array([self._place[label] for label in kept], dtype=np.intp)
        labels = (*kept, *(entry_id for entry_id in published if entry_id not in self._place))
        columns = {label: column for column, label in enumerate(labels)}
        entries = np.array([columns[entry_id] for entry_id in published], dtype=np.intp)
        # Without entries (a public benchmark) every label is what an entry is here: an answer.
        others = Kind.TALK if index else Kind.TOPIC
        kinds = np.array([_SPECIAL.get(label, others) for label in labels])
        kinds[entries] = Kind.TOPIC
        return View(labels, kinds, learned, entries, index)

    def signals(self, texts: Sequence[str], vectors: np.ndarray, view: View) -> Signals:
        """Of ``texts`` with their sentence ``vectors``."""
        rows = self.lexicon.rows(texts)
        shape = (len(texts), len(view.labels))
        learned = {}
        for name, values in zip(LEARNED, (self._margins(rows), vectors @ self._centres.T, self._nearest(vectors)), strict=True):
            learned[name] = np.full(shape, np.nan, dtype=np.float32)
            learned[name][:, : len(view.learned)] = values[:, view.learned]
        own, words = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
        if view.index is not None:
            own[:, view.entries], words[:, view.entries] = vectors @ view.index.vectors.T, view.index.likeness(rows)
        spelt, meant = self._gates[: self.lexicon.size], self._gates[self.lexicon.size : -1]
        gates = rows @ spelt + vectors @ meant + self._gates[-1]
        return Signals(view.labels, view.kinds, gates, **learned, own=own, words=words)

    def _nearest(self, vectors: np.ndarray) -> np.ndarray:
        """Cosine with each label's nearest phrasing; shape ``(messages, labels)``."""
        return np.maximum.reduceat(vectors @ self._phrasings.T, self._starts, axis=1)

    def _margins(self, rows: sparse.csr_matrix) -> np.ndarray:
        if rows.shape[0] > 1:
            return rows @ self._weights.astype(np.float32) + self._bias
        # One message touches some hundred rows of a big matrix: only these are widened.
        return (rows.data @ self._weights[rows.indices].astype(np.float32) + self._bias).reshape(1, -1)

    def save(self, directory: Path) -> None:
        """Write one file into ``directory``."""
        names = {"labels": _as_bytes(self.labels), "topics": _as_bytes(sorted(self.topics))}
        arrays = {"weights": self._weights, "bias": self._bias, "gates": self._gates, "starts": self._starts}
        phrasings = {"phrasings": self._phrasings.astype(np.float16)}
        np.savez(directory / STORE, **names, **arrays, **phrasings, **self.lexicon.arrays())

    @classmethod
    def load(cls, directory: Path) -> Understanding:
        """Read what :meth:`save` wrote."""
        with np.load(directory / STORE, allow_pickle=False) as arrays:
            return cls(_names(arrays["labels"]), frozenset(_names(arrays["topics"])), Lexicon.load(arrays), arrays)


def _fit_gates(rows: sparse.csr_matrix, labels: Sequence[str], topics: frozenset[str]) -> np.ndarray:
    """Shape ``(columns of rows + 1, 2)``: weights and, in the last row, bias of each gate; NaN where its label has no example."""
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


def ranked(signals: Signals, row: np.ndarray, limit: int = 10) -> list[Guess]:
    """The ``limit`` likeliest topics of one row of probabilities and every other label, best first."""
    topical = np.flatnonzero(signals.kinds == Kind.TOPIC)
    if len(topical) > limit:
        topical = topical[np.argpartition(-row[topical], limit)[:limit]]
    places = np.concatenate([topical, np.flatnonzero(signals.kinds != Kind.TOPIC)])
    return [Guess(signals.labels[place], float(row[place])) for place in places[np.argsort(-row[places], kind="stable")]]
