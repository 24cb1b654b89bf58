"""The bot's own matcher in the front door: loaded when somebody first looks for help, and anew when the bot is trained again.

It brings numpy, scikit-learn and the model's arrays along (``python -m benchmarks.help_search`` says how much), no torch and no
Rasa. Until it is there, and where it cannot be loaded, there is no match: the caller searches by spelling.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot.faq.corpus import Corpus

if TYPE_CHECKING:
    import numpy as np

    from bot.faq.matcher import Match, Matcher

log = structlog.get_logger()

# How often it looks whether the archive is another one.
PAUSE_SECONDS = 5.0
Stamp = tuple[int, int]
Encode = Callable[[list[str]], "np.ndarray"]


class Meaning:
    """The matcher of the model at ``archive`` on the ``current`` corpus. Safe for several threads."""

    def __init__(self, archive: Path | None, current: Callable[[], Corpus], pause: float = PAUSE_SECONDS) -> None:
        self._archive = archive
        self._current = current
        self._pause = pause
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._stamp: Stamp | None = None
        self._loaded: tuple[Matcher, Encode] | None = None

    def match(self, text: str) -> Match | None:
        """The bot's decision on ``text`` with the ranking behind it; None while there is no matcher."""
        self.refresh()
        if self._loaded is None:
            return None
        matcher, encode = self._loaded
        return matcher.match(text, encode([text])[0])

    def refresh(self) -> None:
        """Load the model beside the requests where there is one that is not loaded; whoever waits meanwhile has the old one."""
        if time.monotonic() - self._looked_at < self._pause or not self._lock.acquire(blocking=False):
            return
        self._looked_at = time.monotonic()
        stamp = _stamp(self._archive)
        if stamp is None or stamp == self._stamp:
            self._lock.release()
            return
        threading.Thread(target=self._load, args=(stamp,), name="help meaning", daemon=True).start()

    def settled(self) -> bool:
        """Whether there is a matcher, after any loading that is under way."""
        self.refresh()
        with self._lock:
            return self._loaded is not None

    def _load(self, stamp: Stamp) -> None:
        try:
            if self._archive is not None:
                self._loaded = _matcher(self._archive, self._current)
                log.info("help is searched by meaning")
        except Exception as broken:
            # An archive that is half written is read again at the next look; a model of another kind leaves the spelling.
            log.warning("help is searched by spelling", reason=str(broken)[:200])
        finally:
            self._stamp = stamp
            self._lock.release()


def _matcher(archive: Path, current: Callable[[], Corpus]) -> tuple[Matcher, Encode]:
    # Imported late: a front door where nobody looks for help stays as light as it was.
    from bot.faq.matcher import Matcher
    from bot.faq.static_encoder import StaticEncoder
    from bot.faq.trained import understanding_in

    encoder = StaticEncoder()
    matcher = Matcher(understanding_in(archive), encoder, current)
    # The first match embeds all entries: here, not while somebody waits.
    matcher.match("", encoder.encode([""])[0])
    return matcher, encoder.encode


def _stamp(archive: Path | None) -> Stamp | None:
    try:
        status = archive.stat() if archive else None
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size) if status else None
