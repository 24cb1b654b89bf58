"""``python -m benchmarks.turns``: what the front door adds to a turn, beside bare Rasa, and what each process weighs.

Wants the system running (``make run`` in another terminal). Turns alternate between the two, one at a time, so that the
machine's noise hits both alike; every ten turns both begin a new conversation, as customers do.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import uuid
from pathlib import Path
from statistics import median, quantiles

import requests

from tools.stack import ROOT, Ports, Stack

QUESTIONS = (
    "hola",
    "no me salen los mails con adjuntos",
    "como cambio la version de php",
    "tengo un problema con el mail",
    "mi sitio esta lento desde ayer",
    "quien gano el partido",
)
TURNS_A_CONVERSATION = 10
ROOMS = {
    "front": "webhook_app:create_app",
    "escalation": "escalation:create_app",
    "worker": "escalation.worker",
    "actions": "bot.actions",
    "channels": "bot.channels.worker",
    "rasa": "bot.components.serve",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turns", description=__doc__)
    parser.add_argument("--turns", type=int, default=200)
    turns = parser.parse_args().turns
    stack = Stack(Path(os.environ.get("MESA_INSTANCE", str(ROOT / "instance"))).resolve(), Ports.from_environment())
    try:
        stack.wait_until_ready(2)
    except RuntimeError as why:
        print(f"Start the system first (make run): {why}", file=sys.stderr)
        return 1
    sides = (_Front(stack), _BareRasa(stack))
    times: dict[str, list[float]] = {"front": [], "bare rasa": []}
    for index in range(turns + len(QUESTIONS)):
        question = QUESTIONS[index % len(QUESTIONS)]
        if index % TURNS_A_CONVERSATION == 0:
            sides = (_Front(stack), _BareRasa(stack))
        for name, side in zip(times, sides, strict=True):
            started = time.perf_counter()
            side.say(question)
            if index >= len(QUESTIONS):  # the first round warms caches on both sides
                times[name].append((time.perf_counter() - started) * 1000)
    _print_times(times)
    _print_memory()
    return 0


class _Front:
    def __init__(self, stack: Stack) -> None:
        self._url = f"{stack.front_url}/widget/messages"
        self._http = requests.Session()
        opened = self._http.post(f"{stack.front_url}/widget/conversations", timeout=10).json()
        self._http.headers["Authorization"] = f"Bearer {opened['token']}"

    def say(self, text: str) -> None:
        answer = self._http.post(self._url, json={"id": str(uuid.uuid4()), "text": text}, timeout=60)
        if answer.json()["replies"][0].get("degraded"):
            raise SystemExit("the bot did not answer a turn")


class _BareRasa:
    def __init__(self, stack: Stack) -> None:
        self._url = f"http://127.0.0.1:{stack.ports.rasa}/webhooks/front/webhook"
        self._sender = str(uuid.uuid4())
        self._http = requests.Session()
        self._http.headers["x-channel-secret"] = stack.environment()["RASA_CHANNEL_SECRET"]

    def say(self, text: str) -> None:
        self._http.post(self._url, json={"sender": self._sender, "message": text}, timeout=60).raise_for_status()


def _print_times(times: dict[str, list[float]]) -> None:
    print(f"{'one turn, ms':14} {'p50':>8} {'p95':>8}   ({len(times['front'])} turns each, alternating)")
    for name, values in times.items():
        print(f"{name:14} {median(values):8.1f} {quantiles(values, n=20)[-1]:8.1f}")
    fifty = median(times["front"]) / median(times["bare rasa"])
    ninety_five = quantiles(times["front"], n=20)[-1] / quantiles(times["bare rasa"], n=20)[-1]
    print(f"{'ratio':14} {fifty:8.2f} {ninety_five:8.2f}")


def _print_memory() -> None:
    print(f"\n{'resident, MB':14}")
    for room, mark in ROOMS.items():
        sizes = [_resident_mb(process) for process in Path("/proc").glob("[0-9]*") if mark in _command(process)]
        print(f"{room:14} {sum(sizes):8.0f}   ({len(sizes)} processes)")


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def _resident_mb(process: Path) -> float:
    for line in (process / "status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    sys.exit(main())
