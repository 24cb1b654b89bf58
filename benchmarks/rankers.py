"""Rankings without learning, for comparison: the nearest text wins its label.

``texts`` are an entry's title, its own words, or titles and phrasings; ``labels`` name what each text stands for.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

import bm25s
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.evaluate import Judged, Question
from bot.faq.corpus import Corpus, Entry
from bot.faq.decision import OFF_TOPIC, Decision, Verdict
from bot.faq.encoder import SentenceEncoder
from bot.faq.lexical import plain, words
from bot.faq.understanding import Guess


class Ranker(Protocol):
    """``labels[i]`` is what the ``i``-th text stands for; ``scores`` gives how near each text is, shape ``(texts,)``."""

    labels: Sequence[str]

    def scores(self, text: str) -> np.ndarray: ...


class CharacterNgrams:
    """Cosine of TF-IDF weighted character n-grams of length 2 to 5 within words, accents and case ignored."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        self.labels = labels
        self._vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), preprocessor=plain, lowercase=False)
        self._rows = self._vectorizer.fit_transform(texts)

    def scores(self, text: str) -> np.ndarray:
        return (self._vectorizer.transform([text]) @ self._rows.T).toarray()[0]


class Bm25:
    """Okapi BM25 (Robertson and Zaragoza 2009) as package bm25s has it by default, over words without accents."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        self.labels = labels
        self._index = bm25s.BM25()
        self._index.index([words(plain(text)) for text in texts], show_progress=False)

    def scores(self, text: str) -> np.ndarray:
        asked = words(plain(text))
        return self._index.get_scores(asked) if asked else np.zeros(len(self.labels), dtype=np.float32)


class SentenceVectors:
    """Cosine of sentence vectors."""

    def __init__(self, encoder: SentenceEncoder, texts: Sequence[str], labels: Sequence[str]) -> None:
        self.labels = labels
        self._encoder = encoder
        self._vectors = encoder.encode(texts)

    def scores(self, text: str) -> np.ndarray:
        return self._vectors @ self._encoder.encode([text])[0]


def own_words(entry: Entry) -> str:
    """All that an entry says in short: title, keywords, answer, steps."""
    return "\n".join((entry.title, " ".join(entry.keywords), entry.answer, *entry.steps))


def titles(corpus: Corpus) -> tuple[list[str], list[str]]:
    """Texts and labels of the entries' titles."""
    return [entry.title for entry in corpus.values()], list(corpus)


class Nearest:
    """A ranker as a system that can be asked, in the form in which the bot's own answers are counted.

    A message is the more within scope the nearer its best topic is, less how near the best off-topic text is where there
    are such texts.
    """

    def __init__(self, ranker: Ranker, topics: frozenset[str]) -> None:
        self._ranker = ranker
        self._topics = topics
        self._names = sorted(set(ranker.labels))
        self._order = np.argsort(ranker.labels, kind="stable")
        self._starts = np.searchsorted(np.array(ranker.labels)[self._order], self._names)

    def __call__(self, question: Question) -> Judged:
        text, labels = question
        start = time.perf_counter()
        best = np.maximum.reduceat(self._ranker.scores(text)[self._order], self._starts)
        ranked = [Guess(self._names[place], float(best[place])) for place in np.argsort(-best, kind="stable")]
        elapsed = (time.perf_counter() - start) * 1000
        answers = [guess for guess in ranked if guess.label in self._topics]
        outside = next((guess.probability for guess in ranked if guess.label == OFF_TOPIC), 0.0)
        first = answers[0]
        # The first topic and how near it is; a ranking decides nothing.
        decision = Decision(Verdict.ASK_BACK, first.probability, first.label, (first,))
        ranking = tuple(guess.label for guess in answers)
        return Judged(text, labels, ranking, first.probability - outside, decision, elapsed)
