"""``python -m bot.embeddings.report --data DIR [MODEL …]``: size, speed and quality of sentence encoders, side by side."""

from __future__ import annotations

import argparse
import csv
import json
import time
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from bot.faq.encoder import BUNDLED_MODEL, SentenceEncoder

SHORT = "no puedo enviar correos desde el celular"
TIMED = 300
MEGABYTE = 1024 * 1024


def similarity(encoder: SentenceEncoder, path: Path) -> float:
    """Spearman correlation (times 100) of cosines with human judgements; rows are two sentences and a score."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if len(row) == 3]
    first, second = encoder.encode([row[0] for row in rows]), encoder.encode([row[1] for row in rows])
    return round(100 * float(spearmanr((first * second).sum(axis=1), [float(row[2]) for row in rows]).statistic), 1)


def retrieval(encoder: SentenceEncoder, path: Path) -> dict[str, float]:
    """Share of Spanish sentences whose nearest English one is their translation, by set; columns set, source, es, en."""
    sets: dict[str, list[tuple[str, str]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        columns = line.split("\t")
        if len(columns) == 4:
            sets.setdefault(columns[0], []).append((columns[2], columns[3]))
    found = {}
    for name, pairs in sets.items():
        if len(pairs) < 2:
            continue
        es, en = encoder.encode([pair[0] for pair in pairs]), encoder.encode([pair[1] for pair in pairs])
        found[name] = round(float(((es @ en.T).argmax(axis=1) == np.arange(len(pairs))).mean()), 3)
    return found


def speed(encoder: SentenceEncoder) -> dict[str, float]:
    """Milliseconds for one short sentence on one core."""
    times = []
    for _ in range(TIMED):
        start = time.perf_counter()
        encoder.encode([SHORT])
        times.append((time.perf_counter() - start) * 1000)
    return {"p50": round(float(np.percentile(times, 50)), 2), "p95": round(float(np.percentile(times, 95)), 2)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bot.embeddings.report", description=__doc__)
    parser.add_argument("models", nargs="*", default=[str(BUNDLED_MODEL)], help="folders or names of sentence-transformers models")
    parser.add_argument("--data", type=Path, required=True, help="folder with stsb_es_dev.csv and heldout_es_en.tsv")
    arguments = parser.parse_args()
    # The libraries behind it take seconds to import, whichever the model is.
    SentenceEncoder()
    for name in arguments.models:
        start = time.perf_counter()
        encoder = SentenceEncoder(name)
        loaded = time.perf_counter() - start
        size = (
            sum(file.stat().st_size for file in Path(name).rglob("*") if file.is_file()) / MEGABYTE if Path(name).is_dir() else None
        )
        figures = {
            "model": Path(name).name if Path(name).is_dir() else name,
            "megabytes": size and round(size, 1),
            "seconds_to_load": round(loaded, 2),
            "ms_short_sentence": speed(encoder),
            "sts_es_dev": similarity(encoder, arguments.data / "stsb_es_dev.csv"),
            "es_en_retrieval": retrieval(encoder, arguments.data / "heldout_es_en.tsv"),
        }
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
