"""The whole system as processes: its environment, its preparation, its supervisor. Used by ``make run`` and by the tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tools import secrets

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
NEEDED_MB = 500
READY_SECONDS = 180
PORT_VARIABLES = {"front": "PORT", "escalation": "ESCALATION_PORT", "rasa": "RASA_PORT", "actions": "ACTIONS_PORT"}


class CannotStart(RuntimeError):
    """Something outside stands in the way; the text says what to do."""


@dataclass(frozen=True)
class Ports:
    """Where each part listens, all on loopback."""

    front: int = 8000
    escalation: int = 8001
    rasa: int = 5005
    actions: int = 5055

    @classmethod
    def from_environment(cls) -> Ports:
        return cls(**{part: int(os.environ[name]) for part, name in PORT_VARIABLES.items() if name in os.environ})

    def variables(self) -> dict[str, str]:
        """The ports as environment variables."""
        return {name: str(getattr(self, part)) for part, name in PORT_VARIABLES.items()}

    def check_free(self) -> None:
        """Raises:
        CannotStart: a port is taken.
        """
        for part, port in vars(self).items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, port))
                except OSError as taken:
                    choose = f"{PORT_VARIABLES[part]}=… make run"
                    message = f"port {port} ({part}) is taken by another program. Stop that one, or choose: {choose}"
                    raise CannotStart(message) from taken


@dataclass(frozen=True)
class Stack:
    """One running copy: a folder for its data, and its ports. ``settings`` overrides environment variables."""

    instance: Path
    ports: Ports = field(default_factory=Ports)
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def front_url(self) -> str:
        return f"http://{HOST}:{self.ports.front}"

    @property
    def escalation_url(self) -> str:
        return f"http://{HOST}:{self.ports.escalation}"

    def environment(self) -> dict[str, str]:
        """What every process of this copy gets."""
        made = {
            "MESA_INSTANCE": str(self.instance),
            **self.ports.variables(),
            "RASA_URL": f"http://{HOST}:{self.ports.rasa}",
            "ACTIONS_URL": f"http://{HOST}:{self.ports.actions}",
            "ESCALATION_URL": self.escalation_url,
            "ESCALATION_PUBLIC_URL": self.escalation_url,
            "FRONT_PUBLIC_URL": self.front_url,
            "FRONT_URL": self.front_url,
            "TRACKER_DB_URL": f"sqlite:///{self.instance / 'tracker.db'}",
            "PENDING_DATABASE_URL": f"sqlite:///{self.instance / 'pending.db'}",
        }
        fixed = {
            "PYTHONPATH": str(ROOT),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONUNBUFFERED": "1",
            "RASA_TELEMETRY_ENABLED": "false",
        }
        given = {name: os.environ[name] for name in made if name in os.environ and "PORT" not in name}
        return {
            **os.environ,
            **secrets.load_or_make(self.instance / "secrets.env"),
            **made,
            **given,
            **fixed,
            **self.settings,
        }

    def prepare(self) -> None:
        """Folder, room on the disk, model, schemas, demo log-ins; each only where it is missing or old.

        Raises:
            CannotStart: no room, or one of the steps failed.
        """
        self.instance.mkdir(parents=True, exist_ok=True)
        free_mb = shutil.disk_usage(self.instance).free // 2**20
        if free_mb < NEEDED_MB:
            raise CannotStart(f"only {free_mb} MB free in {self.instance}; {NEEDED_MB} MB are needed. Make room and try again")
        logins = str(self.instance / "demo-logins.json")
        for step in (
            ["-m", "bot.components.model"],
            ["-m", "bot.channels.migrate"],
            ["-m", "flask", "--app", "escalation", "migrate"],
            ["-m", "flask", "--app", "escalation", "demo", logins],
        ):
            done = subprocess.run([sys.executable, *step], cwd=ROOT, env=self.environment(), check=False)  # noqa: S603  # nosec B603
            if done.returncode != 0:
                raise CannotStart(f"`python {' '.join(step)}` failed; the reason stands above")

    def wait_until_ready(self, seconds: float = READY_SECONDS) -> dict[str, str]:
        """The parts' health once all are well.

        Raises:
            CannotStart: they were not, in time; says which part.
        """
        deadline = time.monotonic() + seconds
        parts = {"front": "does not answer"}
        while time.monotonic() < deadline:
            try:
                report = requests.get(f"{self.front_url}/health", timeout=5)
                parts = report.json()["parts"]
                if report.ok:
                    return parts
            except (requests.RequestException, ValueError):
                pass
            time.sleep(0.3)
        unwell = ", ".join(f"{part}: {state}" for part, state in parts.items() if state != "ok")
        raise CannotStart(f"not ready after {seconds:.0f} seconds ({unwell})")
