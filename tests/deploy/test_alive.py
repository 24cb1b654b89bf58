"""What watches the parts: a process without a port is known by its sign of life, one with a port by its answer."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.channels.heartbeats import Heartbeats
from bot.channels.migrate import SCRIPTS as CHAT_SCRIPTS
from escalation.models import Heartbeat
from tests import databases
from tests.escalation.conftest import migrate
from tools import alive
from wire.database import new_engine
from wire.migrations import upgrade


@pytest.fixture
def urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    for name in ("desk", "chat"):
        (tmp_path / name).mkdir()
    for name in ("SESSION_SECRET", "SERVICE_TOKEN", "CONVERSATION_SECRET", "RASA_CHANNEL_SECRET"):
        monkeypatch.setenv(name, name)
    with (
        databases.fresh(tmp_path / "desk", None, migrate) as desk,
        databases.fresh(tmp_path / "chat", None, lambda url: upgrade(url, CHAT_SCRIPTS)) as chat,
    ):
        monkeypatch.setenv("DATABASE_URL", desk)
        monkeypatch.setenv("CHAT_DATABASE_URL", chat)
        yield desk, chat


def told(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["alive", *arguments])
    return alive.main()


@pytest.mark.parametrize("part", ["worker", "reception"])
def test_a_worker_lives_as_long_as_it_shows_itself(urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    assert told(monkeypatch, part) == 1
    for age, status in ((10, 0), (600, 1)):
        with Session(new_engine(urls[0])) as session, session.begin():
            session.merge(Heartbeat(name=part, at=datetime.now(UTC) - timedelta(seconds=age)))
        assert told(monkeypatch, part) == status


def test_the_channels_worker_too(
    urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(monkeypatch, "channels") == 1 and "no sign of life: channels" in capsys.readouterr().err
    Heartbeats(new_engine(urls[1])).beat()
    assert told(monkeypatch, "channels") == 0


class _Unwell(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/well" else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silent."""


def test_an_address_lives_where_it_answers_well(monkeypatch: pytest.MonkeyPatch) -> None:
    with HTTPServer(("127.0.0.1", 0), _Unwell) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        assert (told(monkeypatch, f"{address}/well"), told(monkeypatch, f"{address}/ill")) == (0, 1)
        assert told(monkeypatch, f"{address}/well", f"{address}/ill") == 1
        server.shutdown()
    assert told(monkeypatch, "--wait", "0.6", f"{address}/well") == 1
