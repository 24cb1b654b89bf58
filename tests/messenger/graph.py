"""A stand-in for Meta's Graph API over HTTP: it refuses what Meta refuses, with Meta's errors, and can be told to fail."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.channels.stand_ins import POLL_SECONDS
from tests.messenger.meta import APP, APP_SECRET, PAGE, PAGE_TOKEN, PSID
from tests.messenger.send_api import refusal

DAY = 24 * 3600.0


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one call: an error of Meta's, a status without JSON, a broken line before or after she took it."""

    code: int = 0
    subcode: int | None = None
    status: int = 400
    broken: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Accepted:
    """A message that Meta took and shows to the person."""

    psid: str
    body: dict[str, Any]
    mid: str
    at: float

    @property
    def message(self) -> dict[str, Any]:
        return self.body["message"]

    @property
    def text(self) -> str:
        """What he reads, buttons aside."""
        return self.message.get("text") or self.message["attachment"]["payload"]["text"]

    @property
    def choices(self) -> list[dict[str, Any]]:
        """Its buttons or quick replies."""
        return self.message.get("quick_replies") or self.message.get("attachment", {}).get("payload", {}).get("buttons", [])


class GraphStandIn(ThreadingHTTPServer):
    """``heard``: when each person last spoke (the windows); ``faults`` happen to the next sends, ``fault_of`` decides on others.

    ``after``: called with each accepted message, for its echo. ``files``: served at ``/cdn/<name>`` as (type, content).
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.token = PAGE_TOKEN
        self.heard: dict[str, float] = {PSID: time.time()}
        self.open_to_all = False
        self.accepted: list[Accepted] = []
        self.actions: list[tuple[str, str]] = []
        self.refused: list[dict[str, Any]] = []
        self.faults: deque[Fault | None] = deque()
        self.fault_of: Callable[[dict[str, Any]], Fault | None] = lambda body: None
        self.after: Callable[[Accepted], None] = lambda accepted: None
        self.at_once: dict[str, int] = {}
        self.most_at_once = 0
        self.profile: dict[str, Any] = {}
        self.subscribed: list[str] = []
        self.profile_calls: deque[float] = deque()
        self.files: dict[str, tuple[str, bytes]] = {}
        self.redirects: dict[str, str] = {}
        self.fetched: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> GraphStandIn:
        threading.Thread(target=self.serve_forever, args=(POLL_SECONDS,), daemon=True).start()
        return self

    def stop(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Silent: who calls may be killed in the middle."""

    def texts(self, psid: str = PSID) -> list[str]:
        """What a person read, in order."""
        with self.lock:
            return [accepted.text for accepted in self.accepted if accepted.psid == psid]


@dataclass
class _Answer:
    status: int
    body: Any
    broken: bool = False
    headers: dict[str, str] = field(default_factory=dict)


def _error(code: int, text: str, subcode: int | None = None, status: int = 400) -> _Answer:
    told: dict[str, Any] = {"message": f"(#{code}) {text}", "type": "OAuthException", "code": code, "fbtrace_id": "AbCd"}
    return _Answer(status, {"error": {**told, **({"error_subcode": subcode} if subcode else {})}})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: GraphStandIn

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/cdn/"):
            self._file(parts.path.removeprefix("/cdn/"))
            return
        self._tell(self._opened() or self._read(parts.path.rpartition("/")[2]))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        name = urlsplit(self.path).path.rpartition("/")[2]
        body = json.loads(raw or b"{}")
        if name == "messages":
            self._tell(self._opened() or self._send(body))
        elif name == "messenger_profile":
            self._tell(self._opened() or self._slow_profile() or self._profile(body))
        else:
            self.server.subscribed = str(body.get("subscribed_fields", "")).split(",")
            self._tell(self._opened() or _Answer(200, {"success": True}))

    def do_DELETE(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        for name in json.loads(raw or b"{}").get("fields", []):
            self.server.profile.pop(name, None)
        self._tell(self._opened() or self._slow_profile() or _Answer(200, {"result": "success"}))

    def _opened(self) -> _Answer | None:
        asked = parse_qs(urlsplit(self.path).query)
        token = asked.get("access_token", [""])[0]
        if token != self.server.token:
            return _error(190, "Error validating access token: the session has been invalidated.", 460, 401)
        proof = hmac.new(APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
        if asked.get("appsecret_proof", [proof])[0] != proof:
            return _error(100, "Invalid appsecret_proof provided in the API argument")
        return None

    def _read(self, name: str) -> _Answer:
        if name == "messenger_profile":
            return self._slow_profile() or _Answer(200, {"data": [self.server.profile] if self.server.profile else []})
        if name == "subscribed_apps":
            found = [{"id": APP, "subscribed_fields": self.server.subscribed}] if self.server.subscribed else []
            return _Answer(200, {"data": found})
        return _Answer(200, {"id": PAGE, "name": "CSIserver"})

    def _slow_profile(self) -> _Answer | None:
        calls, now = self.server.profile_calls, time.time()
        while calls and calls[0] < now - 600:
            calls.popleft()
        calls.append(now)
        return _error(613, "Calls to this api have exceeded the rate limit.") if len(calls) > 10 else None

    def _profile(self, body: dict[str, Any]) -> _Answer:
        both = {**self.server.profile, **body}
        for name in ("persistent_menu", "ice_breakers", "greeting"):
            if name in body and not any(part.get("locale") == "default" for part in body[name]):
                return _error(100, f"{name} needs a default locale")
        if "persistent_menu" in body and "get_started" not in both:
            return _error(100, "You must set a Get Started button if you also wish to use persistent menu")
        items = [item for menu in body.get("persistent_menu", []) for item in menu["call_to_actions"]]
        questions = [item for part in body.get("ice_breakers", []) for item in part["call_to_actions"]]
        wrong = (
            len(items) > 20
            or len(questions) > 4
            or any(len(item["title"]) > 30 or len(item.get("payload", "")) > 1000 for item in items)
            or any(item["type"] == "web_url" and not item["url"].startswith("https://") for item in items)
        )
        if wrong:
            return _error(100, "the profile oversteps a limit")
        self.server.profile = both
        return _Answer(200, {"result": "success"})

    def _send(self, body: dict[str, Any]) -> _Answer:
        psid = str(body.get("recipient", {}).get("id", ""))
        server = self.server
        with server.lock:
            fault = server.faults.popleft() if server.faults and "message" in body else server.fault_of(body)
            server.at_once[psid] = server.at_once.get(psid, 0) + ("message" in body)
            server.most_at_once = max(server.most_at_once, server.at_once[psid])
        try:
            return self._judged(psid, body, fault)
        finally:
            with server.lock:
                server.at_once[psid] -= "message" in body

    def _judged(self, psid: str, body: dict[str, Any], fault: Fault | None) -> _Answer:
        if fault is not None:
            threading.Event().wait(fault.seconds)
            if fault.broken == "before":
                return _Answer(0, None, broken=True)
            if fault.code:
                return _error(fault.code, "as told", fault.subcode, fault.status)
            if fault.status >= 500 and not fault.broken:
                return _Answer(fault.status, None)
        answer = self._refusal(psid, body) or self._accepted(psid, body)
        return _Answer(0, None, broken=True) if fault is not None and fault.broken == "after" else answer

    def _refusal(self, psid: str, body: dict[str, Any]) -> _Answer | None:
        found = self._wrong(psid, body)
        if found is not None:
            self.server.refused.append({"body": body, **found.body["error"]})
        return found

    def _wrong(self, psid: str, body: dict[str, Any]) -> _Answer | None:
        if not psid or (not self.server.open_to_all and psid not in self.server.heard):
            return _error(100, "No matching user found", 2018001)
        action, message = body.get("sender_action"), body.get("message")
        if (action is None) == (message is None):
            return _error(100, "Must send either message or state", 2018015)
        if action is not None:
            return None if action in ("mark_seen", "typing_on", "typing_off") else _error(100, "unknown sender_action")
        if wrong := refusal(message):
            return _error(100, wrong)
        silent = 0.0 if self.server.open_to_all else time.time() - self.server.heard[psid]
        kind, tag = body.get("messaging_type"), body.get("tag")
        if kind == "MESSAGE_TAG":
            if tag != "HUMAN_AGENT":
                return _error(100, "the tag is no longer supported")
            return _outside() if silent > 7 * DAY else None
        if kind not in ("RESPONSE", "UPDATE"):
            return _error(100, "messaging_type is required")
        return _outside() if silent > DAY else None

    def _accepted(self, psid: str, body: dict[str, Any]) -> _Answer:
        if "sender_action" in body:
            with self.server.lock:
                self.server.actions.append((psid, body["sender_action"]))
            return _Answer(200, {"recipient_id": psid})
        accepted = Accepted(psid, body, f"m_{uuid.uuid4().hex}", time.time())
        with self.server.lock:
            self.server.accepted.append(accepted)
        self.server.after(accepted)
        return _Answer(200, {"recipient_id": psid, "message_id": accepted.mid})

    def _file(self, name: str) -> None:
        self.server.fetched.append(name)
        if name in self.server.redirects:
            self._tell(_Answer(302, None, headers={"Location": self.server.redirects[name]}))
            return
        media_type, content = self.server.files.get(name, ("text/plain", b""))
        self.send_response(200 if name in self.server.files else 404)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _tell(self, answer: _Answer) -> None:
        if answer.broken:
            self.close_connection = True
            return
        data = b"<html>Sorry, something went wrong.</html>" if answer.body is None else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Silent."""


def _outside() -> _Answer:
    return _error(10, "This message is sent outside of allowed window.", 2018278)
