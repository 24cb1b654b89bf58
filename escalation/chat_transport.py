"""News of tickets to the front door, which shows them in the widget or sends them through Messenger."""

from __future__ import annotations

import requests
import structlog

from escalation.mail.transport import TransportError
from escalation.models import OutboxRow

log = structlog.get_logger()

SECONDS = (1.0, 5.0)
# No such conversation any more, or Messenger's window is over: the mail, which leaves in any case, is what he gets.
LEFT_TO_MAIL = frozenset({404, 409})


class FrontDoor:
    """``POST /internal/news`` with the service credential."""

    def __init__(self, url: str, service_token: str) -> None:
        self._url = f"{url}/internal/news"
        self._headers = {"Authorization": f"Bearer {service_token}"}

    def deliver(self, row: OutboxRow) -> None:
        """Tell it; the same row again is told once.

        Raises:
            TransportError: the front door is away, or does not take it as it is.
        """
        body = {
            "key": row.key,
            "conversation_id": row.recipient,
            "author": row.content["author"],
            "author_name": row.content.get("author_name", ""),
            "text": row.content["body"],
        }
        try:
            answer = requests.post(self._url, json=body, headers=self._headers, timeout=SECONDS)
        except requests.RequestException as failed:
            raise TransportError(type(failed).__name__, hopeless=False) from failed
        if answer.status_code in LEFT_TO_MAIL:
            log.info("news left to mail", row=row.id, status=answer.status_code)
        elif not answer.ok:
            raise TransportError(f"news: {answer.status_code}", hopeless=answer.status_code == 400)
