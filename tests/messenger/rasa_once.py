"""A stand-in for Rasa that speaks the bot's HTTP and, as the bot's own door does, takes a turn once however often it is asked."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class RasaOnce(ThreadingHTTPServer):
    """``turns``: what was said by whom, in order; ``asked``: how often for each. Every third answer has two parts."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.turns: list[tuple[str, str]] = []
        self.asked: Counter[tuple[str, str]] = Counter()

    def handle_error(self, request: object, client_address: object) -> None:
        """Silent: who calls may be killed in the middle."""

    def take(self, sender: str, text: str, message_id: str) -> None:
        with self.lock:
            self.asked[sender, message_id] += 1
            first = self.asked[sender, message_id] == 1
            if first:
                self.turns.append((sender, text))
        if first:
            time.sleep(random.uniform(0.005, 0.03))  # noqa: S311


def answers(text: str) -> list[str]:
    """What it says to a message."""
    number = int(text.rsplit(" ", 1)[1])
    return [f"{text}: {part}" for part in (("uno", "dos") if number % 3 == 0 else ("uno",))]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RasaOnce

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.take(body["sender"], body["message"], str(body["metadata"]["message_id"]))
        data = json.dumps({"messages": [{"text": said} for said in answers(body["message"])]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Silent."""
