"""What the plain report form asks of escalation: is it there, keep this draft, mail a code, open the ticket."""

from __future__ import annotations

import threading
import time
from typing import Any

import requests

from bot.channels.escalation import CONNECT_SECONDS, EscalationUnavailable
from bot.channels.settings import Settings

# A page waits behind it; and a page that many open must not ask for each.
ALIVE_SECONDS = 1.0
ALIVE_KEPT_SECONDS = 2.0
# Two ways in which escalation says that a draft's key has opened a ticket: to another conversation, and to this one.
TAKEN_BEFORE, TICKET_OPENED = 409, "sent"


class ReportRefused(RuntimeError):
    """A verdict that no repetition changes; ``status`` is the HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class ReportDesk:
    """The client. Each call has a time-out; escalation's own limits apply."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.escalation_url
        self._headers = {"Authorization": f"Bearer {settings.service_token}"}
        self._seconds = settings.escalation_timeout
        self._lock = threading.Lock()
        self._asked_at, self._alive = float("-inf"), False

    def alive(self) -> bool:
        """Whether escalation takes tickets, be its worker silent or not; asked at most every two seconds."""
        with self._lock:
            if time.monotonic() - self._asked_at > ALIVE_KEPT_SECONDS:
                self._alive, self._asked_at = self._look(), time.monotonic()
            return self._alive

    def _look(self) -> bool:
        try:
            told = requests.get(f"{self._url}/health", timeout=ALIVE_SECONDS).json()
            return bool(told["parts"]["database"] == "ok")
        except (requests.RequestException, ValueError, KeyError, TypeError):
            return False

    def save_draft(self, conversation_id: str, key: str, report: dict[str, Any], request_id: str) -> bool:
        """Make ``report`` (area, fields, shown_entries) the conversation's draft; False: ``key`` opened a ticket already.

        Raises:
            EscalationUnavailable: trying again later may help.
            ReportRefused: it will not.
        """
        path = f"/api/v1/conversations/{conversation_id}/draft"
        answer = self._call("PUT", path, request_id, {"key": key, **report}, accepted=(TAKEN_BEFORE,))
        return answer.status_code != TAKEN_BEFORE and answer.json().get("state") != TICKET_OPENED

    def send_code(self, conversation_id: str, email: str, request_id: str) -> None:
        """Mail a code to ``email``, if it is registered; nobody learns whether it is.

        Raises:
            EscalationUnavailable, ReportRefused: see there.
        """
        self._call("POST", f"/api/v1/conversations/{conversation_id}/code", request_id, {"email": email})

    def open_ticket(self, conversation_id: str, key: str, report: dict[str, Any], request_id: str) -> str:
        """The number of the ticket that ``key`` opened, now or before, for the customer who proved himself to the conversation.

        Raises:
            EscalationUnavailable, ReportRefused: see there.
        """
        body = {"conversation_id": conversation_id, **report}
        answer = self._call("POST", "/api/v1/tickets", request_id, body, headers={"Idempotency-Key": key})
        return str(answer.json()["number"])

    def _call(
        self,
        method: str,
        path: str,
        request_id: str,
        body: dict[str, Any],
        headers: dict[str, str] | None = None,
        accepted: tuple[int, ...] = (),
    ) -> requests.Response:
        sent = {**self._headers, "X-Request-Id": request_id, **(headers or {})}
        try:
            answer = requests.request(method, self._url + path, json=body, headers=sent, timeout=(CONNECT_SECONDS, self._seconds))
        except requests.RequestException as failed:
            raise EscalationUnavailable(f"{method}: {type(failed).__name__}") from None
        # Too many calls (429) is a state of now, as a fault of the server is.
        if answer.status_code >= 500 or answer.status_code == 429:
            raise EscalationUnavailable(f"{method}: {answer.status_code}")
        if not answer.ok and answer.status_code not in accepted:
            raise ReportRefused(answer.status_code)
        return answer
