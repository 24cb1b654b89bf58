"""``python -m benchmarks.parse``: a trained Rasa model asked one message at a time, in a process and on a core of its own.

Its own process, because TensorFlow and torch keep threads and memory that would colour the times of whoever comes next.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "TF_INTRA_OP_PARALLELISM_THREADS",
        "TF_INTER_OP_PARALLELISM_THREADS",
    ),
    "1",
)
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"}
WARM_UP = 5


@dataclass(frozen=True)
class Parsed:
    """What a Rasa model made of one message.

    ``intents``: confidence of each intent; ``responses``: the response selector's ranking, best first (empty where the
    pipeline has none); ``milliseconds``: from text to parse result; ``cpu_milliseconds``: of these, what the process itself
    computed, which other work on the machine does not stretch.
    """

    intents: dict[str, float]
    responses: tuple[tuple[str, float], ...]
    milliseconds: float
    cpu_milliseconds: float


@dataclass(frozen=True)
class Times:
    """Of whole parses, in milliseconds, and the bytes of the model's archive."""

    ms_p50: float
    ms_p95: float
    cpu_p50: float
    archive_bytes: int


def times(rows: Sequence[Parsed], archive: Path) -> Times:
    """Medians and 95th percentile of ``rows``, which the model in ``archive`` parsed."""
    low, high = np.percentile([row.milliseconds for row in rows], (50, 95))
    computed = np.median([row.cpu_milliseconds for row in rows])
    return Times(round(float(low), 2), round(float(high), 2), round(float(computed), 2), archive.stat().st_size)


def rasa_environment() -> dict[str, str]:
    """For a subprocess that runs Rasa quietly on one thread."""
    return {**os.environ, **QUIET, **ONE_THREAD, "PYTHONPATH": str(ROOT)}


def parse_all(model: Path, texts: Sequence[str]) -> list[Parsed]:
    """What ``model`` (a Rasa archive) makes of each text."""
    with TemporaryDirectory() as folder:
        asked, answered = Path(folder, "texts.json"), Path(folder, "parsed.json")
        asked.write_text(json.dumps(list(texts)), encoding="utf-8")
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.parse", str(model), str(asked), str(answered)]
        done = subprocess.run(command, cwd=ROOT, env=rasa_environment(), capture_output=True, text=True)  # noqa: S603
        if done.returncode != 0:
            raise RuntimeError(f"Rasa could not parse with {model}:\n{done.stderr[-3000:]}")
        rows = json.loads(answered.read_text(encoding="utf-8"))
    return [Parsed(**{**row, "responses": tuple((key, value) for key, value in row["responses"])}) for row in rows]


async def _ask(model: str, texts: list[str]) -> list[Parsed]:
    from rasa.core.agent import Agent

    agent = Agent.load(model)
    for text in texts[:WARM_UP]:
        await agent.parse_message(text)
    parsed = []
    for text in texts:
        start, computing = time.perf_counter(), time.process_time()
        result = await agent.parse_message(text)
        elapsed, computed = time.perf_counter() - start, time.process_time() - computing
        parsed.append(Parsed(_intents(result), _responses(result), elapsed * 1000, computed * 1000))
    return parsed


def _intents(result: dict) -> dict[str, float]:  # type: ignore[type-arg]
    return {intent["name"]: float(intent["confidence"]) for intent in result.get("intent_ranking", [])}


def _responses(result: dict) -> tuple[tuple[str, float], ...]:  # type: ignore[type-arg]
    selectors = [value for key, value in result.get("response_selector", {}).items() if key != "all_retrieval_intents"]
    ranking = selectors[0]["ranking"] if selectors else []
    return tuple((row["intent_response_key"], float(row["confidence"])) for row in ranking)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parse", description=__doc__)
    for name in ("model", "texts", "out"):
        parser.add_argument(name, type=Path)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    from rasa.utils.tensorflow.environment import setup_tf_environment

    setup_tf_environment()
    parsed = asyncio.run(_ask(str(arguments.model), json.loads(arguments.texts.read_text(encoding="utf-8"))))
    arguments.out.write_text(json.dumps([asdict(row) for row in parsed]), encoding="utf-8")


if __name__ == "__main__":
    main()
