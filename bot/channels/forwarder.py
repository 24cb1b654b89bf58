"""Work in the background that is tried again until it is done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger()

PAUSE_SECONDS = 30.0


class Forwarder:
    """Calls ``work`` every half minute until it says that it is done; there is no thread while nothing is to do."""

    def __init__(self, work: Callable[[], bool]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._running = False
        self._asked = False

    def wake(self) -> None:
        """There may be something to do."""
        with self._lock:
            self._asked = True
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="forwarder", daemon=True).start()

    def _run(self) -> None:
        structlog.contextvars.bind_contextvars(room="front")
        while self._once():
            time.sleep(PAUSE_SECONDS)

    def _once(self) -> bool:
        with self._lock:
            self._asked = False
        try:
            done = self._work()
        except Exception as failed:
            # A database that is away for a moment must not end the only one who will look again.
            log.warning("files wait", reason=type(failed).__name__)
            done = False
        with self._lock:
            # Asked meanwhile: it may have looked too early.
            self._running = not done or self._asked
            return self._running
