"""Answers to a half-typed text, by spelling alone: light enough for the front door, which holds no model and no numpy.

Cosine over words and character trigrams (so that typos, missing accents and endings match), weighted by rarity, as sparse
dictionaries. Good for offering a few answers beside a form (of 257 labelled messages the right one is among the first three of
.71 by the entries' own words, of .85 with the phrasings), never for deciding which one is right: that is ``matcher``.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.faq.corpus import Corpus, Entry

# What an entry says of itself, and how much each says about it.
TITLE_WEIGHT, KEYWORDS_WEIGHT, ANSWER_WEIGHT, PHRASING_WEIGHT = 3.0, 3.0, 1.0, 1.0
GRAM = 3
# A trigram says less than a word, and there are more of them.
GRAM_WEIGHT = 0.5
# Below, the text has little in common with any answer: better none than a wrong one.
LEAST_LIKENESS = 0.05
# A further answer that is much less like the text than the first is noise beside it.
LEAST_SHARE = 0.5
TEXT_MAX = 500
_WORD = re.compile(r"[a-z0-9]+(?:[._:-][a-z0-9]+)*")

Weights = dict[str, float]


@dataclass(frozen=True)
class Found:
    """An entry and how like the text it is (0 to 1)."""

    entry: Entry
    likeness: float


class QuickSearch:
    """An immutable index of one state of the corpus; ``phrasings`` are ways to ask, by the entries' ids."""

    def __init__(self, corpus: Corpus, phrasings: Mapping[str, Iterable[str]] | None = None) -> None:
        self._entries = list(corpus.values())
        counted = [_counts(entry, (phrasings or {}).get(entry.id, ())) for entry in self._entries]
        seen = Counter(feature for counts in counted for feature in counts)
        self._rarity = {feature: math.log(len(counted) / number) + 0.1 for feature, number in seen.items()}
        self._places: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, counts in enumerate(counted):
            for feature, weight in _unit(self._weighed(counts)).items():
                self._places[feature].append((place, weight))

    def search(self, text: str, limit: int) -> list[Found]:
        """The entries most like ``text``, best first, at most ``limit``; none where nothing is like it."""
        likeness: dict[int, float] = defaultdict(float)
        for feature, weight in _unit(self._weighed(_features(text[:TEXT_MAX]))).items():
            for place, own in self._places.get(feature, ()):
                likeness[place] += weight * own
        ranked = sorted(likeness.items(), key=lambda item: (-item[1], item[0]))[:limit]
        best = ranked[0][1] if ranked else 0.0
        return [Found(self._entries[place], like) for place, like in ranked if like >= max(LEAST_LIKENESS, LEAST_SHARE * best)]

    def _weighed(self, counts: Weights) -> Weights:
        # Features that no entry has say nothing about which one it is.
        return {name: (1 + math.log(max(n, 1.0))) * self._rarity[name] for name, n in counts.items() if name in self._rarity}


def _counts(entry: Entry, phrasings: Iterable[str]) -> Weights:
    together: Weights = defaultdict(float)
    pieces = [(entry.title, TITLE_WEIGHT), (" ".join(entry.keywords), KEYWORDS_WEIGHT), (entry.answer, ANSWER_WEIGHT)]
    pieces += [(text, PHRASING_WEIGHT) for text in phrasings]
    for text, weight in pieces:
        for feature, count in _features(text).items():
            together[feature] += weight * count
    return together


def _features(text: str) -> Weights:
    found: Weights = defaultdict(float)
    for word in _WORD.findall(_plain(text)):
        found[f"={word}"] += 1
        padded = f" {word} "
        for start in range(len(padded) - GRAM + 1):
            found[padded[start : start + GRAM]] += GRAM_WEIGHT
    return found


def _plain(text: str) -> str:
    # As in ``lexical``, which cannot be imported here: it brings scikit-learn and 90 MB along.
    folded = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def _unit(weights: Weights) -> Weights:
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {name: weight / length for name, weight in weights.items()}
