"""``python -m bot.faq.learn``: mix of signals, confidence and thresholds, from messages that the model never learned.

They are :data:`bot.faq.costs.CALIBRATION`, written like an inbox; neither the phrasings nor the sentence encoder has seen them.
The result and its evidence, cross-fitted on five parts, go to ``thresholds.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from bot.faq.corpus import load_corpus
from bot.faq.costs import COST_QUESTION, COST_TICKET, SHARE, Message, calibration_error, cost, kind_of, load_messages, weights
from bot.faq.cross_validation import joined
from bot.faq.decision import THRESHOLDS_FILE, Confidence, Decision, Thresholds, Verdict, decide, load_mix, logit
from bot.faq.encoder import SentenceEncoder
from bot.faq.entry_index import EntryIndex
from bot.faq.phrasings import NEEDS_TICKET, OFF_TOPIC, Phrasing, folds_of
from bot.faq.training import fit, training_rows
from bot.faq.understanding import GATES, LEARNED, SEED, Guess, Kind, Mix, Signals, ranked

GRID = sorted([0.025, 0.075, 0.125, *(round(0.05 * step, 2) for step in range(1, 20))])
ROUNDS = 3
# What an entry that nobody trained on would get is read off the entries that a message comes nearest to.
NEAREST = 10
# Weights are held near their start: none runs away.
RIDGE = 1e-4
GATE_NAMES = ("needs_ticket", "off_topic")
PARTS = 5
FOLDS = 3
# Follows from the costs alone: a question costs 1 and, where the right answer is not among the choices, the ticket's 2 as well; a
# ticket at once costs 2. Learned with the others it wanders between .3 and .95 for the same cost.
ASK_BACK = 1 - COST_QUESTION / COST_TICKET
# The desk's rule beside the costs: so many of the faults that only staff can mend must come to them at once.
TICKETS_HEARD = 0.88
# And so few of all messages may get a wrong answer. Half of what is promised: an exam by other hands had twice as many.
WRONG_AT_MOST = 0.02
# A share more or less costs more than any saving elsewhere: a rule is a rule.
BROKEN_RULE = 100.0


@dataclass(frozen=True)
class Learned:
    """What decides, beside the model itself."""

    mix: Mix
    confidence: Confidence
    thresholds: Thresholds


def learned_from(signals: Signals, messages: Sequence[Message], topics: frozenset[str]) -> Learned:
    """All three, in the order in which each needs the one before."""
    weight = weights(messages, topics)
    mix = learn_mix(signals, messages, weight)
    guesses = [ranked(signals, row) for row in signals.probabilities(mix)]
    confidence = learn_confidence(messages, guesses, topics, weight)
    return Learned(mix, confidence, learn_thresholds(messages, guesses, topics, confidence))


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
    margin, centre, nearest, bias = (tuple(best[row * kinds : (row + 1) * kinds]) for row in range(4))
    mix = Mix(margin, centre, nearest, bias, best[-1], _in_place_of_learning(signals))
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
    rows = [values * mask for values in (*(getattr(signals, name) for name in LEARNED), ones) for mask in of_kind]
    return np.stack([*rows, signals.words])


def _flat(mix: Mix) -> np.ndarray:
    return np.array([*mix.margin, *mix.centre, *mix.nearest, *mix.bias, mix.words])


def _in_place_of_learning(signals: Signals) -> tuple[tuple[float, ...], ...]:
    """For each learned signal its regression on how near the entry's own text is, over the entries nearest to each message."""
    topics = np.flatnonzero(signals.kinds == Kind.TOPIC)
    own, words = signals.own[:, topics], signals.words[:, topics]
    near = np.argsort(-own, axis=1)[:, :NEAREST]
    taken = [np.take_along_axis(values, near, axis=1).ravel() for values in (own, words)]
    design = np.column_stack([np.ones_like(taken[0]), *taken])
    learned = [np.take_along_axis(getattr(signals, name)[:, topics], near, axis=1).ravel() for name in LEARNED]
    rows = [np.linalg.lstsq(design, values, rcond=None)[0] for values in learned]
    return tuple(tuple(round(float(value), 3) for value in row) for row in rows)


def learn_confidence(
    messages: Sequence[Message], guesses: Sequence[list[Guess]], topics: frozenset[str], weight: np.ndarray
) -> Confidence:
    """Platt's scaling of how sure to be of the first topic, on the messages that have an answer."""
    chosen = [row for row, message in enumerate(messages) if message.labels & topics]
    evidence, right = [], []
    for row in chosen:
        first = next(guess for guess in guesses[row] if guess.label in topics)
        topical = 1.0 - sum(guess.probability for guess in guesses[row] if guess.label not in topics)
        evidence.append((logit(first.probability / max(topical, 1e-9)), logit(topical)))
        right.append(first.label in messages[row].labels)
    scaling = LogisticRegression().fit(np.array(evidence), right, weight[chosen] * len(weight))
    return Confidence(*(round(float(value), 3) for value in (*scaling.coef_[0], scaling.intercept_[0])))


def learn_thresholds(
    messages: Sequence[Message], guesses: Sequence[list[Guess]], topics: frozenset[str], confidence: Confidence
) -> Thresholds:
    """Those of least cost under which both rules hold, by coordinate descent over :data:`GRID`."""
    weight = weights(messages, topics)
    faults = [row for row, message in enumerate(messages) if NEEDS_TICKET in message.labels]

    def total(candidate: Thresholds) -> float:
        decided = [decide(guess, topics, candidate, confidence) for guess in guesses]
        costs = [cost(message.labels, decision, topics) for message, decision in zip(messages, decided, strict=True)]
        wrong = [
            decision.verdict is Verdict.ANSWER and decision.label not in message.labels
            for message, decision in zip(messages, decided, strict=True)
        ]
        heard = np.mean([decided[row].verdict is Verdict.TICKET for row in faults]) if faults else 1.0
        broken = max(0.0, TICKETS_HEARD - float(heard)) + max(0.0, float(np.dot(weight, wrong)) - WRONG_AT_MOST)
        return float(np.dot(weight, costs)) + BROKEN_RULE * broken

    thresholds = Thresholds(ask_back=ASK_BACK)
    for _ in range(ROUNDS):
        for name in ("answer", "ticket", "off_topic", "talk"):
            thresholds = min((replace(thresholds, **{name: value}) for value in GRID), key=total)
    return thresholds


def weighed_by_themselves(encoder: SentenceEncoder, rows: list[Phrasing]) -> tuple[Mix, Confidence]:
    """How much each signal counts for other labels than ours, from out-of-fold predictions on the ``rows`` themselves."""
    folds = folds_of(rows, FOLDS)
    parts, left_out = [], []
    for number in range(FOLDS):
        left = [row for row, fold in zip(rows, folds, strict=True) if fold == number]
        model = fit(encoder, [row for row, fold in zip(rows, folds, strict=True) if fold != number], frozenset())
        texts = [row.text for row in left]
        parts.append(model.signals(texts, encoder.encode(texts), model.view(None)))
        left_out += [Message(row.text, frozenset({row.label})) for row in left]
    if len({part.labels for part in parts}) > 1:  # so few examples that a fold lacks a label: nothing can be learned from that
        return load_mix(), Confidence.load()
    signals, weight = joined(parts), np.full(len(left_out), 1 / len(left_out))
    mix = learn_mix(signals, left_out, weight)
    guesses = [ranked(signals, row) for row in signals.probabilities(mix)]
    return mix, learn_confidence(left_out, guesses, frozenset(signals.labels) - {OFF_TOPIC}, weight)


Decided = tuple[Message, Decision, float]


def evidence(messages: Sequence[Message], signals: Signals, topics: frozenset[str]) -> dict[str, object]:
    """Decisions on each part of the messages by what was learned from the others; cost is per message."""
    part_of = np.random.default_rng(SEED).permutation(len(messages)) % PARTS
    weight = weights(messages, topics)
    decided: list[Decided] = []
    for part in range(PARTS):
        seen, unseen = np.flatnonzero(part_of != part), np.flatnonzero(part_of == part)
        learned = learned_from(signals.of(seen), [messages[row] for row in seen], topics)
        rows = signals.of(unseen).probabilities(learned.mix)
        made = (decide(ranked(signals, row), topics, learned.thresholds, learned.confidence) for row in rows)
        decided += [(messages[row], decision, weight[row]) for row, decision in zip(unseen, made, strict=True)]
    return _report(decided, topics)


def _report(decided: Sequence[Decided], topics: frozenset[str]) -> dict[str, object]:
    table: dict[str, dict[str, int]] = {kind: dict.fromkeys(("right answer", *map(str, Verdict)), 0) for kind in SHARE}
    for message, decision, _ in decided:
        kind = kind_of(message.labels, topics)
        table[kind][str(decision.verdict)] += 1
        table[kind]["right answer"] += decision.verdict is Verdict.ANSWER and decision.label in message.labels
    return {
        "messages": len(decided),
        "cost per message": round(_mean_cost(decided, topics), 4),
        "calibration error": _calibration_error(decided, topics),
        "decisions": table,
    }


def _mean_cost(decided: Iterable[Decided], topics: frozenset[str]) -> float:
    rows = [(cost(message.labels, decision, topics), weight) for message, decision, weight in decided]
    return float(np.average([row[0] for row in rows], weights=[row[1] for row in rows]))


def _calibration_error(decided: Iterable[Decided], topics: frozenset[str]) -> float:
    firsts = [(row.candidates[0], message.labels) for message, row, _ in decided if message.labels & topics and row.candidates]
    sure = np.array([first.probability for first, _ in firsts])
    return calibration_error(sure, np.array([first.label in labels for first, labels in firsts], dtype=float))


def main() -> None:
    corpus, encoder, messages = load_corpus(), SentenceEncoder(), load_messages()
    topics = frozenset(corpus)
    model = fit(encoder, training_rows(), topics)
    texts = [message.text for message in messages]
    signals = model.signals(texts, encoder.encode(texts), model.view(EntryIndex.of(corpus, encoder, model.lexicon)))
    learned = learned_from(signals, messages, topics)
    proof = {"shares": SHARE, "tickets heard": TICKETS_HEARD, "wrong at most": WRONG_AT_MOST, **evidence(messages, signals, topics)}
    stored = {**asdict(learned), "evidence": proof}
    THRESHOLDS_FILE.write_text(json.dumps(stored, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(THRESHOLDS_FILE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
