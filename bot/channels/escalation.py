"""What the front door itself asks of escalation, with the service credential: is this code right."""

from __future__ import annotations

from typing import Any

import requests

from bot.channels.settings import Settings

CONNECT_SECONDS = 1.0


class EscalationUnavailable(RuntimeError):
    """No answer, or one that is no verdict: the same call may succeed later."""


class Escalation:
    """The client of ``/api/v1/conversations/{id}/…``."""

    def __init__(self, settings: Settings) -> None:
        self._url = f"{settings.escalation_url}/api/v1/conversations"
        self._headers = {"Authorization": f"Bearer {settings.service_token}"}
        self._seconds = settings.escalation_timeout

    def verify_code(self, conversation_id: str, digits: str, request_id: str) -> bool:
        """Whether ``digits`` bound the conversation to a customer; False: wrong, too old, used up or never asked for.

        Raises:
            EscalationUnavailable: see there; also for too many tries.
        """
        seconds = (CONNECT_SECONDS, self._seconds)
        status = self._post(conversation_id, "code/verify", seconds, request_id, json={"code": digits}).status_code
        if status not in (200, 401):
            raise EscalationUnavailable(f"code/verify: {status}")
        return status == 200

    def _post(
        self,
        conversation_id: str,
        what: str,
        seconds: tuple[float, float],
        request_id: str,
        headers: dict[str, str] | None = None,
        **body: Any,
    ) -> requests.Response:
        sent = {**self._headers, "X-Request-Id": request_id, **(headers or {})}
        try:
            return requests.post(f"{self._url}/{conversation_id}/{what}", headers=sent, timeout=seconds, **body)
        except requests.RequestException as failed:
            # Its text would hold the address, and with it the conversation's id.
            raise EscalationUnavailable(f"{what}: {type(failed).__name__}") from None
