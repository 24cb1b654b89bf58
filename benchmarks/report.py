"""What a run of the bench found, and its tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.diet import Epochs
from benchmarks.figures import Result, confusions, markdown
from benchmarks.parse import Times
from benchmarks.scale import Load
from bot.evaluate import Judged, measure
from bot.faq.corpus import Corpus
from bot.faq.decision import Verdict

MOST_CONFUSED = 10
MEGA = 1_000_000


@dataclass(frozen=True)
class Diet:
    """Rasa's own pipeline: its figures and how it was trained; ``digest`` of its data, ``exam`` that of the questions."""

    result: Result
    parse: Times
    digest: str
    epochs: Epochs
    seconds: float
    examples: int
    exam: str

    @classmethod
    def read(cls, file: Path) -> Diet:
        """From what :func:`benchmarks.page.write` stored."""
        stored = json.loads(file.read_text(encoding="utf-8"))
        tuples = {name: tuple(value) if isinstance(value, list) else value for name, value in stored.pop("result").items()}
        return cls(Result(**tuples), Times(**stored.pop("parse")), epochs=Epochs(**stored.pop("epochs")), **stored)


@dataclass(frozen=True)
class Report:
    """All that was measured; the first of ``results`` is ours and ``judged`` is what it was made from."""

    results: Sequence[Result]
    judged: Sequence[Judged]
    corpus: Corpus
    loads: Sequence[Load]
    parse: Times
    diet: Diet | None
    left_out: int
    phrasings: int


def systems_table(results: Sequence[Result]) -> str:
    """Who is how good, and how fast."""
    header = (
        "system",
        "n",
        "accuracy@1 (95 %)",
        "hit@3 (95 %)",
        "MRR",
        "off-topic recall at 95 % coverage",
        "AUROC",
        "ms p50 / p95",
    )
    return markdown(header, [_row(result) for result in results])


def _row(result: Result) -> Sequence[object]:
    name = f"{result.system} ({result.note})" if result.note else result.system
    if not result.n:
        return (name, *[None] * 7)
    first = _with_interval(result.accuracy_at_1, result.accuracy_interval)
    third = _with_interval(result.hit_at_3, result.hit_interval)
    times = f"{result.ms_p50:.1f} / {result.ms_p95:.1f}"
    return name, result.n, first, third, result.mrr, result.oos_recall_at_95_coverage, result.auroc, times


def _with_interval(value: float | None, bounds: tuple[float, float] | None) -> str | None:
    return f"{value:.3f} ({bounds[0]:.3f}–{bounds[1]:.3f})" if value is not None and bounds else None


def decisions_table(judged: Sequence[Judged]) -> str:
    """What the bot did with the questions."""
    made = measure(judged)
    rows = [
        ("answered at once", made["answered"], made["answered_right"]),
        ("asked back; the right answer among the choices", made["asked_back"], made["asked_back_right"]),
        ("led to a ticket; needed one", made["escalated"], made["requiere_ticket_escalated"]),
        ("said to be off-topic; was", made["off_topic_said"], _off_topic_right(judged)),
        ("taken for small talk", made["talked"], None),
    ]
    return markdown(("what the bot did", "questions", "of these right"), rows)


def _off_topic_right(judged: Sequence[Judged]) -> int:
    return sum(row.off_topic and row.decision.verdict is Verdict.OFF_TOPIC for row in judged)


def parse_table(report: Report) -> str:
    """Whole parses side by side."""
    sides = [("ours", report.parse)]
    if report.diet:
        sides.append((f"DIET and response selector, {report.diet.result.measured}", report.diet.parse))
    rows = [
        (name, *(f"{value:.1f}" for value in (times.ms_p50, times.ms_p95, times.cpu_p50, times.archive_bytes / MEGA)))
        for name, times in sides
    ]
    return markdown(("whole Rasa parse on one core", "ms p50", "ms p95", "ms of computing, p50", "model archive, MB"), rows)


def size_table(loads: Sequence[Load]) -> str:
    """How the matcher grows."""
    header = ("answers", "index, MB", "learned model, MB", "index built in, s", "one match, ms p50", "p95", "ms of computing")
    return markdown(header, [(f"{load.entries:,}", *(f"{value:.1f}" for value in _numbers(load))) for load in loads])


def _numbers(load: Load) -> Sequence[float]:
    return load.index_bytes / MEGA, load.model_bytes / MEGA, load.build_seconds, load.ms_p50, load.ms_p95, load.cpu_ms


def confused_table(judged: Sequence[Judged]) -> str:
    """The pairs of topics most often taken for each other, by id."""
    pairs = [(pair, count) for pair, count in confusions(judged).items() if pair[0] != pair[1]]
    worst = sorted(pairs, key=lambda item: (-item[1], item[0]))[:MOST_CONFUSED]
    return markdown(("meant", "first topic", "times"), [(*pair, count) for pair, count in worst])


def tables(report: Report) -> str:
    """The tables alone, for the terminal."""
    return "\n\n".join(
        (systems_table(report.results), decisions_table(report.judged), parse_table(report), size_table(report.loads))
    )
