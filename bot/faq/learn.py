"""``python -m bot.faq.learn --folds DIR``: the mix of signals and the thresholds, from messages that the model never learned.

Most of the weight has ``calibration.jsonl``, written like an ordinary inbox without a look at the phrasings; the rest have the
phrasings themselves, each judged by a model (sentence encoder included) that learned from other folds only. The first alone
makes the bot too sure of itself, the second too unsure (most phrasings were written to be unlike each other). The result and
its evidence, cross-fitted on halves, go to ``thresholds.json``.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from bot.faq.corpus import load_corpus
from bot.faq.cross_validation import joined, out_of_fold
from bot.faq.decision import THRESHOLDS_FILE, Decision, Thresholds, Verdict, decide
from bot.faq.encoder import SentenceEncoder
from bot.faq.entry_index import EntryIndex
from bot.faq.phrasings import NEEDS_TICKET, OFF_TOPIC, load_phrasings
from bot.faq.training import fit, training_rows
from bot.faq.understanding import GATES, Guess, Kind, Mix, Signals, ranked

CALIBRATION = Path(__file__).with_name("calibration.jsonl")
# A wrong answer costs a customer most; a question or a ticket that was not needed only costs time.
COST_WRONG_ANSWER, COST_QUESTION, COST_TICKET = 5.0, 1.0, 2.0
# Said to be off-topic with a real problem in hand: a wrong answer like any other.
COST_SENT_AWAY = COST_WRONG_ANSWER
# How often each kind of message is expected; the phrasings' own numbers say how many were written, not how many come.
SHARE = {"topic": 0.75, NEEDS_TICKET: 0.07, OFF_TOPIC: 0.10, "talk": 0.08}
GRID = [round(0.05 * step, 2) for step in range(1, 20)]
ROUNDS = 3
# What an entry that nobody trained on would get is read off the entries that a message comes nearest to.
NEAREST = 10
# Weights are held near their start: none runs away.
RIDGE = 1e-4
GATE_NAMES = ("needs_ticket", "off_topic")
# Nine messages of ten are ordinary; the tenth is as odd as the phrasings, which were written to be unlike each other.
ORDINARY = 0.9
HALVES = 2
CALIBRATION_BINS = 10


@dataclass(frozen=True)
class Message:
    """One message with the labels that are right for it; ``ordinary``: of an inbox, not a phrasing."""

    text: str
    labels: frozenset[str]
    ordinary: bool = True


def load_messages(path: Path = CALIBRATION) -> list[Message]:
    """Rows ``{"text", "labels"}``, one a line."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Message(row["text"], frozenset(row["labels"])) for row in rows]


def learn_mix(signals: Signals, messages: Sequence[Message], weight: np.ndarray) -> Mix:
    """The mix under which the truth is least surprising (weighted log loss of all right labels together, with a ridge)."""
    stacked = _stacked(signals)
    right = np.array([[label in message.labels for label in signals.labels] for message in messages])
    start = _flat(Mix())

    def loss(mix: np.ndarray) -> tuple[float, np.ndarray]:
        scores = np.tensordot(mix, stacked, axes=1)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        true = np.maximum((shares * right).sum(axis=1, keepdims=True), 1e-9)
        slope = np.einsum("knl,nl->kn", stacked, shares - shares * right / true) @ weight
        away = mix - start
        return float(-weight @ np.log(true[:, 0]) + RIDGE * away @ away), slope + 2 * RIDGE * away

    best = [round(float(value), 3) for value in minimize(loss, start, jac=True, method="L-BFGS-B").x]
    kinds = len(Kind)
    margin, centre, bias = (tuple(best[row * kinds : (row + 1) * kinds]) for row in range(3))
    mix = Mix(margin, centre, bias, best[-2], best[-1], _margin_of_new(signals))
    return replace(mix, **{name: _gate(mix, number, signals, messages, weight) for number, name in enumerate(GATE_NAMES)})


def _gate(mix: Mix, number: int, signals: Signals, messages: Sequence[Message], weight: np.ndarray) -> tuple[float, ...]:
    """Weights of a gate's evidence and its bias: Platt's scaling with two inputs (Platt 1999)."""
    opens = np.array([GATES[number] in message.labels for message in messages])
    if not opens.any() or GATES[number] not in signals.labels:
        return getattr(mix, GATE_NAMES[number])  # a public data set without that label: the gate is never asked
    gate = LogisticRegression().fit(signals.evidence(signals.shares(mix), number), opens, weight * len(weight))
    return tuple(round(float(value), 3) for value in (*gate.coef_[0], gate.intercept_[0]))


def _stacked(signals: Signals) -> np.ndarray:
    """Each weight's signal, shape ``(weights, messages, labels)``, in the order of :func:`_flat`."""
    of_kind = [(signals.kinds == kind).astype(np.float32) for kind in Kind]
    ones = np.ones_like(signals.margins)
    rows = [values * mask for values in (signals.margins, signals.centres, ones) for mask in of_kind]
    return np.stack([*rows, signals.pieces, signals.words])


def _flat(mix: Mix) -> np.ndarray:
    return np.array([*mix.margin, *mix.centre, *mix.bias, mix.piece, mix.words])


def _margin_of_new(signals: Signals) -> tuple[float, ...]:
    topics = np.flatnonzero(signals.kinds == Kind.TOPIC)
    pieces, words, margins = (values[:, topics] for values in (signals.pieces, signals.words, signals.margins))
    near = np.argsort(-pieces, axis=1)[:, :NEAREST]
    taken = [np.take_along_axis(values, near, axis=1).ravel() for values in (pieces, words, margins)]
    design = np.column_stack([np.ones_like(taken[0]), taken[0], taken[1]])
    return tuple(round(float(value), 3) for value in np.linalg.lstsq(design, taken[2], rcond=None)[0])


def weights(messages: Sequence[Message], topics: frozenset[str]) -> np.ndarray:
    """So that each kind of message counts with its :data:`SHARE`, and ordinary ones with :data:`ORDINARY`; they sum to 1."""
    groups = [(kind_of(message.labels, topics), message.ordinary) for message in messages]
    counts = Counter(groups)
    raw = [SHARE[kind] * (ORDINARY if ordinary else 1 - ORDINARY) / counts[kind, ordinary] for kind, ordinary in groups]
    return np.array(raw) / sum(raw)


def kind_of(labels: frozenset[str], topics: frozenset[str]) -> str:
    """topic, talk, or one of the two special labels; what may be answered or given to staff counts as staff's."""
    for special in (NEEDS_TICKET, OFF_TOPIC):
        if special in labels:
            return special
    return "topic" if labels & topics else "talk"


def cost(labels: frozenset[str], decision: Decision, topics: frozenset[str]) -> float:
    """What ``decision`` costs a customer whose message means any of ``labels``."""
    kind = kind_of(labels, topics)
    verdict = decision.verdict
    if verdict is Verdict.ANSWER:
        return 0.0 if decision.label in labels else COST_WRONG_ANSWER
    if verdict is Verdict.ASK_BACK:
        # Choices without the right one end in the ticket that the right answer would have saved.
        offered = any(guess.label in labels for guess in decision.candidates)
        # With a fault for staff he reads choices that are not his before he comes to the ticket.
        missed = COST_TICKET if kind == NEEDS_TICKET else 0.0
        return COST_QUESTION + missed if offered or kind in ("talk", NEEDS_TICKET) else COST_QUESTION + COST_TICKET
    if verdict is Verdict.TICKET:
        return 0.0 if kind == NEEDS_TICKET else COST_TICKET
    if verdict is Verdict.OFF_TOPIC:
        return 0.0 if kind == OFF_TOPIC else COST_SENT_AWAY
    # Taken for small talk: he says it again; with a real problem he may take the ticket instead.
    misheard = COST_QUESTION if kind in ("talk", OFF_TOPIC) else COST_QUESTION + COST_TICKET
    return 0.0 if decision.label in labels else misheard


def learn_thresholds(
    messages: Sequence[Message], guesses: list[list[Guess]], topics: frozenset[str], weight: np.ndarray
) -> Thresholds:
    """Those of least cost, by coordinate descent over :data:`GRID`."""

    def total(candidate: Thresholds) -> float:
        costs = [cost(m.labels, decide(g, topics, candidate), topics) for m, g in zip(messages, guesses, strict=True)]
        return float(np.dot(weight, costs))

    thresholds = Thresholds()
    for _ in range(ROUNDS):
        for name in ("answer", "ask_back", "ticket", "off_topic", "talk"):
            thresholds = min((replace(thresholds, **{name: value}) for value in GRID), key=total)
    return thresholds


def some(signals: Signals, rows: np.ndarray) -> Signals:
    """The messages ``rows`` alone."""
    return replace(signals, **{name: getattr(signals, name)[rows] for name in ("gates", "margins", "centres", "pieces", "words")})


def evidence(messages: Sequence[Message], signals: Signals, topics: frozenset[str]) -> dict[str, object]:
    """Decisions on each half of the messages by what was learned from the other half; cost is per message."""
    halves = np.arange(len(messages)) % HALVES
    weight = weights(messages, topics)
    decided: list[tuple[Message, Decision, float]] = []
    for half in range(HALVES):
        seen, unseen = np.flatnonzero(halves != half), np.flatnonzero(halves == half)
        known = [messages[row] for row in seen]
        mix = learn_mix(some(signals, seen), known, weights(known, topics))
        guesses = [ranked(signals.labels, row) for row in signals.probabilities(mix)]
        thresholds = learn_thresholds(known, [guesses[row] for row in seen], topics, weights(known, topics))
        decided += [(messages[row], decide(guesses[row], topics, thresholds), weight[row]) for row in unseen]
    return {
        name: _report([row for row in decided if row[0].ordinary is ordinary], topics)
        for name, ordinary in (("ordinary messages", True), ("phrasings", False))
    }


def _report(decided: Sequence[tuple[Message, Decision, float]], topics: frozenset[str]) -> dict[str, object]:
    table: dict[str, dict[str, int]] = {kind: dict.fromkeys(("right answer", *map(str, Verdict)), 0) for kind in SHARE}
    sure, right, total = [], [], 0.0
    for message, decision, weight in decided:
        kind = kind_of(message.labels, topics)
        table[kind][str(decision.verdict)] += 1
        table[kind]["right answer"] += decision.verdict is Verdict.ANSWER and decision.label in message.labels
        total += weight * cost(message.labels, decision, topics)
        if kind == "topic" and decision.candidates:
            sure.append(decision.candidates[0].probability)
            right.append(decision.candidates[0].label in message.labels)
    return {
        "messages": len(decided),
        "cost per message": round(total / sum(weight for *_, weight in decided), 4),
        "calibration error": calibration_error(np.array(sure), np.array(right, dtype=float)),
        "decisions": table,
    }


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error (Guo et al. 2017, equal-width bins)."""
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = [abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in set(bins)]
    return round(float(sum(gaps)), 4)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bot.faq.learn", description=__doc__)
    parser.add_argument(
        "--folds", type=Path, required=True, help="folder with the encoders 0, 1, … of bot.embeddings.train --folds"
    )
    folder: Path = parser.parse_args().folds
    corpus, encoder, ordinary = load_corpus(), SentenceEncoder(), load_messages()
    topics = frozenset(corpus)
    model = fit(encoder, training_rows(), topics)
    texts = [message.text for message in ordinary]
    signals = model.signals(texts, encoder.encode(texts), model.view(EntryIndex.of(corpus, encoder, model.lexicon)))
    encoders = [SentenceEncoder(str(path)) for path in sorted(folder.iterdir()) if path.name.isdigit()]
    phrasings, left_out = out_of_fold(load_phrasings(), encoders, corpus)
    messages = [*ordinary, *(Message(phrasing.text, frozenset({phrasing.label}), ordinary=False) for phrasing in phrasings)]
    signals = joined([signals, left_out])
    weight = weights(messages, topics)
    mix = learn_mix(signals, messages, weight)
    guesses = [ranked(signals.labels, row) for row in signals.probabilities(mix)]
    thresholds = learn_thresholds(messages, guesses, topics, weight)
    proof = {"shares": SHARE, **evidence(messages, signals, topics)}
    stored = {"thresholds": asdict(thresholds), "mix": asdict(mix), "evidence": proof}
    THRESHOLDS_FILE.write_text(json.dumps(stored, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(THRESHOLDS_FILE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
