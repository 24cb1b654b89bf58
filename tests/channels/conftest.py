"""A front door between a stand-in for Rasa and one for escalation."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import text

from bot.channels.migrate import SCRIPTS
from bot.channels.settings import Settings
from tests import databases
from tests.channels.stand_ins import POLL_SECONDS, SERVICE_TOKEN, FakeEscalation, FakeRasa
from tests.ports import free_port
from tools.stack import ROOT
from webhook_app import create_app
from wire.database import new_engine
from wire.migrations import upgrade


def migrate(url: str) -> None:
    upgrade(url, SCRIPTS)


@pytest.fixture
def rasa() -> Iterator[FakeRasa]:
    server = FakeRasa()
    threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def desk() -> Iterator[FakeEscalation]:
    standing = FakeEscalation()
    yield standing
    standing.stop()


@pytest.fixture
def settings(server_url: str | None, tmp_path: Path, rasa: FakeRasa, desk: FakeEscalation) -> Iterator[Settings]:
    with databases.fresh(tmp_path, server_url, migrate) as url:
        yield Settings(
            chat_database_url=url,
            conversation_secret="secret",
            rasa_url=f"http://127.0.0.1:{rasa.server_port}",
            rasa_channel_secret="channel",
            escalation_url=desk.url,
            escalation_public_url="http://desk.test",
            front_public_url="http://front.test",
            service_token=SERVICE_TOKEN,
            files_folder=tmp_path / "files",
            rasa_timeout=5,
        )


@pytest.fixture
def client(settings: Settings) -> FlaskClient:
    return create_app(settings).test_client()


class Visitor:
    """Somebody with a conversation of his own."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client
        opened = client.post("/widget/conversations").json
        self.conversation_id: str = opened["conversation_id"]
        self.headers = {"Authorization": f"Bearer {opened['token']}"}

    def write(self, text: str, message_id: str) -> dict[str, Any]:
        """The whole answer to a typed message."""
        answer = self._client.post("/widget/messages", json={"id": message_id, "text": text}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json

    def history(self) -> list[dict[str, Any]]:
        """What a reload shows."""
        return self._client.get("/widget/messages", headers=self.headers).json["messages"]

    def said(self) -> list[tuple[str, str]]:
        """Who said what."""
        return [(message["author"], message["text"]) for message in self.history()]


@pytest.fixture
def visitor(client: FlaskClient) -> Visitor:
    return Visitor(client)


def all_that_is_stored(settings: Settings) -> str:
    """Every column of every row of the chat database."""
    with new_engine(settings.chat_database_url).connect() as connection:
        tables = ("conversations", "messages", "chat_attachments")
        rows = [row for table in tables for row in connection.execute(text(f"SELECT * FROM {table}"))]
    return "\n".join(str(tuple(row)) for row in rows)


@pytest.fixture
def front(tmp_path: Path, rasa: FakeRasa, desk: FakeEscalation) -> Iterator[str]:
    """Address of a front door in a process of its own, as in production; it keeps all in ``tmp_path``, its log too."""
    port, database = free_port(), f"sqlite:///{tmp_path / 'chat.db'}"
    migrate(database)
    environment = {
        **os.environ,
        "CHAT_DATABASE_URL": database,
        "CHAT_FILES_FOLDER": str(tmp_path / "files"),
        "CONVERSATION_SECRET": "secret",
        "RASA_CHANNEL_SECRET": "channel",
        "SERVICE_TOKEN": SERVICE_TOKEN,
        "RASA_URL": f"http://127.0.0.1:{rasa.server_port}",
        "ESCALATION_URL": desk.url,
        "ESCALATION_PUBLIC_URL": desk.url,
    }
    serve = ["-m", "gunicorn", "webhook_app:create_app()", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    with (tmp_path / "front.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *serve, "--threads", "8"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while True:
        assert process.poll() is None and time.monotonic() < deadline, (tmp_path / "front.log").read_text()
        try:
            requests.get(f"{url}/widget.js", timeout=1)
            break
        except requests.RequestException:
            time.sleep(0.1)
    yield url
    process.terminate()
    process.wait(20)
