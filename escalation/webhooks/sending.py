"""A telling on its way: signed as standardwebhooks.com says, to an address that was checked, within a time that is bounded."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from escalation.delivery import TransportError
from escalation.integration_models import Webhook
from escalation.models import OutboxRow
from escalation.webhooks import record
from escalation.webhooks.addresses import BadAddress, check_url, resolve
from escalation.webhooks.registry import SECRET_PREFIX

# Standard Webhooks: 15 to 30 seconds; for all of it, so that one who answers drop by drop holds nobody up.
DEADLINE_SECONDS = 15.0
GONE = 410


@dataclass(frozen=True)
class Outcome:
    """What came of one try: the receiver's status, or why there was none; ``ms`` is how long it took."""

    status: int | None
    error: str | None
    ms: int

    @property
    def arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The header ``webhook-signature``: ``v1,`` and the HMAC-SHA256 of ``id.timestamp.body`` in base64.

    ``secret`` is ``whsec_`` and the key in base64.
    """
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


class Sender:
    """Delivers outbox rows of the channel "webhook"."""

    def __init__(
        self, engine: Engine, loopback_allowed: bool, tls: ssl.SSLContext | None = None, seconds: float = DEADLINE_SECONDS
    ) -> None:
        self._engine, self._loopback_allowed, self._seconds = engine, loopback_allowed, seconds
        self._tls = tls or ssl.create_default_context()

    def deliver(self, row: OutboxRow) -> None:
        """Raises:
        TransportError: it did not arrive; hopeless where the webhook is gone, or switched off.
        """
        with Session(self._engine, expire_on_commit=False) as session:
            webhook = session.get(Webhook, row.recipient)
        if webhook is None or not webhook.active:
            raise TransportError("the webhook was removed or switched off", hopeless=True)
        body = json.dumps(row.content["body"], separators=(",", ":"), ensure_ascii=False).encode()
        outcome = self._send(webhook.url, self._headers(webhook.secret, row.key, body), body)
        with Session(self._engine) as session, session.begin():
            record.note(session, webhook.id, row, outcome, datetime.now(UTC))
        if not outcome.arrived:
            raise TransportError(outcome.error or f"status {outcome.status}", hopeless=outcome.status == GONE)

    def _headers(self, secret: str, message_id: str, body: bytes) -> dict[str, str]:
        timestamp = int(time.time())
        return {
            "Content-Type": "application/json",
            "User-Agent": "MesaDeAyuda-Webhooks/1",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(secret, message_id, timestamp, body),
        }

    def _send(self, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        started = time.monotonic()
        status, error = None, None
        try:
            status = self._post(url, headers, body)
        except BadAddress as wrong:
            error = str(wrong)
        except (OSError, http.client.HTTPException, ValueError) as failed:
            error = type(failed).__name__
        return Outcome(status, error, round((time.monotonic() - started) * 1000))

    def _post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        parts = urlsplit(url)
        check_url(parts, self._loopback_allowed)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = resolve(host, port, self._loopback_allowed)
        connection = http.client.HTTPConnection(host, port, timeout=self._seconds)
        connected = connection.sock = self._connected(parts.scheme, host, address, port)
        # Each read has its own time-out, and many short reads may follow each other: this ends them all.
        end = threading.Timer(self._seconds, _shut, args=(connected,))
        end.start()
        try:
            if isinstance(connected, ssl.SSLSocket):
                connected.do_handshake()
            path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            connection.request("POST", path, body, headers)
            # The status alone counts: redirects are not followed, what the answer says is not read.
            return connection.getresponse().status
        finally:
            end.cancel()
            connection.close()

    def _connected(self, scheme: str, host: str, address: str, port: int) -> socket.socket:
        plain = socket.create_connection((address, port), timeout=self._seconds)
        if scheme != "https":
            return plain
        try:
            return self._tls.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        except BaseException:
            plain.close()
            raise


def _shut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # The plain socket's way also for TLS: its own would change what another thread is reading from.
        socket.socket.shutdown(connected, socket.SHUT_RDWR)
