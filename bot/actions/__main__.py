"""``python -m bot.actions``: the action server on loopback or ACTIONS_HOST (rasa_sdk listens on every address unless told)."""

from __future__ import annotations

import asyncio
import os
import threading
import time

import structlog

from wire import logs

log = structlog.get_logger()

DELIVERY_SECONDS = 5.0


def deliver_for_ever() -> None:
    """Hand kept reports over to escalation, now and then, for as long as the process lives."""
    from bot.actions.escalation import Escalation
    from bot.actions.settings import Settings
    from bot.actions.submission import deliver
    from bot.pending import PendingReports

    settings = Settings.from_environment()
    pending, escalation = PendingReports(settings.pending_database_url, settings.service_token), Escalation(settings)
    while True:
        try:
            asyncio.run(deliver(escalation, pending))
        except Exception:
            # What waits stays in its table; the next round tries again.
            log.exception("delivery failed")
        time.sleep(DELIVERY_SECONDS)


def main() -> None:
    """Serve until the process is ended."""
    # rasa_sdk reads this when it starts to listen.
    os.environ["SANIC_HOST"] = os.environ.get("ACTIONS_HOST", "127.0.0.1")
    from rasa_sdk.endpoint import run

    logs.configure("actions")
    threading.Thread(target=deliver_for_ever, daemon=True).start()
    run("bot.actions", port=int(os.environ.get("ACTIONS_PORT", "5055")))


# rasa_sdk imports every module of the package in search of actions, this one too.
if __name__ == "__main__":
    main()
