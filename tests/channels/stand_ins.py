"""Rasa and escalation as the front door sees them: small real HTTP servers that remember what they were told."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.serving import BaseWSGIServer, make_server

from tests.ports import free_port

SERVICE_TOKEN = "service"
# How soon a server notices that it shall stop: half a second by default, three times a test.
POLL_SECONDS = 0.02


class FakeRasa(ThreadingHTTPServer):
    """Speaks the bot's wire protocol; ``mode`` says how well, ``says`` what to some messages (to others an echo)."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _RasaHandler)
        self.turns: list[dict[str, Any]] = []
        self.hashed_by: list[str | None] = []
        self.says: dict[str, list[dict[str, Any]]] = {}
        self.mode = "well"
        self.at_once = 0
        self.most_at_once = 0


class _RasaHandler(BaseHTTPRequestHandler):
    server: FakeRasa

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.at_once += 1
        self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
        self.server.turns.append(body)
        self.server.hashed_by.append(self.headers["x-conversation-id"])
        threading.Event().wait(0.05)
        self.server.at_once -= 1
        if self.server.mode == "fails":
            self.send_error(500)
            return
        said = self.server.says.get(body["message"], [{"text": f"Eco: {body['message']}"}])
        data = json.dumps({"messages": [] if self.server.mode == "empty" else said}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Silent."""


class FakeEscalation:
    """Its routes for codes, files and copies on one port, which it can leave and come back to.

    ``code_status`` and ``file_status`` (with ``file_fields``, after ``file_seconds``) are the answers; ``files`` are kept by
    idempotency key, ``handed_over`` counts the calls. ``elsewhere``: who is logged in, and his other conversations.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.code_status = 200
        self.file_status = 201
        self.file_fields: dict[str, str] = {}
        self.file_seconds = 0.0
        self.codes: list[tuple[str, str]] = []
        self.link_status = 200
        self.links: list[tuple[str, str]] = []
        self.left: list[str] = []
        self.elsewhere: dict[str, list[str]] = {}
        self.copy_status = 202
        self.copies: dict[str, tuple[str, str]] = {}
        self.alarms: list[dict[str, Any] | None] = []
        self.files: dict[str, dict[str, Any]] = {}
        self.handed_over = 0
        self._server: BaseWSGIServer | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Be there (again)."""
        self._server = make_server("127.0.0.1", self.port, self._app(), threaded=True)
        threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()

    def stop(self) -> None:
        """Be gone, as a process that died."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _app(self) -> Flask:
        app = Flask("escalation-stand-in")

        @app.before_request
        def credential() -> tuple[str, int] | None:
            known = request.headers.get("Authorization") == f"Bearer {SERVICE_TOKEN}"
            return None if known else ("", 403)

        @app.post("/api/v1/conversations/<conversation_id>/code/verify")
        def verify(conversation_id: str) -> tuple[Response, int]:
            self.codes.append((conversation_id, request.get_json()["code"]))
            return jsonify(status=self.code_status), self.code_status

        @app.post("/api/v1/conversations/<conversation_id>/link")
        def link(conversation_id: str) -> tuple[Response, int]:
            self.links.append((conversation_id, request.get_json()["code"]))
            return jsonify(status=self.link_status), self.link_status

        @app.delete("/api/v1/conversations/<conversation_id>/customer")
        def leave(conversation_id: str) -> tuple[str, int]:
            self.left.append(conversation_id)
            return "", 204

        @app.get("/api/v1/conversations/<conversation_id>/elsewhere")
        def elsewhere(conversation_id: str) -> tuple[Response, int]:
            known = self.elsewhere.get(conversation_id)
            return jsonify(conversations=known or []), 403 if known is None else 200

        @app.post("/api/v1/conversations/<conversation_id>/transcript")
        def copy(conversation_id: str) -> tuple[Response, int]:
            status = self.copy_status if conversation_id in self.elsewhere else 403
            if status == 202:
                self.copies[request.headers["Idempotency-Key"]] = (conversation_id, request.get_json()["text"])
            return jsonify(status=status), status

        @app.route("/api/v1/alarms/<channel>", methods=["PUT", "DELETE"])
        def alarm(channel: str) -> tuple[str, int]:
            self.alarms.append(request.get_json() if request.method == "PUT" else None)
            return "", 204

        @app.post("/api/v1/conversations/<conversation_id>/attachments")
        def add(conversation_id: str) -> tuple[Response, int]:
            sent = request.files["file"]
            self.handed_over += 1
            threading.Event().wait(self.file_seconds)
            if self.file_status != 201:
                told = {"status": self.file_status, "detail": f"refused with {self.file_status}", "fields": self.file_fields}
                return jsonify(told), self.file_status
            told = {"conversation_id": conversation_id, "name": sent.filename, "content": sent.read()}
            self.files[request.headers["Idempotency-Key"]] = told
            return jsonify(id="of-escalation", name=sent.filename, size=len(told["content"])), 201

        return app
