"""The client of Meta's Graph API, and what her errors mean for us: by code and subcode, never by text."""

from __future__ import annotations

import hashlib
import hmac
import threading
from enum import StrEnum
from typing import Any

import requests

from bot.channels.messenger.settings import MessengerSettings

SECONDS = (3.05, 10.0)


class Trouble(StrEnum):
    """What an error asks of us. The first four concern the whole Page and alarm staff; nothing is sent until they are over."""

    TOKEN = "token"  # noqa: S105
    PERMISSION = "permission"
    RESTRICTED = "restricted"
    ABUSE = "abuse"
    RATE = "rate"
    # This message alone, for good: too late, nobody there, or wrong in itself.
    WINDOW = "window"
    GONE = "gone"
    NEVER = "never"
    # This message, for now; UNCLEAR: it may have left all the same.
    LATER = "later"
    UNCLEAR = "unclear"


ALARMS = frozenset({Trouble.TOKEN, Trouble.PERMISSION, Trouble.RESTRICTED, Trouble.ABUSE})

# Messenger Platform, common error codes; Graph API, error handling. None: any other subcode.
_BY_CODE: dict[tuple[int, int | None], Trouble] = {
    (190, None): Trouble.TOKEN,
    (102, None): Trouble.TOKEN,
    (10, 1893063): Trouble.RESTRICTED,
    (10, 2018278): Trouble.WINDOW,
    (10, 2018065): Trouble.WINDOW,
    (10, None): Trouble.PERMISSION,
    (200, 1545041): Trouble.GONE,
    (200, 2018108): Trouble.GONE,
    # The app is not public yet and the person has no role in it: the others of the Page may hear us.
    (200, 2018028): Trouble.NEVER,
    (551, None): Trouble.GONE,
    (100, 2018001): Trouble.GONE,
    (100, None): Trouble.NEVER,
    (368, None): Trouble.ABUSE,
    **{(code, None): Trouble.RATE for code in (4, 17, 32, 613, 80006, 80007)},
    (1200, None): Trouble.LATER,
    # "An unknown error": seen after the message had left.
    (1, None): Trouble.UNCLEAR,
    (2, None): Trouble.UNCLEAR,
}
_PERMISSIONS = range(200, 300)


class GraphError(Exception):
    """Meta's refusal, or none at all. ``detail``: code, subcode and her trace id, fit for a log."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(detail)
        self.trouble = trouble
        self.detail = detail


class Graph:
    """Calls as the Page. One connection pool a thread: requests' sessions are not made to be shared."""

    def __init__(self, settings: MessengerSettings) -> None:
        self._url = settings.graph_url
        proof = hmac.new(settings.app_secret.encode(), settings.page_token.encode(), hashlib.sha256).hexdigest()
        # Proves to Meta that the token is in the app's own hands (Graph API, securing requests).
        self._params = {"access_token": settings.page_token, "appsecret_proof": proof}
        self._local = threading.local()

    def send(self, body: dict[str, Any]) -> str:
        """``POST me/messages``; Meta's id of the message, empty for a sender action.

        Raises:
            GraphError: it did not leave, or nobody knows.
        """
        return str(self.call("POST", "me/messages", body).get("message_id", ""))

    def token_works(self) -> bool:
        """Whether the Page's token opens anything; True also where Meta cannot be asked now."""
        try:
            self.call("GET", "me?fields=id")
        except GraphError as failed:
            return failed.trouble is not Trouble.TOKEN
        return True

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One call, the answer's JSON.

        Raises:
            GraphError: see there.
        """
        try:
            answer = self._http().request(method, f"{self._url}/{path}", params=self._params, json=body, timeout=SECONDS)
        except requests.ConnectTimeout:
            raise GraphError(Trouble.LATER, "no connection") from None
        except requests.RequestException as failed:
            # Its text would hold the address, and with it the token. Broken off before anything was said, or after: not to tell.
            raise GraphError(Trouble.UNCLEAR, type(failed).__name__) from None
        try:
            told = answer.json()
        except ValueError:
            told = {}
        if answer.ok and isinstance(told, dict):
            return told
        raise _error(answer.status_code, told.get("error") if isinstance(told, dict) else None)

    def _http(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        return self._local.session


def _error(status: int, error: Any) -> GraphError:
    told = error if isinstance(error, dict) else {}
    code, subcode = told.get("code"), told.get("error_subcode")
    detail = f"{status} code {code} subcode {subcode} trace {str(told.get('fbtrace_id'))[:40]}"
    return GraphError(_trouble(status, code, subcode, bool(told.get("is_transient"))), detail)


def _trouble(status: int, code: Any, subcode: Any, transient: bool) -> Trouble:
    found = _BY_CODE.get((code, subcode)) or _BY_CODE.get((code, None))
    if found is not None:
        return found
    if code in _PERMISSIONS:
        return Trouble.PERMISSION
    if status >= 500:
        return Trouble.UNCLEAR
    if status == 429 or transient:
        return Trouble.RATE if status == 429 else Trouble.LATER
    return Trouble.NEVER if code is not None else Trouble.LATER
