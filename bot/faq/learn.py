"""``python -m bot.faq.learn``: temperature and thresholds from predictions on phrasings that the model had not seen.

Five random folds: each phrasing is judged by a model that learned from the others. (Leaving a whole register out at a
time was tried: the model is then so unsure that it asks back three times in four, which customers of registers that it
does know would pay for.) The result and its evidence go to ``thresholds.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace

import numpy as np
from sklearn.model_selection import StratifiedKFold
from tqdm import tqdm

from bot.faq.corpus import load_corpus
from bot.faq.decision import NEEDS_TICKET, OFF_TOPIC, THRESHOLDS_FILE, Decision, Thresholds, Verdict, decide
from bot.faq.encoder import SentenceEncoder
from bot.faq.phrasings import Phrasing, load_phrasings
from bot.faq.training import entry_phrasings
from bot.faq.understanding import SEED, Guess, Understanding

# A wrong answer costs a customer most; a question or a ticket that was not needed only costs time.
COST_WRONG_ANSWER, COST_QUESTION, COST_TICKET = 5.0, 1.0, 2.0
# Said to be off-topic with a real problem in hand: a wrong answer like any other.
COST_SENT_AWAY = COST_WRONG_ANSWER
# How often each kind of message is expected; the phrasings' own numbers say how many were written, not how many come.
SHARE = {"topic": 0.75, NEEDS_TICKET: 0.07, OFF_TOPIC: 0.10, "talk": 0.08}
FOLDS = 5
KEPT_GUESSES = 10
GRID = [round(0.05 * step, 2) for step in range(1, 20)]
TEMPERATURES = [round(0.5 + 0.1 * step, 2) for step in range(21)]
ROUNDS = 3

Row = tuple[Phrasing, np.ndarray]


def out_of_fold(phrasings: list[Phrasing], encoder: SentenceEncoder) -> tuple[list[str], list[Row]]:
    """Labels of the model and, for each phrasing left out, its logarithmic probabilities."""
    texts, labels = [p.text for p in phrasings], np.array([p.label for p in phrasings])
    entries = entry_phrasings(load_corpus())
    vectors, entry_vectors = encoder.encode(texts), encoder.encode([p.text for p in entries])
    rows: list[Row] = []
    order: list[str] = []
    for left_out in tqdm(list(_splits(labels)), desc="models"):
        kept = ~left_out
        learned = [text for text, keep in zip(texts, kept, strict=True) if keep] + [p.text for p in entries]
        model = Understanding.fit(learned, [*labels[kept], *(p.label for p in entries)], np.vstack([vectors[kept], entry_vectors]))
        order = model.labels
        left = np.where(left_out)[0]
        logs = np.log(model.probabilities([texts[index] for index in left], vectors[left]) + 1e-12)
        rows += [(phrasings[index], row) for index, row in zip(left, logs, strict=True)]
    return order, rows


def _splits(labels: np.ndarray) -> Iterator[np.ndarray]:
    for _, left in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(labels, labels):
        yield np.isin(np.arange(len(labels)), left)


def weights(rows: list[Row], topics: frozenset[str]) -> np.ndarray:
    """So that each kind of message counts with its :data:`SHARE`."""
    kinds = [kind_of(phrasing.label, topics) for phrasing, _ in rows]
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


def best_temperature(order: list[str], rows: list[Row], weight: np.ndarray) -> float:
    """The one under which the truth is least surprising (weighted log loss)."""
    place = {label: index for index, label in enumerate(order)}
    truth = np.array([place[phrasing.label] for phrasing, _ in rows])
    logs = np.stack([row for _, row in rows])

    def loss(temperature: float) -> float:
        scaled = logs / temperature
        total = np.log(np.exp(scaled - scaled.max(1, keepdims=True)).sum(1)) + scaled.max(1)
        return float((weight * (total - scaled[np.arange(len(truth)), truth])).sum())

    return min(TEMPERATURES, key=loss)


def learn(order: list[str], rows: list[Row], topics: frozenset[str]) -> tuple[Thresholds, dict[str, object]]:
    """Thresholds of least cost, by coordinate descent over :data:`GRID`, and the evidence."""
    weight = weights(rows, topics)
    thresholds = Thresholds(temperature=best_temperature(order, rows, weight))
    guesses = [_guesses(order, logs, thresholds.temperature) for _, logs in rows]

    def total(candidate: Thresholds) -> float:
        costs = [cost(p.label, decide(g, topics, candidate), topics) for (p, _), g in zip(rows, guesses, strict=True)]
        return float(np.dot(weight, costs))

    for _ in range(ROUNDS):
        for name in ("answer", "ask_back", "ticket", "off_topic", "talk"):
            thresholds = min((replace(thresholds, **{name: value}) for value in GRID), key=total)
    return thresholds, _evidence(rows, guesses, topics, thresholds, total(thresholds))


def _guesses(order: list[str], logs: np.ndarray, temperature: float) -> list[Guess]:
    scaled = np.exp((logs - logs.max()) / temperature)
    shares = scaled / scaled.sum()
    return [Guess(order[index], float(shares[index])) for index in np.argsort(-shares)[:KEPT_GUESSES]]


def _evidence(
    rows: list[Row], guesses: list[list[Guess]], topics: frozenset[str], thresholds: Thresholds, total: float
) -> dict[str, object]:
    table: dict[str, dict[str, int]] = {kind: dict.fromkeys(("right answer", *map(str, Verdict)), 0) for kind in SHARE}
    for (phrasing, _), guess in zip(rows, guesses, strict=True):
        decision = decide(guess, topics, thresholds)
        kind = kind_of(phrasing.label, topics)
        table[kind][str(decision.verdict)] += 1
        table[kind]["right answer"] += decision.verdict is Verdict.ANSWER and decision.label == phrasing.label
    return {"messages": len(rows), "cost per message": round(total, 4), "shares": SHARE, "decisions": table}


def main() -> None:
    topics = frozenset(load_corpus())
    order, rows = out_of_fold(load_phrasings(), SentenceEncoder())
    thresholds, evidence = learn(order, rows, topics)
    stored = {"thresholds": asdict(thresholds), "evidence": evidence}
    THRESHOLDS_FILE.write_text(json.dumps(stored, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(THRESHOLDS_FILE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
