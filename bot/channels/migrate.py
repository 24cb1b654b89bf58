"""``python -m bot.channels.migrate``: bring the chat database to the newest schema."""

from __future__ import annotations

from pathlib import Path

from bot.channels.settings import Settings
from wire.migrations import upgrade

SCRIPTS = Path(__file__).with_name("migrations")

if __name__ == "__main__":
    upgrade(Settings.from_environment().chat_database_url, SCRIPTS)
