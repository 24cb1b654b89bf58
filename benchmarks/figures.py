"""Judged questions turned into the numbers of the results page; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from bot.evaluate import Judged, measure
from bot.faq.decision import NEEDS_TICKET, OFF_TOPIC

RESAMPLES = 1000
SEED = 20261123
BINS = 10
Interval = tuple[float, float]


@dataclass(frozen=True)
class Result:
    """One system on one exam.

    Shares are 0 to 1, times in milliseconds; ``coverage`` and ``risk`` are the points of the risk-coverage curve;
    ``measured`` is a date. ``note``: what a reader of the row must know; a system that could not be run has only that.
    """

    system: str
    note: str = ""
    measured: str = ""
    n: int = 0
    accuracy_at_1: float | None = None
    accuracy_interval: Interval | None = None
    hit_at_3: float | None = None
    hit_interval: Interval | None = None
    mrr: float | None = None
    oos_recall_at_95_coverage: float | None = None
    auroc: float | None = None
    ms_p50: float | None = None
    ms_p95: float | None = None
    coverage: tuple[float, ...] = ()
    risk: tuple[float, ...] = ()


@dataclass(frozen=True)
class Bin:
    """Some answers of about the same probability: its mean, the share that was right, how many."""

    probability: float
    right: float
    count: int


def result(system: str, judged: Sequence[Judged], note: str = "") -> Result:
    """All figures of ``system``."""
    figures = measure(judged)
    answerable = [row for row in judged if row.has_answer]
    coverage, risk = risk_coverage(*certainty(judged))
    names = ("n", "accuracy_at_1", "hit_at_3", "mrr", "oos_recall_at_95_coverage", "auroc")
    return Result(
        system,
        note,
        date.today().isoformat(),
        **{name: figures[name] for name in names},  # type: ignore[arg-type]
        accuracy_interval=interval([within(row, 1) for row in answerable]),
        hit_interval=interval([within(row, 3) for row in answerable]),
        ms_p50=figures["ms_per_question_p50"],
        ms_p95=figures["ms_per_question_p95"],
        coverage=tuple(round(float(value), 4) for value in coverage),
        risk=tuple(round(float(value), 4) for value in risk),
    )


def within(row: Judged, places: int) -> bool:
    """Whether a right topic is among the first ``places``."""
    return bool(row.labels.intersection(row.ranking[:places]))


def interval(values: Sequence[float | bool], resamples: int = RESAMPLES, seed: int = SEED) -> Interval | None:
    """95 % percentile bootstrap interval of the mean (Efron and Tibshirani 1993, chapter 13); None of nothing."""
    if not len(values):
        return None
    picks = np.random.default_rng(seed).integers(0, len(values), (resamples, len(values)))
    low, high = np.quantile(np.asarray(values, dtype=float)[picks].mean(axis=1), (0.025, 0.975))
    return round(float(low), 4), round(float(high), 4)


def certainty(judged: Sequence[Judged]) -> tuple[np.ndarray, np.ndarray]:
    """How sure a system is of its first topic, and whether that is right; a question without an answer makes any wrong."""
    sure = [row.decision.candidates[0].probability if row.decision.candidates else 0.0 for row in judged]
    return np.array(sure), np.array([within(row, 1) for row in judged])


def risk_coverage(confidence: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of questions answered and share of wrong ones among them, as less and less certain answers are let through.

    Both of shape ``(questions,)`` (El-Yaniv and Wiener 2010).
    """
    order = np.argsort(-confidence, kind="stable")
    answered = np.arange(1, len(order) + 1)
    return answered / len(order), np.cumsum(~right[order].astype(bool)) / answered


def reliability(confidence: np.ndarray, right: np.ndarray, count: int = BINS) -> list[Bin]:
    """Equal-width bins of confidence that hold any (Guo et al. 2017)."""
    places = np.minimum((confidence * count).astype(int), count - 1)
    chosen = [places == place for place in range(count)]
    return [Bin(float(confidence[c].mean()), float(right[c].mean()), int(c.sum())) for c in chosen if c.any()]


def confusions(judged: Sequence[Judged], group: Callable[[str], str] = str) -> Counter[tuple[str, str]]:
    """How often a question of the one topic had the other as its first; both through ``group``, answerable questions only.

    A question with several right topics counts for the one that came first, or else for the first by name.
    """
    pairs: Counter[tuple[str, str]] = Counter()
    for row in judged:
        if row.has_answer and row.ranking:
            first = row.ranking[0]
            meant = first if first in row.labels else min(row.labels - {OFF_TOPIC, NEEDS_TICKET})
            pairs[group(meant), group(first)] += 1
    return pairs


def markdown(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; None is a dash, columns after the first are aligned to the right."""
    marks = ["---", *["---:"] * (len(header) - 1)]
    lines = [header, marks, *([_cell(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, tuple):
        return "–".join(_cell(part) for part in value)
    return f"{value:.3f}" if isinstance(value, float) else str(value).replace("|", "\\|")
