"""Threads that work for people: one thread a person, and nobody else in any process meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from bot.channels.messenger.people import Lease, People

log = structlog.get_logger()

THREADS = 8
# After a fault of the database.
PAUSE_SECONDS = 1.0


class Pool:
    """Threads for one kind of work. ``work`` gets a person's id, whose lease is held meanwhile."""

    def __init__(self, people: People, lease: Lease, work: Callable[[int], None]) -> None:
        self._people = people
        self._lease = lease
        self._work = work
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix=lease.name.lower())
        self._busy: set[int] = set()
        self._lock = threading.Lock()

    def room(self) -> int:
        """How many more people may be given."""
        with self._lock:
            return max(2 * THREADS - len(self._busy), 0)

    def give(self, person_id: int) -> bool:
        """Let a thread work for him; False where one does."""
        with self._lock:
            if person_id in self._busy:
                return False
            self._busy.add(person_id)
        self._pool.submit(self._run, person_id)
        return True

    def renew(self) -> None:
        """Those who are worked for stay ours."""
        with self._lock:
            busy = set(self._busy)
        self._people.renew(busy, self._lease)

    def stop(self) -> None:
        """Let what is begun come to its end."""
        self._pool.shutdown(cancel_futures=True)

    def _run(self, person_id: int) -> None:
        try:
            if self._people.claim(person_id, self._lease):
                try:
                    self._work(person_id)
                finally:
                    self._people.release(person_id, self._lease)
        except Exception:
            # His rows stay as they are and come again: one fault must not end the worker.
            log.exception("messenger work failed", work=self._lease.name)
            time.sleep(PAUSE_SECONDS)
        finally:
            with self._lock:
                self._busy.discard(person_id)
