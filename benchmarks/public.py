"""``python -m benchmarks.public FOLDER [--write docs]``: our matcher on CLINC150 beside the published figures of others.

FOLDER holds ``data_full.json``, ``data_small.json``, ``data_imbalanced.json`` and ``data_oos_plus.json`` of
https://github.com/clinc/oos-eval (150 English intents and messages outside all of them; CC BY 3.0; never part of this
repository). Metrics and both schemes of telling a message out of scope are those of Larson et al. 2019, "An Evaluation
Dataset for Intent Classification and Out-of-Scope Prediction", section 3; the published figures are its table 2, where
"Rasa" is the pipeline of its day, spacy-sklearn.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figures import markdown
from bot.evaluate import OFF_TOPIC_NAMES
from bot.faq.costs import Message
from bot.faq.decision import OFF_TOPIC, load_mix
from bot.faq.encoder import SentenceEncoder
from bot.faq.learn import learn_mix
from bot.faq.phrasings import Phrasing
from bot.faq.training import fit
from bot.faq.understanding import Mix, Signals

VARIATIONS = {"full": "Full", "small": "Small", "imbalanced": "Imbalanced", "oos_plus": "OOS+"}
TRAIN, THRESHOLD = "oos-train", "oos-threshold"
# In-scope accuracy and out-of-scope recall, per cent, in the order of VARIATIONS.
PUBLISHED = {
    TRAIN: {
        "Rasa": ((91.5, 88.9, 89.2, 90.9), (45.3, 55.0, 49.6, 66.0)),
        "DialogFlow": ((91.7, 89.4, 90.7, 91.7), (14.0, 14.1, 15.3, 28.5)),
        "SVM": ((91.0, 89.6, 89.9, 90.1), (14.5, 18.6, 16.0, 29.8)),
        "BERT": ((96.9, 96.4, 96.3, 96.7), (40.3, 40.9, 43.8, 59.2)),
    },
    THRESHOLD: {
        "Rasa": ((90.9, 89.6, 89.4, None), (31.2, 1.0, 0.0, None)),
        "DialogFlow": ((90.8, 89.2, 89.2, None), (26.7, 20.5, 38.1, None)),
        "SVM": ((88.2, 85.6, 86.0, None), (18.0, 13.0, 0.0, None)),
        "BERT": ((96.2, 96.2, 95.9, None), (52.3, 58.9, 52.8, None)),
    },
}
AS_IS, RELEARNED = "ours, signals weighed as in the bot", "ours, signals weighed by the validation part"
Scored = dict[str, tuple[float, float]]


def rows_of(parts: Sequence[Sequence[Sequence[str]]]) -> list[Phrasing]:
    """The file's ``[text, intent]`` pairs as phrasings, whatever it calls the messages out of scope."""
    return [Phrasing(text, OFF_TOPIC if label in OFF_TOPIC_NAMES else label, "", "") for part in parts for text, label in part]


def score(truth: np.ndarray, said: np.ndarray) -> tuple[float, float]:
    """In-scope accuracy (a message taken for out of scope is wrong) and out-of-scope recall, per cent; labels as strings."""
    outside = truth == OFF_TOPIC
    right = said == truth
    return round(100 * float(right[~outside].mean()), 1), round(100 * float(right[outside].mean()), 1)


def best_threshold(truth: np.ndarray, said: np.ndarray, sure: np.ndarray) -> float:
    """Below which certainty a message is best taken for out of scope: most labels right, out of scope being one of them."""
    order = np.argsort(sure)
    lost = np.cumsum((said == truth)[order])
    won = np.cumsum((truth == OFF_TOPIC)[order])
    gain = np.concatenate([[0], won - lost])
    cut = int(gain.argmax())
    return float(sure[order[cut]]) if cut < len(sure) else float("inf")


def measure(data: dict[str, Any], encoder: SentenceEncoder) -> Iterator[tuple[str, str, tuple[float, float]]]:
    """Scheme, kind of weights, score: of one variation of the data set."""
    val, test = rows_of([data["val"], data["oos_val"]]), rows_of([data["test"], data["oos_test"]])
    true_val, true_test = (np.array([row.label for row in rows]) for rows in (val, test))
    for scheme in (TRAIN, THRESHOLD):
        parts = [data["train"], data["oos_train"]] if scheme == TRAIN else [data["train"]]
        model = fit(encoder, rows_of(parts), frozenset())
        texts = [[row.text for row in rows] for rows in (val, test)]
        seen_val, seen_test = (model.signals(part, encoder.encode(part), model.view(None)) for part in texts)
        for kind, mix in ((AS_IS, load_mix()), (RELEARNED, _weighed(seen_val, true_val))):
            yield scheme, kind, _scored(scheme, mix, (seen_val, true_val), (seen_test, true_test))


def _weighed(signals: Signals, truth: np.ndarray) -> Mix:
    labels = np.array(signals.labels)
    known = np.isin(truth, labels)
    messages = [Message("", frozenset({label})) for label in truth[known]]
    return learn_mix(signals.of(np.flatnonzero(known)), messages, np.full(known.sum(), 1 / known.sum()))


def _scored(scheme: str, mix: Mix, val: tuple[Signals, np.ndarray], test: tuple[Signals, np.ndarray]) -> tuple[float, float]:
    labels = np.array(val[0].labels)
    chances = [signals.probabilities(mix) for signals, _ in (val, test)]
    said_val, said_test = (labels[chance.argmax(axis=1)] for chance in chances)
    if scheme == THRESHOLD:
        limit = best_threshold(val[1], said_val, chances[0].max(axis=1))
        said_test = np.where(chances[1].max(axis=1) < limit, OFF_TOPIC, said_test)
    return score(test[1], said_test)


def table(stored: dict[str, Any]) -> str:
    """Ours beside the published, a table for each scheme; ``stored`` is what :func:`main` writes."""
    parts = [f"Measured on {stored['measured']}; per cent, in-scope accuracy / out-of-scope recall."]
    for scheme, published in PUBLISHED.items():
        mine = [
            (kind, *(_cell(stored["scores"].get(name, {}).get(f"{scheme}, {kind}")) for name in VARIATIONS))
            for kind in (AS_IS, RELEARNED)
        ]
        theirs = [
            (f"{name} (published)", *(_cell(pair) for pair in zip(*figures, strict=True))) for name, figures in published.items()
        ]
        parts.append(markdown((scheme, *VARIATIONS.values()), [*mine, *theirs]))
    return "\n\n".join(parts)


def _cell(pair: Sequence[float | None] | None) -> str:
    return f"{pair[0]:.1f} / {pair[1]:.1f}" if pair and pair[0] is not None else "–"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.public", description=__doc__)
    parser.add_argument("folder", type=Path, help="data/ of clinc/oos-eval")
    parser.add_argument("--variations", nargs="*", choices=list(VARIATIONS), default=list(VARIATIONS))
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="keep the figures for the page of benchmarks.answering")
    arguments = parser.parse_args()
    encoder = SentenceEncoder()
    scores: dict[str, Scored] = {}
    for name in arguments.variations:
        data = json.loads((arguments.folder / f"data_{name}.json").read_text(encoding="utf-8"))
        scores[name] = {f"{scheme}, {kind}": value for scheme, kind, value in measure(data, encoder)}
        print(f"{VARIATIONS[name]}: {scores[name]}", flush=True)
    stored = {"measured": date.today().isoformat(), "scores": scores}
    print(table(stored))
    if arguments.write:
        (arguments.write / "answering").mkdir(parents=True, exist_ok=True)
        (arguments.write / "answering" / "public.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
