"""Outlook's winmail.dat (MS-OXTNEF), opened in a process of its own with little time and memory.

The library believes the counts in the file: one that says "four thousand million properties" keeps it busy for hours.
"""

from __future__ import annotations

import base64
import json
import resource
import subprocess  # nosec B404
import sys
from dataclasses import dataclass

from tnefparse import TNEF

SIGNATURE = b"\x78\x9f\x3e\x22"
SIZE_MAX = 15 * 2**20
SECONDS = 1.7
CPU_SECONDS = 1
MEMORY_BYTES = 768 * 2**20


@dataclass(frozen=True)
class Opened:
    """Its text, and its files by name."""

    text: str
    files: tuple[tuple[str, bytes], ...]


class CannotOpen(Exception):
    """Broken, too large, or made to keep us busy."""


def opened(content: bytes) -> Opened:
    """Raises:
    CannotOpen: see there.
    """
    if len(content) > SIZE_MAX or not content.startswith(SIGNATURE):
        raise CannotOpen("no such file, or too large")
    try:
        # By its path: as a module it would load the whole service first.
        command = [sys.executable, "-I", __file__]
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS, check=True)  # noqa: S603  # nosec B603
        told = json.loads(done.stdout)
        files = tuple((str(name), base64.b64decode(data)) for name, data in told["files"])
        if not files and not told["text"]:
            raise ValueError("nothing in it")
        return Opened(str(told["text"]), files)
    except (subprocess.SubprocessError, ValueError, KeyError, TypeError) as failed:
        raise CannotOpen(type(failed).__name__) from failed


def main() -> None:
    """Reads the file from standard input, writes JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    found = TNEF(sys.stdin.buffer.read())
    body = found.body or ""
    text = body.decode("windows-1252", "replace") if isinstance(body, bytes) else str(body)
    files = [
        (str(item.long_filename() or item.name or ""), base64.b64encode(bytes(item.data)).decode()) for item in found.attachments
    ]
    sys.stdout.write(json.dumps({"text": text, "files": files}))


if __name__ == "__main__":
    main()
