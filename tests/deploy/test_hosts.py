"""Rasa and the action server listen where they are told, and where nobody told them on loopback alone."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.components import serve
from bot.components.model import MODEL_NAME
from tests.ports import free_port
from tools import alive
from tools.stack import ROOT

STOP_SECONDS = 20


@contextmanager
def action_server(folder: Path, **more: str) -> Iterator[int]:
    """A real one; its port."""
    port = free_port()
    needed = {
        "ESCALATION_URL": "http://127.0.0.1:1",
        "SERVICE_TOKEN": "service",
        "FRONT_PUBLIC_URL": "http://front.test",
        "PENDING_DATABASE_URL": f"sqlite:///{folder / 'pending.db'}",
        "ACTIONS_PORT": str(port),
    }
    with (folder / "actions.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.actions"], cwd=ROOT, env={**os.environ, **needed, **more}, stdout=log, stderr=log
        )
    try:
        yield port
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def answers(monkeypatch: pytest.MonkeyPatch, url: str, wait: str) -> bool:
    monkeypatch.setattr(sys, "argv", ["alive", "--wait", wait, url])
    return alive.main() == 0


@pytest.mark.parametrize(("told", "here", "elsewhere"), [({}, 1, 2), ({"ACTIONS_HOST": "127.0.0.2"}, 2, 1)])
def test_the_action_server_listens_there_and_nowhere_else(
    told: dict[str, str], here: int, elsewhere: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with action_server(tmp_path, **told) as port:
        assert answers(monkeypatch, f"http://127.0.0.{here}:{port}/health", "60"), (tmp_path / "actions.log").read_text()
        assert not answers(monkeypatch, f"http://127.0.0.{elsewhere}:{port}/health", "0")


@pytest.mark.parametrize(("told", "host"), [({}, "127.0.0.1"), ({"RASA_HOST": "10.1.2.3"}, "10.1.2.3")])
def test_rasa_is_started_there(told: dict[str, str], host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / f"{MODEL_NAME}.tar.gz").touch()
    for name, value in {"MESA_INSTANCE": str(tmp_path), "RASA_TOKEN": "token", **told}.items():
        monkeypatch.setenv(name, value)
    # Rasa herself takes twenty seconds to come; what she is told is what is asked here.
    started: list[list[str]] = []
    program = types.ModuleType("rasa.__main__")
    program.main = lambda: started.append(list(sys.argv))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "rasa", types.ModuleType("rasa"))
    monkeypatch.setitem(sys.modules, "rasa.__main__", program)
    monkeypatch.setattr(sys, "argv", ["serve"])
    for name in ("RASA_TELEMETRY_ENABLED", "TF_CPP_MIN_LOG_LEVEL", "SQLALCHEMY_SILENCE_UBER_WARNING"):
        monkeypatch.setenv(name, os.environ.get(name, "1"))
    serve.main()
    assert started[0][started[0].index("--interface") + 1] == host
