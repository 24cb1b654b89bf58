"""What to do with a message: answer, ask back, go to a ticket, say that it is off-topic, or just talk."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from bot.faq.phrasings import NEEDS_TICKET, OFF_TOPIC
from bot.faq.understanding import Guess, Mix

THRESHOLDS_FILE = Path(__file__).with_name("thresholds.json")
CHOICES = 3
# A share of nothing, or of everything, has no logit.
LEAST_SHARE = 1e-5
# A topic less likely than this is noise: offered as a choice it makes the bot look as if it had not listened.
CHOICE_FLOOR = 0.05


class Verdict(StrEnum):
    """The five ways on."""

    ANSWER = "answer"
    ASK_BACK = "ask_back"
    TICKET = "ticket"
    OFF_TOPIC = "off_topic"
    TALK = "talk"


@dataclass(frozen=True)
class Thresholds:
    """Named numbers, learned by ``python -m bot.faq.learn`` from out-of-fold predictions; see ``thresholds.json``.

    All are probabilities: from ``talk``, ``ticket``, ``off_topic`` on a
    message is taken as one; from ``answer`` on the first topic is shown; from ``ask_back`` on the first topics together
    are likely enough to be offered as choices.
    """

    talk: float = 0.5
    ticket: float = 0.5
    off_topic: float = 0.5
    answer: float = 0.5
    ask_back: float = 0.3

    @classmethod
    def load(cls, path: Path = THRESHOLDS_FILE) -> Thresholds:
        """Those that were learned."""
        return cls(**json.loads(path.read_text(encoding="utf-8"))["thresholds"])


@dataclass(frozen=True)
class Confidence:
    """How likely it is that the first topic answers a message that some entry answers: Platt's scaling with two inputs.

    ``share``: weight of the logit of the first topic's share among the topics; ``topical``: of the logit of the topics' share
    among all labels. Learned by ``python -m bot.faq.learn`` on messages that have an answer: where two entries are right each
    gets a half of the softmax, and the first is right all the same.
    """

    share: float = 1.0
    topical: float = 0.0
    bias: float = 0.0

    @classmethod
    def load(cls, path: Path = THRESHOLDS_FILE) -> Confidence:
        """That which was learned."""
        return cls(**json.loads(path.read_text(encoding="utf-8"))["confidence"])

    def of(self, guesses: Sequence[Guess], topics: frozenset[str] | set[str]) -> float:
        """Of the first topic in ``guesses``, which hold every label that is no topic; 0 where there is no topic."""
        first = next((guess.probability for guess in guesses if guess.label in topics), 0.0)
        topical = 1.0 - sum(guess.probability for guess in guesses if guess.label not in topics)
        if first <= 0.0 or topical <= 0.0:
            return 0.0
        evidence = self.share * logit(first / topical) + self.topical * logit(topical) + self.bias
        return 1.0 / (1.0 + math.exp(-evidence))


def logit(share: float) -> float:
    """Of a probability, which is kept away from 0 and 1."""
    kept = min(max(share, LEAST_SHARE), 1.0 - LEAST_SHARE)
    return math.log(kept / (1.0 - kept))


def load_mix(path: Path = THRESHOLDS_FILE) -> Mix:
    """The weights of the signals that were learned together with the thresholds."""
    return Mix.of(json.loads(path.read_text(encoding="utf-8"))["mix"])


@dataclass(frozen=True)
class Decision:
    """The verdict, the number behind it, and the topics in question (best first; the first one's number is calibrated)."""

    verdict: Verdict
    probability: float
    label: str
    candidates: tuple[Guess, ...]

    def as_dict(self) -> dict[str, object]:
        """JSON for the parse result that the action server reads."""
        return {
            "verdict": str(self.verdict),
            "probability": round(self.probability, 4),
            "label": self.label,
            "candidates": [{**asdict(guess), "probability": round(guess.probability, 4)} for guess in self.candidates],
        }


def decide(guesses: Sequence[Guess], topics: frozenset[str] | set[str], thresholds: Thresholds, confidence: Confidence) -> Decision:
    """Weigh ``guesses`` (best first, over topics and conversational intents).

    Args:
        guesses: the likeliest labels with probabilities; at least one.
        topics: the ids of published entries; every other label is conversation.
        thresholds: see :class:`Thresholds`.
        confidence: see :class:`Confidence`.
    """
    ranked = [guess for guess in guesses if guess.label in topics][:CHOICES]
    if ranked:
        ranked[0] = replace(ranked[0], probability=confidence.of(guesses, topics))
    candidates = _likely(ranked, at_least=1)
    first = guesses[0]
    if first.label not in (*topics, NEEDS_TICKET, OFF_TOPIC) and first.probability >= thresholds.talk:
        return Decision(Verdict.TALK, first.probability, first.label, candidates)
    # A fault that only staff can mend resembles the entry about its symptom: it need not be the likeliest to be heard. It goes
    # before what sounds like no business of ours: to send a customer in trouble away is the worse mistake.
    by_label = {guess.label: guess.probability for guess in guesses}
    for label, limit, verdict in (
        (NEEDS_TICKET, thresholds.ticket, Verdict.TICKET),
        (OFF_TOPIC, thresholds.off_topic, Verdict.OFF_TOPIC),
    ):
        if by_label.get(label, 0.0) >= limit:
            return Decision(verdict, by_label[label], label, candidates)
    if candidates and candidates[0].probability >= thresholds.answer:
        return Decision(Verdict.ANSWER, candidates[0].probability, candidates[0].label, candidates)
    choices = _likely(ranked, at_least=2)
    together = min(1.0, sum(guess.probability for guess in choices))
    if together >= thresholds.ask_back:
        return Decision(Verdict.ASK_BACK, together, choices[0].label, choices)
    doubtful = Verdict.OFF_TOPIC if first.label == OFF_TOPIC else Verdict.TICKET
    return Decision(doubtful, first.probability, first.label, candidates)


def _likely(ranked: list[Guess], at_least: int) -> tuple[Guess, ...]:
    return tuple(guess for place, guess in enumerate(ranked) if place < at_least or guess.probability >= CHOICE_FLOOR)
