"""One message to one decision, on the corpus as it is published at that moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bot.faq.corpus import Corpus
from bot.faq.decision import Confidence, Decision, Thresholds, decide, load_mix
from bot.faq.entry_index import Encoder, EntryIndex
from bot.faq.phrasings import OFF_TOPIC
from bot.faq.understanding import Guess, Mix, Understanding, View, ranked
from bot.faq.vague import asked_back, vague_area

# Nobody looks further down, and a list of ten thousand guesses takes longer to make than the match.
TOPICS_KEPT = 50


@dataclass(frozen=True)
class Match:
    """The decision and the ranking behind it, best first: the likeliest topics and every other label."""

    decision: Decision
    guesses: tuple[Guess, ...]


@dataclass(frozen=True)
class _Published:
    corpus: Corpus | None
    index: EntryIndex | None
    view: View
    topics: frozenset[str]
    areas: Mapping[str, str]


class Matcher:
    """Decides with ``model``; where ``corpus`` gives another corpus than before, only its changed entries are embedded.

    ``corpus`` is None where the labels are not entries but anything (public benchmarks): then each is an answer, except the
    off-topic one.
    """

    def __init__(
        self,
        model: Understanding,
        encoder: Encoder,
        corpus: Callable[[], Corpus] | None,
        mix: Mix | None = None,
        thresholds: Thresholds | None = None,
        confidence: Confidence | None = None,
    ) -> None:
        self._model = model
        self._encoder = encoder
        self._corpus = corpus
        self._mix = mix or load_mix()
        self._thresholds = thresholds or Thresholds.load()
        self._confidence = confidence or Confidence.load()
        self._published: _Published | None = None

    @property
    def topics(self) -> frozenset[str]:
        """The labels that are answers now."""
        return self._now().topics

    def match(self, text: str, vector: np.ndarray) -> Match:
        """The decision on ``text``, whose sentence vector is ``vector`` of shape ``(dimensions,)``."""
        published = self._now()
        signals = self._model.signals([text], vector.reshape(1, -1), published.view)
        guesses = ranked(signals, signals.probabilities(self._mix)[0], TOPICS_KEPT)
        decision = decide(guesses, published.topics, self._thresholds, self._confidence)
        area = vague_area(text) if published.corpus is not None else None
        if area:
            decision = asked_back(decision, guesses, published.areas, area)
        return Match(decision, tuple(guesses))

    def _now(self) -> _Published:
        known = self._published
        corpus = self._corpus() if self._corpus else None
        if known is not None and known.corpus is corpus:
            return known
        # One assignment: another thread sees the old state or the new one, never half of it.
        self._published = self._built(corpus, known.index if known else None)
        return self._published

    def _built(self, corpus: Corpus | None, before: EntryIndex | None) -> _Published:
        if corpus is None:
            return _Published(None, None, self._model.view(None), frozenset(self._model.labels) - {OFF_TOPIC}, {})
        index = EntryIndex.of(corpus, self._encoder, self._model.lexicon, before)
        areas = {name: entry.area for name, entry in corpus.items()}
        return _Published(corpus, index, self._model.view(index), frozenset(index.ids), areas)
