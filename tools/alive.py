"""``python -m tools.alive worker|reception|channels|URL…``: exit code 0 where it lives, for what starts and watches the parts.

A process without a port is known by its row in the database; one with a port by an address of it that answers well. With ``--wait
SECONDS`` it may take so long to come.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime

import requests
from sqlalchemy.orm import Session

from bot.channels.heartbeats import Heartbeats
from bot.channels.settings import Settings as ChannelSettings
from escalation.mail.watch import RECEPTION
from escalation.models import WORKER, Heartbeat
from escalation.settings import Settings
from wire.database import new_engine

ASK_SECONDS = 5.0
PAUSE_SECONDS = 0.5
# The worker shows itself every five seconds; a mail of many megabytes may keep the reception from it for longer.
SILENCE_MAX_SECONDS = 120.0
CHANNELS = "channels"


def alive(part: str) -> bool:
    """Whether ``part`` gave a sign of life lately, or its address answers well."""
    if part.startswith("http"):
        return _answers(part)
    if part == CHANNELS:
        return Heartbeats(new_engine(ChannelSettings.from_environment().chat_database_url)).alive()
    with Session(new_engine(Settings.from_environment().database_url)) as session:
        beat = session.get(Heartbeat, part)
        return beat is not None and (datetime.now(UTC) - beat.at).total_seconds() < SILENCE_MAX_SECONDS


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=ASK_SECONDS, allow_redirects=False).ok
    except requests.RequestException:
        return False


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.alive", description=__doc__)
    parser.add_argument("part", nargs="+", help=f"{WORKER}, {RECEPTION}, {CHANNELS}, or an http address")
    parser.add_argument("--wait", type=float, default=0.0, metavar="SECONDS")
    given = parser.parse_args()
    deadline = time.monotonic() + given.wait
    while silent := [part for part in given.part if not alive(part)]:
        if time.monotonic() >= deadline:
            print(f"no sign of life: {', '.join(silent)}", file=sys.stderr)
            return 1
        time.sleep(PAUSE_SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
