"""``python -m bot.faq.cross_validation --folds DIR``: how well each signal, and their mix, judge phrasings not seen before.

Each phrasing is judged by a model, sentence encoder included, that learned from the other folds only; the encoders come from
``python -m bot.embeddings.train --folds``. This is where variants of the model are chosen: the exam is not for that.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from bot.faq.corpus import Corpus, load_corpus
from bot.faq.decision import load_mix
from bot.faq.encoder import SentenceEncoder
from bot.faq.entry_index import EntryIndex
from bot.faq.phrasings import OFF_TOPIC, Phrasing, folds_of, load_phrasings
from bot.faq.training import entry_phrasings, fit
from bot.faq.understanding import LEARNED, PER_MESSAGE, Kind, Signals


def out_of_fold(phrasings: list[Phrasing], encoders: Sequence[SentenceEncoder], corpus: Corpus) -> tuple[list[Phrasing], Signals]:
    """The phrasings in a new order, and what a model that had not learned them makes of each."""
    entries = entry_phrasings(corpus)
    folds = folds_of(phrasings, len(encoders))
    order: list[Phrasing] = []
    found: list[Signals] = []
    for number, encoder in enumerate(tqdm(encoders, desc="folds")):
        left = [phrasing for phrasing, fold in zip(phrasings, folds, strict=True) if fold == number]
        kept = [phrasing for phrasing, fold in zip(phrasings, folds, strict=True) if fold != number]
        model = fit(encoder, kept + entries, frozenset(corpus))
        view = model.view(EntryIndex.of(corpus, encoder, model.lexicon))
        texts = [phrasing.text for phrasing in left]
        found.append(model.signals(texts, encoder.encode(texts), view))
        order += left
    return order, joined(found)


def joined(parts: Sequence[Signals]) -> Signals:
    """The messages of all ``parts``, which have the same labels."""
    return replace(parts[0], **{name: np.vstack([getattr(part, name) for part in parts]) for name in PER_MESSAGE})


def figures(phrasings: list[Phrasing], signals: Signals, scores: np.ndarray) -> dict[str, float]:
    """accuracy@1 and hit@3 among topics for messages about a topic, and AUROC of off-topic messages against them."""
    topics = np.flatnonzero(signals.kinds == Kind.TOPIC)
    place = {signals.labels[column]: number for number, column in enumerate(topics)}
    inside = np.array([phrasing.label in place for phrasing in phrasings])
    truth = np.array([place.get(phrasing.label, -1) for phrasing in phrasings])[inside]
    order = np.argsort(-scores[inside][:, topics], axis=1)
    rank = (order == truth[:, None]).argmax(axis=1)
    outside = np.array([phrasing.label == OFF_TOPIC for phrasing in phrasings])
    column = signals.labels.index(OFF_TOPIC)
    away = scores[inside | outside][:, column]
    return {
        "accuracy_at_1": float((rank == 0).mean()),
        "hit_at_3": float((rank < 3).mean()),
        "auroc": float(roc_auc_score(outside[inside | outside], away)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bot.faq.cross_validation", description=__doc__)
    parser.add_argument("--folds", type=Path, required=True, help="folder with the encoders 0, 1, … of bot.embeddings.train")
    folder: Path = parser.parse_args().folds
    encoders = [SentenceEncoder(str(path)) for path in sorted(folder.iterdir()) if path.name.isdigit()]
    phrasings, signals = out_of_fold(load_phrasings(), encoders, load_corpus())
    rows = {name: getattr(signals, name) for name in (*LEARNED, "own", "words")}
    rows["mix"] = signals.probabilities(load_mix())
    for name, scores in rows.items():
        print(f"{name:10}", "  ".join(f"{key} {value:.3f}" for key, value in figures(phrasings, signals, scores).items()))


if __name__ == "__main__":
    main()
