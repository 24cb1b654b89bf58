"""``python -m benchmarks.help_search``: the help centre's search as one types, through a front door of its own over HTTP.

Prints what a search takes (whole request, one at a time), what the matcher weighs in the front door's process, how long it loads,
and how often the right answer is among the first three, for whole messages and for messages cut in the middle. The messages are
``bot/faq/calibration.jsonl``: no training data, but the mix of signals was learned on them; the results page has an exam.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import requests

from bot.components.model import MODEL_NAME, models_dir
from bot.faq.corpus import load_corpus
from tools.stack import ROOT, Ports, Stack

QUESTIONS = ROOT / "bot/faq/calibration.jsonl"
SHARES = (1.0, 0.6, 0.4)
BY_MEANING, BY_SPELLING = "meaning", "spelling"
SETTLE_SECONDS = 60.0


@dataclass(frozen=True)
class Question:
    """A customer's message and the answers that are right."""

    text: str
    labels: frozenset[str]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.help_search", description=__doc__)
    parser.add_argument("--port", type=int, default=8090)
    given = parser.parse_args()
    model = models_dir() / f"{MODEL_NAME}.tar.gz"
    if not model.exists():
        print(f"{model} is not there: python -m bot.components.model", file=sys.stderr)
        return 1
    questions = _questions()
    print(f"{len(questions)} messages that an answer fits, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for by, file in ((BY_SPELLING, Path("/nonexistent")), (BY_MEANING, model)):
        with _front(given.port, file) as (url, process):
            _measure(url, process.pid, by, questions)
    return 0


def _questions() -> list[Question]:
    corpus = load_corpus()
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    asked = [Question(row["text"], frozenset(row["labels"]) & frozenset(corpus)) for row in rows]
    return [question for question in asked if question.labels]


@contextmanager
def _front(port: int, model: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with TemporaryDirectory() as folder:
        stack = Stack(Path(folder), Ports(front=port), {"HELP_MODEL_FILE": str(model), "OMP_NUM_THREADS": "1"})
        environment = {**stack.environment(), "RATE_LIMIT_STORAGE_URL": "memory://"}
        subprocess.run([sys.executable, "-m", "bot.channels.migrate"], cwd=ROOT, env=environment, check=True)
        serve = ["-m", "gunicorn", "benchmarks.help_search:unlimited()", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, *serve, "--threads", "8"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
        )
        try:
            yield stack.front_url, process
        finally:
            process.terminate()
            process.wait(20)


def unlimited():  # type: ignore[no-untyped-def]
    """The front door without its limits: one sender asks more here than twenty who type."""
    from bot.channels import rate_limits
    from webhook_app import create_app

    rate_limits.SEARCHES = "1000000 per minute"
    return create_app()


def _measure(url: str, pid: int, by: str, questions: list[Question]) -> None:
    http = requests.Session()
    _wait(lambda: http.get(f"{url}/robots.txt", timeout=5).ok)
    light, started = _resident_mb(pid), time.perf_counter()
    _wait(lambda: _ask(http, url, "no puedo enviar adjuntos")[1] == by)
    loaded = time.perf_counter() - started
    if by == BY_SPELLING:
        time.sleep(5)  # the phrasings are read beside the first requests
    print(f"\nby {by}")
    print(f"  resident: {light:.0f} MB before the first search, {_resident_mb(pid):.0f} MB after; ready {loaded:.1f} s after it")
    times = []
    for share in SHARES:
        first = three = 0
        for question in questions:
            text = question.text[: max(3, int(len(question.text) * share))]
            before = time.perf_counter()
            found, _ = _ask(http, url, text)
            times.append((time.perf_counter() - before) * 1000)
            first += bool(found) and found[0] in question.labels
            three += not question.labels.isdisjoint(found)
        right, among = first / len(questions), three / len(questions)
        print(f"  {share:4.0%} of the text typed: right answer first {right:.3f}, among three {among:.3f}")
    cuts = quantiles(times, n=100)
    told = f"p50 {median(times):.1f} ms, p95 {cuts[94]:.1f}, p99 {cuts[98]:.1f}, most {max(times):.1f}"
    print(f"  one search, whole request: {told} ({len(times)} requests)")


def _ask(http: requests.Session, url: str, text: str) -> tuple[list[str], str]:
    answer = http.get(f"{url}/ayuda/buscar", params={"q": text}, timeout=10)
    answer.raise_for_status()
    return [one["id"] for one in answer.json()["answers"]], answer.headers["X-Found-By"]


def _wait(ready) -> None:  # type: ignore[no-untyped-def]
    ends = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < ends:
        try:
            if ready():
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise SystemExit("the front door did not get ready")


def _resident_mb(pid: int) -> float:
    """Of the process and its children: gunicorn's worker is one."""
    total = 0.0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if process.name == str(pid) or fields.get("PPid", "").strip() == str(pid):
            total += int(fields.get("VmRSS", "0").split()[0]) / 1024
    return total


if __name__ == "__main__":
    sys.exit(main())
