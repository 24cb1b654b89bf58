"""One turn with Rasa over loopback: text or an issued button in, messages out."""

from __future__ import annotations

from typing import Any

import requests

from bot.channels.settings import Settings

CONNECT_SECONDS = 1.0
# She did not get the turn, or somebody else answers in her place while she starts.
_OUTSIDE = (requests.ConnectionError, requests.Timeout)


class RasaUnavailable(RuntimeError):
    """Rasa did not answer the turn: starting, down, too slow; ``inside``: she had it and failed."""

    def __init__(self, reason: str, inside: bool = False) -> None:
        super().__init__(reason)
        self.inside = inside


class Rasa:
    """The client of ``bot.components.front_door``."""

    def __init__(self, settings: Settings) -> None:
        self._url = f"{settings.rasa_url}/webhooks/front/webhook"
        self._headers = {"x-channel-secret": settings.rasa_channel_secret}
        self._timeout = (CONNECT_SECONDS, settings.rasa_timeout)
        self._http = requests.Session()

    def turn(self, conversation_id: str, message: str, metadata: dict[str, Any]) -> list[dict[str, Any]]:
        """What the bot says to ``message``.

        Raises:
            RasaUnavailable: see there; also when it answered with nothing, which is never meant.
        """
        # Several Rasas behind a proxy that hashes it: a conversation stays with one of them.
        headers = {**self._headers, "x-conversation-id": conversation_id}
        body = {"sender": conversation_id, "message": message, "metadata": metadata}
        try:
            response = self._http.post(self._url, json=body, headers=headers, timeout=self._timeout)
            response.raise_for_status()
            messages = response.json()["messages"]
        except (requests.RequestException, ValueError, KeyError) as failed:
            raise RasaUnavailable(type(failed).__name__, inside=not isinstance(failed, _OUTSIDE)) from failed
        if not messages:
            raise RasaUnavailable("empty turn", inside=True)
        return messages
