"""Text of Messenger that must wait in the database and may hold a log-in code."""

from __future__ import annotations

from bot import sealing


class Seal(sealing.Seal):
    """Under a key made from the conversation secret."""

    def __init__(self, secret: str) -> None:
        super().__init__(secret, "messenger sealed text")
