"""The quality bench: ``python -m bot.evaluate --questions FILE.jsonl [--json] [--predictions FILE]``.

Rows are ``{"text", "labels": […]}``; labels are topic ids, ``requiere-ticket`` or ``fuera-de-tema``, and any listed one
is right. ``--train A.jsonl --test B.jsonl`` fits the same model on rows ``{"text", "label"}`` of any language instead.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from bot.faq.corpus import load_corpus
from bot.faq.costs import calibration_error
from bot.faq.decision import Decision, Verdict
from bot.faq.encoder import SentenceEncoder
from bot.faq.learn import weighed_by_themselves
from bot.faq.matcher import Matcher
from bot.faq.phrasings import NEEDS_TICKET, OFF_TOPIC, Phrasing
from bot.faq.training import fit, training_rows

# What public data sets call it.
OFF_TOPIC_NAMES = frozenset({OFF_TOPIC, "oos", "out_of_scope"})
COVERAGE = 0.95
Question = tuple[str, frozenset[str]]
# Talk that hands the customer to a person counts as escalated: he leaves with a ticket.
ESCALATING_TALK = frozenset({"ask_human", "open_ticket"})


@dataclass(frozen=True)
class Judged:
    """One question with what the bot made of it. ``ranking`` holds topics only, best first."""

    text: str
    labels: frozenset[str]
    ranking: tuple[str, ...]
    in_scope: float
    decision: Decision
    milliseconds: float

    @property
    def off_topic(self) -> bool:
        return self.labels == {OFF_TOPIC}

    @property
    def has_answer(self) -> bool:
        return bool(self.labels - {OFF_TOPIC, NEEDS_TICKET})


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSON-lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def judge(questions: Sequence[Question], encoder: SentenceEncoder, matcher: Matcher) -> list[Judged]:
    """What the bot makes of each question, timed one at a time from text to decision."""
    judged = []
    for text, labels in questions:
        start = time.perf_counter()
        match = matcher.match(text, encoder.encode([text])[0])
        elapsed = (time.perf_counter() - start) * 1000
        ranking = tuple(guess.label for guess in match.guesses if guess.label in matcher.topics)
        outside = sum(guess.probability for guess in match.guesses if guess.label == OFF_TOPIC)
        judged.append(Judged(text, labels, ranking, 1.0 - outside, match.decision, elapsed))
    return judged


def measure(judged: Sequence[Judged]) -> dict[str, float | int | None]:
    """The figures of the contract; ratios are None where no row can tell."""
    answerable = [row for row in judged if row.has_answer]
    ranks = [_rank(row) for row in answerable]
    times = [row.milliseconds for row in judged]
    figures: dict[str, float | int | None] = {
        "n": len(judged),
        "accuracy_at_1": _mean([rank == 1 for rank in ranks]),
        "hit_at_3": _mean([rank <= 3 for rank in ranks]),
        "mrr": _mean([1 / rank for rank in ranks]),
    }
    figures |= _scope_figures(answerable, [row for row in judged if row.off_topic])
    figures |= _decision_figures(judged)
    figures["ece"] = _calibration_error(answerable)
    figures["ms_per_question_p50"] = round(float(np.percentile(times, 50)), 3)
    figures["ms_per_question_p95"] = round(float(np.percentile(times, 95)), 3)
    return figures


def _rank(row: Judged) -> float:
    places = [place for place, label in enumerate(row.ranking, start=1) if label in row.labels]
    return places[0] if places else float("inf")


def _scope_figures(inside: Sequence[Judged], outside: Sequence[Judged]) -> dict[str, float | None]:
    if not inside or not outside:
        return {"oos_recall_at_95_coverage": None, "auroc": None}
    scores_in, scores_out = [row.in_scope for row in inside], [row.in_scope for row in outside]
    limit = np.quantile(scores_in, 1 - COVERAGE)
    truth = [1] * len(inside) + [0] * len(outside)
    return {
        "oos_recall_at_95_coverage": _mean([score < limit for score in scores_out]),
        "auroc": round(float(roc_auc_score(truth, scores_in + scores_out)), 4),
    }


def _decision_figures(judged: Sequence[Judged]) -> dict[str, int]:
    answered = [row for row in judged if row.decision.verdict is Verdict.ANSWER]
    asked = [row for row in judged if row.decision.verdict is Verdict.ASK_BACK]
    right = sum(row.decision.label in row.labels for row in answered)
    needing = [row for row in judged if NEEDS_TICKET in row.labels]
    return {
        "answered": len(answered),
        "answered_right": right,
        "asked_back": len(asked),
        "asked_back_right": sum(any(guess.label in row.labels for guess in row.decision.candidates) for row in asked),
        "escalated": sum(_escalates(row.decision) for row in judged),
        "requiere_ticket": len(needing),
        "requiere_ticket_escalated": sum(_escalates(row.decision) for row in needing),
        "off_topic_said": sum(row.decision.verdict is Verdict.OFF_TOPIC for row in judged),
        "talked": sum(row.decision.verdict is Verdict.TALK for row in judged),
        "wrong_answers": len(answered) - right,
    }


def _escalates(decision: Decision) -> bool:
    by_talk = decision.verdict is Verdict.TALK and decision.label in ESCALATING_TALK
    return decision.verdict is Verdict.TICKET or by_talk


def _calibration_error(rows: Sequence[Judged]) -> float | None:
    """Expected calibration error of the first topic's probability (Guo et al. 2017, ten equal-width bins)."""
    pairs = [(row.decision.candidates[0].probability, _rank(row) == 1) for row in rows if row.decision.candidates]
    if not pairs:
        return None
    return calibration_error(np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs], dtype=float))


def _mean(values: Sequence[float | bool]) -> float | None:
    return round(float(np.mean(values)), 4) if len(values) else None


def _load(arguments: argparse.Namespace, encoder: SentenceEncoder) -> tuple[list[Question], Matcher]:
    """Questions, and the matcher that is to answer them."""
    if arguments.questions:
        questions = [(row["text"], _labels(row["labels"])) for row in read_rows(arguments.questions)]
        corpus = load_corpus()
        model = fit(encoder, training_rows(), frozenset(corpus))
        return questions, Matcher(model, encoder, lambda: corpus)
    learned = [Phrasing(row["text"], *_labels([row["label"]]), "", "") for row in read_rows(arguments.train)]
    questions = [(row["text"], _labels([row["label"]])) for row in read_rows(arguments.test)]
    mix, confidence = weighed_by_themselves(encoder, learned)
    return questions, Matcher(fit(encoder, learned, frozenset()), encoder, None, mix, confidence=confidence)


def _labels(names: Sequence[str]) -> frozenset[str]:
    return frozenset(OFF_TOPIC if name in OFF_TOPIC_NAMES else name for name in names)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.evaluate", description=__doc__)
    parser.add_argument("--questions", type=Path, help="JSON lines: text, labels")
    parser.add_argument("--train", type=Path, help="JSON lines: text, label; with --test")
    parser.add_argument("--test", type=Path, help="JSON lines: text, label; with --train")
    parser.add_argument("--predictions", type=Path, help="write one JSON row a question")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def main() -> int:
    parser = _parser()
    arguments = parser.parse_args()
    if bool(arguments.questions) == bool(arguments.train and arguments.test):
        parser.error("give either --questions, or --train and --test")
    encoder = SentenceEncoder()
    questions, matcher = _load(arguments, encoder)
    judged = judge(questions, encoder, matcher)
    figures = measure(judged)
    if arguments.predictions:
        lines = [
            json.dumps(
                {
                    "text": row.text,
                    "labels": sorted(row.labels),
                    "first": list(row.ranking[:3]),
                    **row.decision.as_dict(),
                }
            )
            for row in judged
        ]
        arguments.predictions.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if arguments.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:28} {value}" for name, value in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
