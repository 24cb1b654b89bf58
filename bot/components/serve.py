"""``python -m bot.components.serve``: the Rasa server on loopback (or RASA_HOST), with its API behind a token and telemetry off."""

from __future__ import annotations

import os
import sys

from bot.components.model import BOT_DIR, MODEL_NAME, models_dir
from wire.settings import check_secrets


def main() -> None:
    """Be ``rasa run``, in this process: on a command line every user of the machine could read the token.

    Raises:
        SystemExit: a setting is missing, or there is no model yet; says what to do.
        WeakSecret: in production one of the two could be guessed, or both are the same.
    """
    token = os.environ.get("RASA_TOKEN")
    if not token:
        sys.exit("RASA_TOKEN is not set: `make run` makes one for a trial; in production set it in the environment")
    if os.environ.get("FRONT_PUBLIC_URL", "").startswith("https://"):
        check_secrets({"RASA_TOKEN": token, "RASA_CHANNEL_SECRET": os.environ.get("RASA_CHANNEL_SECRET", "")})
    model = models_dir() / f"{MODEL_NAME}.tar.gz"
    if not model.exists():
        sys.exit(f"{model} is missing: train the bot first (make train)")
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    host, port = os.environ.get("RASA_HOST", "127.0.0.1"), os.environ.get("RASA_PORT", "5005")
    options = ["run", "--interface", host, "--port", port, "--model", str(model)]
    options += ["--enable-api", "--auth-token", token]
    options += ["--endpoints", str(BOT_DIR / "endpoints.yml"), "--credentials", str(BOT_DIR / "credentials.yml")]
    sys.argv = ["rasa", *options]
    # Imported late: the settings above must be in the environment before TensorFlow and SQLAlchemy load.
    from rasa.__main__ import main as rasa_main

    rasa_main()


if __name__ == "__main__":
    main()
