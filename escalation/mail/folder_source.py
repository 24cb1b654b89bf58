"""For trials: a mail dropped as a file into a folder is taken like any other.

No server of ours saw it come, so the file says itself what one would have found: its first line is
``Authentication-Results: mail-in.invalid; dmarc=pass header.from=<domain of From>``. Only in this folder is that name believed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from escalation.mail import intake
from escalation.mail.intake import Origin

TAKEN = "taken"
MAILBOX = "mail-in"
AUTHSERV_ID = "mail-in.invalid"


def take(folder: Path, engine: Engine, raw_folder: Path, fetched: Callable[[], None]) -> int:
    """Store every ``*.eml`` and move it to the subfolder ``taken``; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    files = sorted(file for file in folder.glob("*.eml") if file.is_file())
    for file in files:
        intake.receive(engine, raw_folder, file.read_bytes(), Origin(MAILBOX), datetime.now(UTC))
        (folder / TAKEN).mkdir(exist_ok=True)
        file.replace(folder / TAKEN / file.name)
    if files:
        fetched()
    return len(files)
