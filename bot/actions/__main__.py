"""``python -m bot.actions``: the action server on loopback (rasa_sdk listens on every address unless told)."""

from __future__ import annotations

import os

from wire import logs


def main() -> None:
    """Serve until the process is ended."""
    # rasa_sdk reads this when it starts to listen.
    os.environ["SANIC_HOST"] = "127.0.0.1"
    from rasa_sdk.endpoint import run

    logs.configure("actions")
    run("bot.actions", port=int(os.environ.get("ACTIONS_PORT", "5055")))


# rasa_sdk imports every module of the package in search of actions, this one too.
if __name__ == "__main__":
    main()
