"""Meta as she delivers: in batches, twice, out of order, and again until she hears 200."""

from __future__ import annotations

import heapq
import itertools
import random
import threading
import time
from collections.abc import Sequence
from typing import Any

import requests

from tests.messenger.graph import Accepted
from tests.messenger.meta import APP, PAGE, body_of, signed

SENDERS = 6
AGAIN_SECONDS = 0.3
BATCH_MAX = 5
BATCH_SECONDS = 0.01


class Deliveries:
    """Calls the webhook at ``url`` with events when they are due; ``doubled`` is the share of events that come twice."""

    def __init__(self, url: str, doubled: float, seed: int) -> None:
        self._url = url
        self._doubled = doubled
        self._random = random.Random(seed)  # noqa: S311
        self._due: list[tuple[float, int, dict[str, Any]]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        self.calls = self.repeated_calls = self.doubles = 0
        self.milliseconds: list[float] = []
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(SENDERS)]

    def start(self) -> Deliveries:
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(10)

    def put(self, event: dict[str, Any], at: float) -> None:
        """Deliver at the moment ``at`` (monotonic), and perhaps a second time a little later."""
        self._schedule([event], at)
        if self._random.random() < self._doubled:
            self.doubles += 1
            self._schedule([event], at + self._random.uniform(0.0, 3.0))

    def echo(self, accepted: Accepted) -> None:
        """What Meta tells of a message that she took."""
        event = {
            "sender": {"id": PAGE},
            "recipient": {"id": accepted.psid},
            "timestamp": int(accepted.at * 1000),
            "message": {"mid": accepted.mid, "is_echo": True, "app_id": int(APP), **accepted.message},
        }
        self.put(event, time.monotonic() + self._random.uniform(0.0, 0.5))

    def left(self) -> int:
        """How many deliveries are still to come."""
        with self._changed:
            return len(self._due)

    def _schedule(self, events: Sequence[dict[str, Any]], at: float) -> None:
        with self._changed:
            for event in events:
                heapq.heappush(self._due, (at, next(self._order), event))
            self._changed.notify()

    def _run(self) -> None:
        http = requests.Session()
        while (batch := self._batch()) is not None:
            raw, headers = signed(body_of(*batch, time=int(time.time() * 1000)))
            started = time.perf_counter()
            try:
                taken = http.post(self._url, data=raw, headers=headers, timeout=20).status_code == 200
            except requests.RequestException:
                taken = False
            with self._changed:
                self.calls += 1
                self.repeated_calls += not taken
                if taken:
                    self.milliseconds.append((time.perf_counter() - started) * 1000)
            if not taken:
                self._schedule(batch, time.monotonic() + AGAIN_SECONDS)

    def _batch(self) -> list[dict[str, Any]] | None:
        with self._changed:
            while True:
                if self._stopped:
                    return None
                now = time.monotonic()
                if self._due and self._due[0][0] <= now:
                    batch = [heapq.heappop(self._due)[2]]
                    while len(batch) < BATCH_MAX and self._due and self._due[0][0] <= now + BATCH_SECONDS:
                        batch.append(heapq.heappop(self._due)[2])
                    return batch
                self._changed.wait(self._due[0][0] - now if self._due else None)
