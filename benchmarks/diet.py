"""Rasa's own DIETClassifier and ResponseSelector (Bunk et al. 2020), trained on the same phrasings: the bot without ``bot/faq``.

Topics are retrieval intents ``faq/<topic>``; the selector ranks them, the classifier tells talk and off-topic messages apart.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import yaml

from benchmarks.parse import ROOT, Parsed, rasa_environment
from bot.evaluate import Judged, Question
from bot.faq.corpus import Corpus
from bot.faq.decision import OFF_TOPIC, Decision, Verdict
from bot.faq.phrasings import FAQ_INTENT, TOPIC_PREFIX, Phrasing, label_of_intent
from bot.faq.understanding import Guess

SEED = 20261123
MODEL_NAME = "diet"
META = "diet.json"


@dataclass(frozen=True)
class Trained:
    """A trained model and how it came about: ``digest`` of data and pipeline, ``seconds`` of training, ``examples``."""

    model: Path
    digest: str
    epochs: Epochs
    seconds: float
    examples: int
    trained: str


@dataclass(frozen=True)
class Epochs:
    """How long to train: ``classifier`` tells talk and off-topic messages apart, ``selector`` ranks the topics."""

    classifier: int
    selector: int


def pipeline(epochs: Epochs) -> list[dict[str, object]]:
    """Rasa's default pipeline less what this data has no use for (regular expressions, synonyms, entities)."""
    learning = {"constrain_similarities": True, "random_seed": SEED, "ranking_length": 0}
    return [
        {"name": "WhitespaceTokenizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "entity_recognition": False, "epochs": epochs.classifier, **learning},
        {"name": "ResponseSelector", "retrieval_intent": FAQ_INTENT, "epochs": epochs.selector, **learning},
    ]


def examples(phrasings: Sequence[Phrasing], corpus: Corpus) -> list[dict[str, str]]:
    """Phrasings and titles as Rasa's training examples."""
    titles = [Phrasing(entry.title, entry.id, "entry", "") for entry in corpus.values()]
    return [
        {"text": row.text, "intent": f"{TOPIC_PREFIX}{row.label}" if row.label in corpus else row.label}
        for row in (*phrasings, *titles)
    ]


def recipe(phrasings: Sequence[Phrasing], corpus: Corpus, epochs: Epochs) -> tuple[list[dict[str, str]], dict[str, object], str]:
    """Training examples, Rasa's config, and the digest of both."""
    rows = examples(phrasings, corpus)
    config: dict[str, object] = {"recipe": "default.v1", "language": "es", "assistant_id": "diet", "pipeline": pipeline(epochs)}
    return rows, config, hashlib.sha256(json.dumps([rows, config]).encode("utf-8")).hexdigest()


def trained(phrasings: Sequence[Phrasing], corpus: Corpus, epochs: Epochs, folder: Path) -> Trained:
    """Train in a subprocess; a model in ``folder`` that was trained on just this is taken as it is.

    Raises:
        RuntimeError: Rasa refused; its last words are in the message.
    """
    rows, config, digest = recipe(phrasings, corpus, epochs)
    meta = folder / META
    if meta.exists():
        known = json.loads(meta.read_text(encoding="utf-8"))
        if known["digest"] == digest:
            return Trained(**{**known, "model": Path(known["model"]), "epochs": epochs})
    folder.mkdir(parents=True, exist_ok=True)
    # JSON, not YAML: Rasa's YAML loader takes minutes for this many, and its short form reads brackets as entities.
    (folder / "nlu.json").write_text(json.dumps({"rasa_nlu_data": {"common_examples": rows}}), encoding="utf-8")
    (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    responses = {f"utter_{TOPIC_PREFIX}{entry.id}": [{"text": entry.answer}] for entry in corpus.values()}
    domain = {"version": "3.1", "intents": sorted({row["intent"].split("/")[0] for row in rows}), "responses": responses}
    (folder / "domain.yml").write_text(yaml.safe_dump(domain, allow_unicode=True), encoding="utf-8")
    start = time.perf_counter()
    _train(folder)
    seconds = round(time.perf_counter() - start, 1)
    made = Trained(folder / f"{MODEL_NAME}.tar.gz", digest, epochs, seconds, len(rows), date.today().isoformat())
    meta.write_text(json.dumps({**asdict(made), "model": str(made.model)}), encoding="utf-8")
    return made


def _train(folder: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "rasa", "train", "nlu", "--fixed-model-name", MODEL_NAME]
    for option, name in (("--config", "config.yml"), ("--nlu", "nlu.json"), ("--domain", "domain.yml"), ("--out", ".")):
        command += [option, str(folder / name)]
    # A cache of its own: a second training would otherwise take parts from the first, and its seconds would be no measure.
    environment = {**rasa_environment(), "RASA_CACHE_DIRECTORY": str(folder / "cache")}
    with (folder / "train.log").open("w", encoding="utf-8") as log:
        code = subprocess.call(command, cwd=ROOT, env=environment, stdout=log, stderr=log)  # noqa: S603
    if code != 0:
        last_words = (folder / "train.log").read_text(encoding="utf-8")[-3000:]
        raise RuntimeError(f"DIET could not be trained (exit {code}, below 0 is a signal):\n{last_words}")


def judged(question: Question, parsed: Parsed, topics: frozenset[str]) -> Judged:
    """One parse result as :mod:`bot.evaluate` counts it; a topic's probability is that of ``faq`` times the selector's."""
    responses = [(label_of_intent(key), share) for key, share in parsed.responses if label_of_intent(key) in topics]
    about = parsed.intents.get(FAQ_INTENT, 0.0)
    ranking = tuple(label for label, _ in responses)
    first = Guess(ranking[0], about * responses[0][1])
    decision = Decision(Verdict.ASK_BACK, first.probability, first.label, (first,))
    return Judged(*question, ranking, 1.0 - parsed.intents.get(OFF_TOPIC, 0.0), decision, parsed.milliseconds)
