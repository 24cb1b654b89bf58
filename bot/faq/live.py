"""The published answers while the system runs: an edit is live within a second, a broken one leaves the old in place."""

from __future__ import annotations

import threading
import time
from functools import lru_cache
from pathlib import Path

import structlog

from bot.faq.corpus import COMPANY_FILE, CORPUS_DIR, Corpus, CorpusError, Entry, entry_files, load_company, load_entry
from bot.faq.lint import problems

log = structlog.get_logger()

# How often a process looks at the folder: a hundred stat calls cost less than a millisecond.
PAUSE_SECONDS = 1.0

Stamp = tuple[int, int]


class LiveCorpus:
    """The corpus of ``directory``, re-read file by file when one changes. Safe for several threads.

    Raises:
        CorpusError: at construction, where there is no older version to fall back on.
    """

    def __init__(self, directory: Path = CORPUS_DIR, pause: float = PAUSE_SECONDS) -> None:
        self._directory = directory
        self._pause = pause
        self._lock = threading.Lock()
        self._looked_at = time.monotonic()
        self._stamps = _stamps(directory)
        company = load_company(directory)
        self._by_file = {path: load_entry(path, company) for path in entry_files(directory)}
        self._corpus = Corpus(list(self._by_file.values()), company)

    def current(self) -> Corpus:
        """The corpus as it is published now; the same object until something changes."""
        if time.monotonic() - self._looked_at > self._pause and self._lock.acquire(blocking=False):
            try:
                self._refresh()
            finally:
                self._looked_at = time.monotonic()
                self._lock.release()
        return self._corpus

    def _refresh(self) -> None:
        stamps = _stamps(self._directory)
        changed = {path for path in {*stamps, *self._stamps} if stamps.get(path) != self._stamps.get(path)}
        if not changed:
            return
        self._stamps = stamps
        company = self._corpus.company
        if self._directory / COMPANY_FILE in changed:
            try:
                company = load_company(self._directory)
            except CorpusError as broken:
                log.error("company values refused, the old ones stay", reason=str(broken))
                return
            changed |= set(stamps)
        by_file = {path: entry for path, entry in self._by_file.items() if path in stamps}
        known = {path.stem for path in stamps}
        for path in sorted(changed & {*entry_files(self._directory)}):
            entry = _readable(path, company, known)
            if entry is not None:
                by_file[path] = entry
        self._by_file = dict(sorted(by_file.items()))
        # One assignment: a reader sees the whole old corpus or the whole new one.
        self._corpus = Corpus(list(self._by_file.values()), company)
        log.info("corpus changed", files=sorted(path.name for path in changed), entries=len(self._corpus))


def _readable(path: Path, company: dict[str, object], known: set[str]) -> Entry | None:
    try:
        entry = load_entry(path, company)
        wrong = list(problems(entry, path.name, known))
    except (CorpusError, OSError) as broken:
        log.error("entry refused, the old one stays", reason=str(broken))
        return None
    if wrong:
        log.error("entry refused, the old one stays", reason=f"{path}:1: {'; '.join(wrong)}")
        return None
    return entry


def _stamps(directory: Path) -> dict[Path, Stamp]:
    found = {}
    for path in [*entry_files(directory), directory / COMPANY_FILE]:
        try:
            status = path.stat()
        except FileNotFoundError:  # an editor is just swapping it
            continue
        found[path] = (status.st_mtime_ns, status.st_size)
    return found


@lru_cache(maxsize=1)
def published() -> LiveCorpus:
    """The one live corpus of this process."""
    return LiveCorpus()
