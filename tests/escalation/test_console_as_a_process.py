"""The console as Procfile starts it: open streams of news leave room for pages."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy.orm import Session

from escalation import sessions
from escalation.console.live import STREAMS_MAX
from escalation.models import Customer, Staff
from escalation.sessions import Kind
from tests.escalation.desk_helpers import reported
from tests.ports import free_port
from tools.stack import ROOT

START_SECONDS = 60
THREADS = re.search(r"escalation:.*--threads (\d+)", (ROOT / "Procfile").read_text(encoding="utf-8")).group(1)  # type: ignore[union-attr]


@pytest.fixture
def server_url() -> None:
    """SQLite alone: this is about threads."""
    return None


@pytest.fixture
def address(database_url: str, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    own = {name: secrets.token_hex() for name in ("SESSION_SECRET", "SERVICE_TOKEN", "CONVERSATION_SECRET")}
    own |= {"DATABASE_URL": database_url, "MESA_INSTANCE": str(tmp_path)}
    command = [sys.executable, "-m", "gunicorn", "escalation:create_app()", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--threads", THREADS, "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **own}, stdout=subprocess.DEVNULL)
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            requests.get(f"http://127.0.0.1:{port}/consola/ingresar", timeout=5)
            break
        except requests.RequestException:
            time.sleep(0.2)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(START_SECONDS)


def test_however_many_pages_listen_others_are_served_and_hear_the_news(
    address: str, session: Session, carla: Customer, agent: Staff
) -> None:
    token = sessions.start(session, Kind.STAFF, agent.id, timedelta(hours=1), datetime.now(UTC))
    session.commit()
    browser = requests.Session()
    browser.cookies.set("console_session", token, path="/consola/")
    with ExitStack() as open_pages:
        streams = [
            open_pages.enter_context(browser.get(f"{address}/consola/novedades/flujo?desde=0", stream=True, timeout=30))
            for _ in range(int(THREADS) + 4)
        ]
        taken = [stream for stream in streams if stream.status_code == 200]
        assert len(taken) == STREAMS_MAX < int(THREADS)
        assert {stream.status_code for stream in streams if stream not in taken} == {503}
        assert browser.get(f"{address}/consola/", timeout=20).status_code == 200
        number = reported(session, carla).number
        for stream in taken[:2]:
            told = next(line for line in stream.iter_lines(decode_unicode=True) if line.startswith("data: "))
            assert number in told
        assert number in browser.get(f"{address}/consola/novedades/?desde=0", timeout=20).text
