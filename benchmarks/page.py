"""The results page ``answering.md``: tables and pictures put into its template, nothing in it written by hand."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks import plots, public
from benchmarks.figures import Result, certainty, confusions, reliability
from benchmarks.parse import ROOT
from benchmarks.report import MEGA, Report, confused_table, decisions_table, parse_table, size_table, systems_table
from bot.evaluate import measure
from bot.faq.corpus import Corpus
from bot.faq.decision import NEEDS_TICKET
from bot.faq.encoder import BUNDLED_MODEL

TEMPLATE = "answering.md.j2"
PAGE = "answering.md"
PICTURES = "answering"
DIET_FILE = "diet.json"
PUBLIC_FILE = "public.json"
NO_ENTRY = "(no entry)"


def write(report: Report, folder: Path) -> None:
    """The page, its pictures, and DIET's figures where these are new."""
    pictures = folder / PICTURES
    pictures.mkdir(parents=True, exist_ok=True)
    if report.diet and not report.diet.result.note:
        (pictures / DIET_FILE).write_text(json.dumps(asdict(report.diet), indent=1) + "\n", encoding="utf-8")
    others = [result for result in report.results[1:] if result.n]
    best = max(others, key=lambda other: other.accuracy_at_1 or 0.0)
    plots.confusion(confusions(report.judged, lambda topic: _category(report.corpus, topic)), pictures / "confusion.png")
    plots.risk_coverage([report.results[0], best], pictures / "risk_coverage.png")
    bins = reliability(*certainty([row for row in report.judged if row.has_answer]))
    plots.calibration(bins, pictures / "calibration.png")
    environment = Environment(  # noqa: S701  # nosec B701: Markdown of our own numbers
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    (folder / PAGE).write_text(environment.get_template(TEMPLATE).render(_facts(report, best, pictures)), encoding="utf-8")


def _category(corpus: Corpus, topic: str) -> str:
    return corpus[topic].category if topic in corpus else NO_ENTRY


def _facts(report: Report, best: Result, pictures: Path) -> dict[str, Any]:
    judged = report.judged
    stored = pictures / PUBLIC_FILE
    return {
        "report": report,
        "ours": report.results[0],
        "best": best,
        "figures": measure(judged),
        "answerable": sum(row.has_answer for row in judged),
        "several": sum(len(row.labels) > 1 for row in judged),
        "off_topic": sum(row.off_topic for row in judged),
        "needing": sum(NEEDS_TICKET in row.labels for row in judged),
        "half": {name: _risk_at_half(result) for name, result in (("ours", report.results[0]), ("best", best))},
        "systems": systems_table(report.results),
        "decisions": decisions_table(judged),
        "parse": parse_table(report),
        "sizes": size_table(report.loads),
        "confused": confused_table(judged),
        "public": public.table(json.loads(stored.read_text(encoding="utf-8"))) if stored.exists() else None,
        "today": date.today().isoformat(),
        "machine": _machine(),
        "encoder_mb": sum(path.stat().st_size for path in BUNDLED_MODEL.rglob("*") if path.is_file()) / MEGA,
    }


def _risk_at_half(result: Result) -> float:
    return result.risk[(len(result.risk) - 1) // 2]


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    load = os.getloadavg()[0]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)  # noqa: S607
    made = f"Python {platform.python_version()}, commit {commit.stdout.strip() or 'unknown'} or its child"
    return f"{os.cpu_count()} cores ({names[0] if names else platform.machine()}), load {load:.1f} of other work too, {made}"
