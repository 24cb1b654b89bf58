"""Answers by spelling alone, following the corpus: what there is before the matcher is loaded, and where it is missing."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable

import structlog

from bot.faq.corpus import Corpus
from bot.faq.phrasings import load_phrasings
from bot.faq.quick_search import Found, QuickSearch

log = structlog.get_logger()

LIMIT = 3
Phrasings = dict[str, list[str]]


class HelpSearch:
    """The index of the corpus as it is published now.

    The entries' own words are indexed at once. The phrasings take two seconds of processor time: they are read beside the
    requests, and until they are there, as after an edit, what is known already answers.
    """

    def __init__(self, current: Callable[[], Corpus], phrasings: Callable[[], Phrasings]) -> None:
        self._current = current
        self._phrasings = phrasings
        self._lock = threading.Lock()
        self._index: QuickSearch | None = None
        self._indexed: Corpus | None = None
        self._texts: Phrasings | None = None

    def search(self, text: str, limit: int = LIMIT) -> list[Found]:
        """At most ``limit`` entries that are published now, best first."""
        corpus = self._current()
        index = self._index or self._first(corpus)
        if self._indexed is not corpus and self._lock.acquire(blocking=False):
            threading.Thread(target=self._renew, args=(corpus,), daemon=True).start()
        found = index.search(text, limit)
        return [Found(corpus[one.entry.id], one.likeness) for one in found if one.entry.id in corpus]

    def _first(self, corpus: Corpus) -> QuickSearch:
        index = QuickSearch(corpus)
        # Another thread may have the whole one by now.
        self._index = self._index or index
        return self._index

    def _renew(self, corpus: Corpus) -> None:
        try:
            if self._texts is None:
                self._texts = self._phrasings()
            self._index = QuickSearch(corpus, self._texts)
        except (OSError, ValueError) as broken:
            log.warning("answers are found by their own words alone", reason=type(broken).__name__)
            self._index, self._texts = QuickSearch(corpus), {}
        finally:
            self._indexed = corpus
            self._lock.release()


def phrasings_by_label() -> Phrasings:
    """The texts of ``nlu_data/``."""
    texts: Phrasings = defaultdict(list)
    for phrasing in load_phrasings():
        texts[phrasing.label].append(phrasing.text)
    return dict(texts)
