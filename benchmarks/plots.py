"""The pictures of the results page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from benchmarks.figures import Bin, Result

DOTS = 100
BLUE, ORANGE, GREY = "#1f5f99", "#c65d09", "#888888"


def confusion(pairs: Counter[tuple[str, str]], path: Path) -> None:
    """Heat map: rows are the categories that were meant, columns those of the first topic; colour by share of the row."""
    names = sorted({name for pair in pairs for name in pair})
    counts = np.array([[pairs[meant, first] for first in names] for meant in names])
    figure, axes = plt.subplots(figsize=(7.5, 7))
    axes.imshow(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right")
    axes.set_yticks(range(len(names)), [f"{name} ({row.sum()})" for name, row in zip(names, counts, strict=True)])
    for (row, column), count in np.ndenumerate(counts):
        if count:
            dark = count > 0.6 * counts[row].sum()
            axes.text(column, row, str(count), ha="center", va="center", fontsize=8, color="white" if dark else "black")
    axes.set_xlabel("category of the first topic")
    axes.set_ylabel("category that was meant (questions)")
    _save(figure, path)


def risk_coverage(curves: Sequence[Result], path: Path) -> None:
    """One line a system; the first is ours."""
    figure, axes = plt.subplots(figsize=(7, 4.2))
    for curve, colour in zip(curves, (BLUE, ORANGE, GREY), strict=False):
        axes.plot(curve.coverage, curve.risk, color=colour, label=curve.system, linewidth=1.6)
    axes.set_xlabel("coverage: share of all questions that get their first topic as the answer")
    axes.set_ylabel("risk: share of these that are wrong")
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    _save(figure, path)


def calibration(bins: Sequence[Bin], path: Path) -> None:
    """Bars: share right by probability; the number on a bar is how many questions it stands for."""
    figure, axes = plt.subplots(figsize=(5.5, 4.6))
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="as sure as it should be")
    axes.bar([part.probability for part in bins], [part.right for part in bins], width=0.07, color=BLUE, label="share right")
    for part in bins:
        axes.text(part.probability, part.right + 0.015, str(part.count), ha="center", fontsize=8)
    axes.set_xlabel("probability of the first topic (mean of the bin)")
    axes.set_ylabel("share of first topics that are right")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.08)
    axes.legend(loc="upper left", frameon=False)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    figure.tight_layout()
    # Without the software's version in it, the same numbers make the same file.
    figure.savefig(path, dpi=DOTS, metadata={"Software": None})
    plt.close(figure)
