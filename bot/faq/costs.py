"""What each decision costs a customer, and how much each message counts when thresholds are learned."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.faq.decision import Decision, Verdict
from bot.faq.phrasings import NEEDS_TICKET, OFF_TOPIC

# Written like an ordinary inbox, without a look at the phrasings; the second batch by another hand, to be harder.
CALIBRATION = tuple(Path(__file__).with_name(name) for name in ("calibration.jsonl", "calibration_hard.jsonl"))
# A wrong answer costs a customer most; a question or a ticket that was not needed only costs time.
COST_WRONG_ANSWER, COST_QUESTION, COST_TICKET = 5.0, 1.0, 2.0
# Said to be off-topic with a real problem in hand: a wrong answer like any other.
COST_SENT_AWAY = COST_WRONG_ANSWER
# How often each kind of message is expected; the files' own numbers say how many were written, not how many come.
SHARE = {"topic": 0.75, NEEDS_TICKET: 0.07, OFF_TOPIC: 0.10, "talk": 0.08}
CALIBRATION_BINS = 10


@dataclass(frozen=True)
class Message:
    """One message with the labels that are right for it."""

    text: str
    labels: frozenset[str]


def load_messages(paths: Sequence[Path] = CALIBRATION) -> list[Message]:
    """Rows ``{"text", "labels"}``, one a line."""
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    rows = [json.loads(line) for line in lines]
    return [Message(row["text"], frozenset(row["labels"])) for row in rows]


def kind_of(labels: frozenset[str], topics: frozenset[str]) -> str:
    """topic, talk, or one of the two special labels; what may be answered or given to staff counts as staff's."""
    for special in (NEEDS_TICKET, OFF_TOPIC):
        if special in labels:
            return special
    return "topic" if labels & topics else "talk"


def weights(messages: Sequence[Message], topics: frozenset[str]) -> np.ndarray:
    """So that each kind of message counts with its :data:`SHARE`; they sum to 1."""
    kinds = [kind_of(message.labels, topics) for message in messages]
    counts = Counter(kinds)
    raw = np.array([SHARE[kind] / counts[kind] for kind in kinds])
    return raw / raw.sum()


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


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error (Guo et al. 2017, equal-width bins)."""
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = [abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in set(bins)]
    return round(float(sum(gaps)), 4)
