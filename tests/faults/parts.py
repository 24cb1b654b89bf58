"""The system's processes one by one: honcho ends them all when one dies, a machine does not."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import requests
from honcho.environ import parse_procfile

from tests.customer import Customer
from tools.stack import HOST, ROOT, Stack

WAIT_SECONDS = 90
COMMANDS = parse_procfile((ROOT / "Procfile").read_text()).processes


class Parts:
    """Each part of ``stack`` as a process of its own, ended as the kernel ends one: without a word."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *names: str) -> None:
        """Start ``names`` (all where none is given) and wait until they answer."""
        wanted = names or tuple(COMMANDS)
        for name in wanted:
            with (self.stack.instance / f"{name}.log").open("ab") as log:
                command = ["/bin/sh", "-c", f"exec {COMMANDS[name]}"]
                self._running[name] = subprocess.Popen(
                    command, cwd=ROOT, env=self.stack.environment(), stdout=log, stderr=log, start_new_session=True
                )
        for name in wanted:
            self._wait(name)

    def kill(self, *names: str) -> None:
        """They are gone, with whatever they held in memory."""
        for name in names or tuple(self._running):
            process = self._running.pop(name)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _wait(self, name: str) -> None:
        ports = self.stack.ports
        paths = {
            "front": f"{ports.front}/ayuda/",
            "escalation": f"{ports.escalation}/health",
            "rasa": f"{ports.rasa}/webhooks/front/",
            "actions": f"{ports.actions}/health",
        }
        deadline = time.monotonic() + WAIT_SECONDS
        while name in paths and not _answers(f"http://{HOST}:{paths[name]}"):
            log = (self.stack.instance / f"{name}.log").read_text(errors="replace")[-2000:]
            assert self._running[name].poll() is None, f"{name} ended:\n{log}"
            assert time.monotonic() < deadline, f"{name} does not answer:\n{log}"
            time.sleep(0.2)

    def customer(self) -> Customer:
        """A new visitor."""
        return Customer(self.stack.front_url, self.stack.escalation_url)

    def mails(self) -> list[Path]:
        """What left the house."""
        return sorted((self.stack.instance / "mail").glob("*.eml"))


def _answers(url: str) -> bool:
    try:
        requests.get(url, timeout=5)
    except requests.RequestException:
        return False
    return True
