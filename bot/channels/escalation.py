"""What the front door itself asks of escalation, with the service credential: is this code right, take this file."""

from __future__ import annotations

from typing import Any, BinaryIO

import requests

from bot.channels.multipart import MultipartFile
from bot.channels.settings import Settings
from bot.channels.tables import Attachment

CONNECT_SECONDS = 1.0
# A file is stored and its type looked at before the answer; on loopback ten megabytes take a fraction of this.
FILE_SECONDS = 10.0
# Its verdicts on a file; anything else says something about the service, not about the file.
FILE_VERDICTS = {400: "empty", 413: "size", 415: "type", 422: "other", 429: "pace"}


class EscalationUnavailable(RuntimeError):
    """No answer, or one that is no verdict: the same call may succeed later."""


class NotLoggedIn(RuntimeError):
    """The conversation speaks for no customer."""


class TooOften(RuntimeError):
    """Escalation's limit on this is reached; later it may succeed."""


class FileRefused(RuntimeError):
    """The file is not accepted. ``status`` and ``detail`` are those of the problem document (RFC 9457).

    ``reason``: type, empty, size, count, together (escalation's ``fields.file``), pace, or other.
    """

    def __init__(self, status: int, detail: str, reason: str) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail
        self.reason = reason


class Escalation:
    """The client of ``/api/v1/conversations/{id}/…``."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.escalation_url
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

    def link(self, conversation_id: str, code: str, request_id: str) -> bool:
        """Whether the ``code`` of an account linking bound the conversation to a customer.

        Raises:
            EscalationUnavailable: see there.
        """
        seconds = (CONNECT_SECONDS, self._seconds)
        status = self._post(conversation_id, "link", seconds, request_id, json={"code": code}).status_code
        if status not in (200, 400, 401):
            raise EscalationUnavailable(f"link: {status}")
        return status == 200

    def leave(self, conversation_id: str, request_id: str) -> None:
        """The conversation speaks for nobody any more.

        Raises:
            EscalationUnavailable: see there.
        """
        seconds = (CONNECT_SECONDS, self._seconds)
        answer = self._call("DELETE", f"{self._url}/{conversation_id}/customer", seconds, request_id)
        if answer.status_code != 204:
            raise EscalationUnavailable(f"leave: {answer.status_code}")

    def elsewhere(self, conversation_id: str, request_id: str) -> list[str]:
        """The customer's other conversations, newest first.

        Raises:
            EscalationUnavailable, NotLoggedIn: see there.
        """
        seconds = (CONNECT_SECONDS, self._seconds)
        answer = self._call("GET", f"{self._url}/{conversation_id}/elsewhere", seconds, request_id)
        if answer.status_code == 403:
            raise NotLoggedIn
        if not answer.ok:
            raise EscalationUnavailable(f"elsewhere: {answer.status_code}")
        return list(answer.json()["conversations"])

    def mail_copy(self, conversation_id: str, key: str, text: str, request_id: str) -> None:
        """Mail ``text`` to the customer who logged in; repeated calls with one ``key`` are one mail.

        Raises:
            EscalationUnavailable, NotLoggedIn, TooOften: see there.
        """
        seconds, headers = (CONNECT_SECONDS, self._seconds), {"Idempotency-Key": key}
        status = self._post(conversation_id, "transcript", seconds, request_id, headers, json={"text": text}).status_code
        if status == 403:
            raise NotLoggedIn
        if status == 429:
            raise TooOften
        if status != 202:
            raise EscalationUnavailable(f"transcript: {status}")

    def alarm(self, channel: str, alarm: dict[str, Any] | None) -> None:
        """What is wrong with a channel, for staff to see; None: it is well again.

        Raises:
            EscalationUnavailable: see there.
        """
        method, url = ("PUT" if alarm else "DELETE"), f"{self._base}/api/v1/alarms/{channel}"
        answer = self._call(method, url, (CONNECT_SECONDS, self._seconds), "alarm", json=alarm)
        if answer.status_code not in (200, 204):
            raise EscalationUnavailable(f"alarm: {answer.status_code}")

    def add_file(self, attachment: Attachment, content: BinaryIO, request_id: str) -> None:
        """Hand a file over; repeated calls for one ``attachment`` are one file there (its id is the Idempotency-Key).

        Raises:
            EscalationUnavailable: see there.
            FileRefused: see there.
        """
        body = MultipartFile("file", attachment.name, attachment.size, content)
        headers = {"Idempotency-Key": attachment.id, "Content-Type": body.content_type}
        seconds = (CONNECT_SECONDS, FILE_SECONDS)
        answer = self._post(attachment.conversation_id, "attachments", seconds, request_id, headers, data=body)
        if answer.status_code in FILE_VERDICTS:
            raise _refusal(answer)
        if not answer.ok:
            raise EscalationUnavailable(f"attachments: {answer.status_code}")

    def _post(
        self,
        conversation_id: str,
        what: str,
        seconds: tuple[float, float],
        request_id: str,
        headers: dict[str, str] | None = None,
        **body: Any,
    ) -> requests.Response:
        return self._call("POST", f"{self._url}/{conversation_id}/{what}", seconds, request_id, headers, **body)

    def _call(
        self,
        method: str,
        url: str,
        seconds: tuple[float, float],
        request_id: str,
        headers: dict[str, str] | None = None,
        **body: Any,
    ) -> requests.Response:
        sent = {**self._headers, "X-Request-Id": request_id, **(headers or {})}
        try:
            return requests.request(method, url, headers=sent, timeout=seconds, **body)
        except requests.RequestException as failed:
            # Its text would hold the address, and with it the conversation's id.
            raise EscalationUnavailable(f"{method}: {type(failed).__name__}") from None


def _refusal(answer: requests.Response) -> FileRefused:
    try:
        told = answer.json()
        detail, fields = str(told["detail"]), told.get("fields") or {}
    except (ValueError, KeyError, TypeError, AttributeError):
        detail, fields = "the file was not accepted", {}
    return FileRefused(answer.status_code, detail, fields.get("file") or FILE_VERDICTS[answer.status_code])
