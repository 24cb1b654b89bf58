"""``python -m bot.faq.learn``: the mix of signals and the thresholds, from predictions on phrasings not seen before.

Random folds: each phrasing is judged by a model, sentence encoder included, that learned from the others; the encoders of
the folds come from ``python -m bot.embeddings.train --folds``. (Leaving a whole register out at a time was tried: the model
is then so unsure that it asks back three times in four, which customers of registers that it does know would pay for.)
The result and its evidence go to ``thresholds.json``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from tqdm import tqdm

from bot.faq.corpus import Corpus, load_corpus
from bot.faq.decision import NEEDS_TICKET, OFF_TOPIC, THRESHOLDS_FILE, Decision, Thresholds, Verdict, decide
from bot.faq.encoder import SentenceEncoder
from bot.faq.entry_index import EntryIndex
from bot.faq.phrasings import Phrasing, folds_of, load_phrasings
from bot.faq.training import entry_phrasings, fit
from bot.faq.understanding import Guess, Mix, Signals, ranked

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


def out_of_fold(phrasings: list[Phrasing], encoders: Sequence[SentenceEncoder], corpus: Corpus) -> tuple[list[Phrasing], Signals]:
    """The phrasings in a new order, and what a model that had not learned them makes of each."""
    entries = entry_phrasings(corpus)
    order: list[Phrasing] = []
    found: list[Signals] = []
    for number, encoder in enumerate(tqdm(encoders, desc="folds")):
        left = [phrasing for phrasing, fold in zip(phrasings, folds_of(phrasings, len(encoders)), strict=True) if fold == number]
        kept = [phrasing for phrasing, fold in zip(phrasings, folds_of(phrasings, len(encoders)), strict=True) if fold != number]
        model = fit(encoder, kept + entries, frozenset(corpus))
        view = model.view(EntryIndex.of(corpus, encoder, model.lexicon))
        texts = [phrasing.text for phrasing in left]
        found.append(model.signals(texts, encoder.encode(texts), view))
        order += left
    return order, joined(found)


def joined(parts: Sequence[Signals]) -> Signals:
    """The messages of all ``parts``, which have the same labels."""
    columns = {name: np.vstack([getattr(part, name) for part in parts]) for name in ("margins", "centres", "pieces", "words")}
    return replace(parts[0], **columns)


def learn_mix(signals: Signals, truth: np.ndarray, weight: np.ndarray) -> Mix:
    """The mix under which the truth is least surprising (weighted log loss; convex, so any start will do)."""
    stacked = np.stack(
        [
            signals.margins,
            signals.centres,
            signals.topics * signals.pieces,
            signals.topics * signals.words,
            np.broadcast_to(signals.topics, signals.margins.shape),
        ]
    )
    own = stacked[:, np.arange(len(truth)), truth]

    def loss(mix: np.ndarray) -> tuple[float, np.ndarray]:
        scores = np.tensordot(mix, stacked, axes=1)
        highest = scores.max(axis=1, keepdims=True)
        shares = np.exp(scores - highest)
        total = shares.sum(axis=1, keepdims=True)
        surprise = (np.log(total) + highest)[:, 0] - mix @ own
        expected = np.einsum("knl,nl->kn", stacked, shares / total)
        return float(weight @ surprise), (expected - own) @ weight

    start = np.array([Mix.margin, Mix.centre, Mix.piece, Mix.words, Mix.topic])
    best = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return Mix(*(round(float(value), 3) for value in best), *_margin_of_new(signals))


def _margin_of_new(signals: Signals) -> tuple[float, float, float]:
    topics = np.where(signals.topics > 0)[0]
    pieces, words, margins = (values[:, topics] for values in (signals.pieces, signals.words, signals.margins))
    near = np.argsort(-pieces, axis=1)[:, :NEAREST]
    taken = [np.take_along_axis(values, near, axis=1).ravel() for values in (pieces, words, margins)]
    design = np.column_stack([np.ones_like(taken[0]), taken[0], taken[1]])
    base, piece, word = np.linalg.lstsq(design, taken[2], rcond=None)[0]
    return round(float(base), 3), round(float(piece), 3), round(float(word), 3)


def weights(phrasings: list[Phrasing], topics: frozenset[str]) -> np.ndarray:
    """So that each kind of message counts with its :data:`SHARE`; they sum to 1."""
    kinds = [kind_of(phrasing.label, topics) for phrasing in phrasings]
    counts = {kind: kinds.count(kind) for kind in SHARE}
    return np.array([SHARE[kind] / counts[kind] for kind in kinds])


def kind_of(label: str, topics: frozenset[str]) -> str:
    """topic, talk, or one of the two special labels."""
    if label in topics:
        return "topic"
    return label if label in SHARE else "talk"


def cost(label: str, decision: Decision, topics: frozenset[str]) -> float:
    """What ``decision`` costs a customer whose message means ``label``."""
    kind = kind_of(label, topics)
    verdict = decision.verdict
    if verdict is Verdict.ANSWER:
        return 0.0 if decision.label == label else COST_WRONG_ANSWER
    if verdict is Verdict.ASK_BACK:
        # Choices without the right one end in the ticket that the right answer would have saved.
        offered = any(guess.label == label for guess in decision.candidates)
        return COST_QUESTION if offered or kind in ("talk", NEEDS_TICKET) else COST_QUESTION + COST_TICKET
    if verdict is Verdict.TICKET:
        return 0.0 if kind == NEEDS_TICKET else COST_TICKET
    if verdict is Verdict.OFF_TOPIC:
        return 0.0 if kind == OFF_TOPIC else COST_SENT_AWAY
    # Taken for small talk: he says it again; with a real problem he may take the ticket instead.
    misheard = COST_QUESTION if kind in ("talk", OFF_TOPIC) else COST_QUESTION + COST_TICKET
    return 0.0 if decision.label == label else misheard


def learn(phrasings: list[Phrasing], signals: Signals, topics: frozenset[str]) -> tuple[Thresholds, Mix, dict[str, object]]:
    """The mix, thresholds of least cost by coordinate descent over :data:`GRID`, and the evidence."""
    weight = weights(phrasings, topics)
    mix = learn_mix(signals, np.array([signals.labels.index(phrasing.label) for phrasing in phrasings]), weight)
    guesses = [ranked(signals.labels, row) for row in signals.probabilities(mix)]
    thresholds = Thresholds()

    def total(candidate: Thresholds) -> float:
        costs = [cost(p.label, decide(g, topics, candidate), topics) for p, g in zip(phrasings, guesses, strict=True)]
        return float(np.dot(weight, costs))

    for _ in range(ROUNDS):
        for name in ("answer", "ask_back", "ticket", "off_topic", "talk"):
            thresholds = min((replace(thresholds, **{name: value}) for value in GRID), key=total)
    return thresholds, mix, _evidence(phrasings, guesses, topics, thresholds, total(thresholds))


def _evidence(
    phrasings: list[Phrasing], guesses: list[list[Guess]], topics: frozenset[str], thresholds: Thresholds, total: float
) -> dict[str, object]:
    table: dict[str, dict[str, int]] = {kind: dict.fromkeys(("right answer", *map(str, Verdict)), 0) for kind in SHARE}
    for phrasing, guess in zip(phrasings, guesses, strict=True):
        decision = decide(guess, topics, thresholds)
        kind = kind_of(phrasing.label, topics)
        table[kind][str(decision.verdict)] += 1
        table[kind]["right answer"] += decision.verdict is Verdict.ANSWER and decision.label == phrasing.label
    return {"messages": len(phrasings), "cost per message": round(total, 4), "shares": SHARE, "decisions": table}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bot.faq.learn", description=__doc__)
    parser.add_argument(
        "--folds", type=Path, required=True, help="folder with the encoders 0, 1, … of bot.embeddings.train --folds"
    )
    folder: Path = parser.parse_args().folds
    encoders = [SentenceEncoder(str(path)) for path in sorted(folder.iterdir()) if path.name.isdigit()]
    corpus = load_corpus()
    phrasings, signals = out_of_fold(load_phrasings(), encoders, corpus)
    thresholds, mix, evidence = learn(phrasings, signals, frozenset(corpus))
    stored = {"thresholds": asdict(thresholds), "mix": asdict(mix), "evidence": evidence}
    THRESHOLDS_FILE.write_text(json.dumps(stored, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(THRESHOLDS_FILE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
