"""``python -m bot.faq.report``: what is thin in ``nlu_data/``, a line a label.

Columns: phrasings by register, distinct words, share of words that no other label uses, nearest other label (cosine of
the mean sentence vectors), shortest and longest text in characters.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np

from bot.faq.encoder import SentenceEncoder
from bot.faq.phrasing_check import REGISTERS, normal
from bot.faq.phrasings import Phrasing, load_phrasings


def rows(phrasings: list[Phrasing], encoder: SentenceEncoder) -> list[dict[str, object]]:
    """One row a label, in the order of the report's columns."""
    by_label: dict[str, list[Phrasing]] = defaultdict(list)
    for phrasing in phrasings:
        by_label[phrasing.label].append(phrasing)
    words = {label: {word for p in group for word in normal(p.text).split()} for label, group in by_label.items()}
    users = Counter(word for own in words.values() for word in own)
    centres = _centres(by_label, encoder)
    labels = list(by_label)
    alike = np.stack([centres[label] for label in labels]) @ np.stack([centres[label] for label in labels]).T
    np.fill_diagonal(alike, -1)
    made = []
    for index, label in enumerate(labels):
        lengths = [len(p.text) for p in by_label[label]]
        nearest = int(alike[index].argmax())
        made.append(
            {
                "label": label,
                "n": len(lengths),
                **{register: sum(p.register == register for p in by_label[label]) for register in sorted(REGISTERS)},
                "words": len(words[label]),
                "own words": f"{sum(users[word] == 1 for word in words[label]) / len(words[label]):.0%}",
                "nearest": f"{labels[nearest]} ({alike[index, nearest]:.2f})",
                "shortest": min(lengths),
                "longest": max(lengths),
            }
        )
    return made


def _centres(by_label: dict[str, list[Phrasing]], encoder: SentenceEncoder) -> dict[str, np.ndarray]:
    centres = {}
    for label, group in by_label.items():
        mean = encoder.encode([phrasing.text for phrasing in group]).mean(axis=0)
        centres[label] = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return centres


def main() -> None:
    table = rows(load_phrasings(), SentenceEncoder())
    names = list(table[0])
    widths = [max(len(name), *(len(str(row[name])) for row in table)) for name in names]
    print("  ".join(name.ljust(width) for name, width in zip(names, widths, strict=True)))
    for row in table:
        print("  ".join(str(row[name]).ljust(width) for name, width in zip(names, widths, strict=True)))
    print(f"{sum(int(str(row['n'])) for row in table)} phrasings of {len(table)} labels")


if __name__ == "__main__":
    main()
