"""``python -m benchmarks.messenger``: how fast the front door acknowledges Messenger's events while Rasa works them off.

Starts a copy of the whole system (real Rasa, real action server) on free ports with a stand-in in Meta's place, delivers events
at a steady pace, each by itself and signed, and prints the times until 200. Meta waits 20 seconds; the aim is p99 below 50 ms.
"""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import func, select

from bot.channels.messenger.tables import DONE, Event
from tests.messenger import meta
from tests.messenger.graph import GraphStandIn
from tests.ports import free_port
from tools.stack import ROOT, Ports, Stack
from wire.database import new_engine

QUESTIONS = ("hola", "no me salen los mails con adjuntos", "como cambio la version de php", "mi sitio esta lento desde ayer")
CONNECTIONS = 16
MESSAGES_A_PERSON = 5
AIM_MS = 50.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.messenger", description=__doc__)
    parser.add_argument("--rate", type=float, default=100.0, help="events a second")
    parser.add_argument("--seconds", type=float, default=30.0)
    given = parser.parse_args()
    graph = GraphStandIn().start()
    graph.open_to_all = True
    with tempfile.TemporaryDirectory() as folder:
        stack = _stack(Path(folder), graph)
        system = _start(stack)
        try:
            stack.wait_until_ready()
            _deliver(stack, given.rate, 3.0, "warm")  # caches, connections, Rasa's first turns
            times, late = _deliver(stack, given.rate, given.seconds, "run")
            _print(stack, given.rate, times, late)
        finally:
            system.send_signal(signal.SIGINT)
            system.wait(60)
            graph.stop()
    return 0


def _stack(folder: Path, graph: GraphStandIn) -> Stack:
    models = Path(os.environ.get("MESA_INSTANCE", str(ROOT / "instance"))).resolve() / "models"
    (folder / "models").symlink_to(models)
    settings = {
        "MESSENGER_VERIFY_TOKEN": meta.VERIFY_TOKEN,
        "MESSENGER_APP_SECRET": meta.APP_SECRET,
        "MESSENGER_PAGE_TOKEN": meta.PAGE_TOKEN,
        "MESSENGER_GRAPH_URL": graph.url,
    }
    return Stack(folder, Ports(*(free_port() for _ in range(4))), settings)


def _start(stack: Stack) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **stack.ports.variables(), "MESA_INSTANCE": str(stack.instance), **stack.settings}
    with (stack.instance / "run.log").open("w") as log:
        command = [sys.executable, "-m", "tools.run"]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)  # noqa: S603  # nosec B603


def _deliver(stack: Stack, rate: float, seconds: float, name: str) -> tuple[list[float], list[float]]:
    """Milliseconds until 200 for each event, and how late each was sent by this process (a busy machine delays it as well)."""
    local, begin = threading.local(), time.perf_counter() + 0.2

    def one(number: int) -> tuple[float, float]:
        raw, headers = _call(number, name)
        time.sleep(max(begin + number / rate - time.perf_counter(), 0.0))
        if not hasattr(local, "line"):
            local.line = http.client.HTTPConnection("127.0.0.1", stack.ports.front, timeout=30)
        started = time.perf_counter()
        local.line.request("POST", "/webhooks/messenger", raw, headers)
        answer = local.line.getresponse()
        answer.read()
        ended = time.perf_counter()
        if answer.status != 200:
            raise SystemExit(f"an event was answered with {answer.status}")
        return (ended - started) * 1000, (started - begin - number / rate) * 1000

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        found = list(pool.map(one, range(int(rate * seconds))))
    return [took for took, _ in found], [late for _, late in found]


def _call(number: int, name: str) -> tuple[bytes, dict[str, str]]:
    psid = f"{name}{number // MESSAGES_A_PERSON}"
    now = int(time.time() * 1000) - meta.A_MINUTE_AGO
    event = meta.message(QUESTIONS[number % len(QUESTIONS)], f"m_{name}_{number}", now, psid)
    return meta.signed(meta.body_of(event))


def _print(stack: Stack, rate: float, times: list[float], late: list[float]) -> None:
    engine = new_engine(f"sqlite:///{stack.instance / 'chat.db'}")
    with engine.connect() as connection:
        stored = connection.scalar(select(func.count()).select_from(Event))
        answered = connection.scalar(select(func.count()).select_from(Event).where(Event.state == DONE))
    engine.dispose()
    cuts = quantiles(times, n=100)
    print(f"{len(times)} events at {rate:.0f}/s; stored {stored}, answered by the bot meanwhile {answered}")
    spread = f"p50 {median(times):.1f}  p95 {cuts[94]:.1f}  p99 {cuts[98]:.1f}  max {max(times):.1f}"
    print(f"acknowledged, ms: {spread}  (aim: p99 < {AIM_MS:.0f})")
    print(f"sent late by this process, ms: p50 {median(late):.1f}  p99 {quantiles(late, n=100)[98]:.1f}")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    sys.exit(main())
