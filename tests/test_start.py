"""Starting: clear words where something outside stands in the way, a clean end with Ctrl-C."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import RunningSystem
from tests.ports import free_port
from tools import secrets
from tools.stack import ROOT, CannotStart, Ports, Stack


def test_a_taken_port_is_named_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"port {port}.*PORT=… make run"):
            Ports(front=port, escalation=free_port(), rasa=free_port(), actions=free_port()).check_free()


def test_no_room_on_the_disk_is_said_with_the_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.stack.NEEDED_MB", 10**9)
    with pytest.raises(CannotStart, match="MB free"):
        Stack(tmp_path / "instance").prepare()


def test_another_python_is_refused_with_what_to_do(tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\ncase "$1" in -c) exit 1;; *) echo "Python 3.9.2";; esac\n')
    old.chmod(0o755)
    done = subprocess.run(["sh", ROOT / "tools/setup.sh"], env={**os.environ, "PYTHON": str(old)}, capture_output=True, text=True)
    assert done.returncode == 1 and "Python 3.9.2 is not Python 3.11" in done.stderr
    done = subprocess.run(["sh", ROOT / "tools/setup.sh"], env={**os.environ, "PYTHON": "no-such"}, capture_output=True, text=True)
    assert done.returncode == 1 and "Python 3.11 is needed" in done.stderr


def test_a_second_set_up_does_nothing() -> None:
    done = subprocess.run(
        ["sh", ROOT / "tools/setup.sh"], env={**os.environ, "PYTHON": sys.executable}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_secrets_are_random_kept_and_for_their_owner_alone(tmp_path: Path) -> None:
    first, other = secrets.load_or_make(tmp_path / "a.env"), secrets.load_or_make(tmp_path / "b.env")
    assert set(first) == set(secrets.NAMES) and min(map(len, first.values())) >= 32
    assert first != other and secrets.load_or_make(tmp_path / "a.env") == first
    assert (tmp_path / "a.env").stat().st_mode & 0o077 == 0


def test_what_customers_wrote_is_for_the_owners_eyes_alone(system: RunningSystem) -> None:
    files = [file for pattern in ("*.db", "*.env", "*.json") for file in system.stack.instance.glob(pattern)]
    assert len(files) >= 5
    assert [file.name for file in files if file.stat().st_mode & 0o077] == []


def test_no_secret_stands_on_a_command_line(system: RunningSystem) -> None:
    commands = b"\n".join(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline"))
    assert not [name for name in secrets.NAMES if system.secret(name).encode() in commands]


def test_ctrl_c_ends_every_part(instance_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to((instance_folder / "models").resolve())
    stack = Stack(tmp_path, Ports(*(free_port() for _ in range(4))))
    running = RunningSystem(stack, tmp_path / "run.log")
    running.wait()
    running.stop()
    stack.ports.check_free()
