"""Ports of loopback that nobody uses."""

from __future__ import annotations

import contextlib
import os
import random
import socket

# Below those that Linux gives to whoever asks for any (32768 and more).
FIRST, OF_ONE_PROCESS, PROCESSES = 12_000, 2_000, 10
# A part that takes seconds to start has not taken its port yet when the next one is asked for.
_given: set[int] = set()


def free_port() -> int:
    """One that was free a moment ago, and another each time.

    Of pytest-xdist's processes each has ports of its own, or two would be given the same.
    """
    process = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    while True:
        port = FIRST + OF_ONE_PROCESS * (int(process) % PROCESSES) + random.randrange(OF_ONE_PROCESS) if process else 0  # noqa: S311
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found = int(probe.getsockname()[1])
            if found not in _given:
                _given.add(found)
                return found
