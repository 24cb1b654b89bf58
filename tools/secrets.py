"""Secrets of a trial: made once, at random, kept outside git and readable by their owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

NAMES = ("SESSION_SECRET", "SERVICE_TOKEN", "CONVERSATION_SECRET", "RASA_CHANNEL_SECRET", "RASA_TOKEN")


def load_or_make(file: Path) -> dict[str, str]:
    """The secrets of ``file``, made where it does not exist. What the environment already sets is left alone."""
    stored = dict(line.split("=", 1) for line in file.read_text().splitlines()) if file.exists() else {}
    complete = {name: stored.get(name) or secrets.token_urlsafe(32) for name in NAMES}
    if complete != stored:
        file.touch(mode=0o600)
        file.write_text("".join(f"{name}={value}\n" for name, value in complete.items()))
    return {name: os.environ.get(name) or value for name, value in complete.items()}
