"""Rasa itself, trained on four fifths of the phrasings and tested on the rest, five times over.

Not ``rasa test nlu --cross-validation``: it writes each fold in a form that loses the topics behind the intent ``faq``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from tqdm import tqdm

from benchmarks.parse import ROOT, rasa_environment
from bot.faq.corpus import load_corpus
from bot.faq.phrasings import FAQ_INTENT, NEEDS_TICKET, OFF_TOPIC, TOPIC_PREFIX, Phrasing, folds_of, load_phrasings

FOLDS = 5
MODEL = "fold"
# What was said and what it was taken for.
Pairs = list[tuple[str, str]]


def cross_validate(folder: Path) -> Pairs:
    """``(intent, predicted intent)`` of every phrasing, each by a model that was trained without it.

    A fold's predictions stay in ``folder``; those of an earlier run are not made anew.
    """
    phrasings = load_phrasings()
    folds = folds_of(phrasings, FOLDS)
    pairs: Pairs = []
    for number in tqdm(range(FOLDS), desc="folds"):
        here = folder / str(number)
        if not (here / "intent_errors.json").exists():
            write([p for p, fold in zip(phrasings, folds, strict=True) if fold != number], here / "train" / "nlu.yml")
            write([p for p, fold in zip(phrasings, folds, strict=True) if fold == number], here / "test" / "nlu.yml")
            _train_and_test(here)
        pairs += _predicted(here)
    return pairs


def write(phrasings: Sequence[Phrasing], path: Path) -> None:
    """Rasa's long format, as ``nlu_data/`` has it."""
    topics = set(load_corpus())
    examples: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for phrasing in phrasings:
        intent = f"{TOPIC_PREFIX}{phrasing.label}" if phrasing.label in topics else phrasing.label
        examples[intent].append({"text": phrasing.text, "metadata": {"register": phrasing.register, "en": phrasing.gloss}})
    nlu = [{"intent": intent, "examples": rows} for intent, rows in examples.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True), encoding="utf-8")


def _train_and_test(here: Path) -> None:
    # Each fold is trained anew, whatever a cache believes.
    environment = {**rasa_environment(), "RASA_MAX_CACHE_SIZE": "0"}
    rasa = [sys.executable, "-W", "ignore", "-m", "rasa"]
    train = [*rasa, "train", "nlu", "--nlu", str(here / "train"), "--config", "bot/config.yml", "--domain", "bot/domain"]
    test = [*rasa, "test", "nlu", "--nlu", str(here / "test"), "--model", str(here / f"{MODEL}.tar.gz")]
    test += ["--out", str(here), "--successes", "--no-plot"]
    for command in ([*train, "--out", str(here), "--fixed-model-name", MODEL], test):
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)  # noqa: S603  # nosec B603


def _predicted(here: Path) -> Pairs:
    files = [here / "intent_successes.json", here / "intent_errors.json"]
    rows = [row for file in files if file.exists() for row in json.loads(file.read_text(encoding="utf-8"))]
    return [(_named(row["intent"]), _named(row["intent_prediction"]["name"] or "")) for row in rows]


def _named(intent: str) -> str:
    """As the bot's rules see it: what needs staff or is off-topic arrives as a question, the decision beside it says which."""
    return FAQ_INTENT if intent in (NEEDS_TICKET, OFF_TOPIC) else intent.split("/")[0]
