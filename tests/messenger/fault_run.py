"""``python -m tests.messenger.fault_run``: thousands of events, doubled, reordered, with failures at Meta and processes killed.

The front door (gunicorn) and the channels' worker are real processes on one SQLite database; Meta and Rasa are stand-ins over
HTTP. Ends with a table, and with 1 where a customer's message was not taken exactly once or a reply was lost, doubled or moved.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

import requests
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.channels.messenger import tables as t
from bot.channels.messenger import words
from bot.channels.messenger.tables import Event, Outgoing
from tests.channels.conftest import migrate
from tests.messenger import meta
from tests.messenger.graph import Fault, GraphStandIn
from tests.messenger.meta_delivers import Deliveries
from tests.messenger.rasa_once import RasaOnce, answers
from tests.ports import free_port
from tools.stack import ROOT
from wire.database import new_engine

DOUBLED, REORDERED, FAILED = 0.10, 0.05, 0.05
MESSAGES_A_PERSON = 25
SEED = 7
# Of what may go wrong with a send, all alike often but the one that slows the whole Page down.
FAULTS = (
    Fault(broken="before"),
    Fault(broken="after"),
    Fault(status=500),
    Fault(2, status=500),
    Fault(1200),
    Fault(seconds=1.0),
)
RATE_FAULT, RATE_SHARE = Fault(613), 0.02
# When each is killed, as a share of the events that were delivered.
KILLS = ((0.2, "worker"), (0.4, "front"), (0.6, "worker"), (0.8, "front"))


@dataclass
class Outcome:
    """What is to be shown; each of ``wrong`` must be 0."""

    shown: dict[str, object] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        rows = [*self.shown.items(), *self.wrong.items()]
        return "\n".join(f"{name:58} {value}" for name, value in rows)


class Processes:
    """Front door and worker, to be killed and started again."""

    def __init__(self, folder: Path, graph: GraphStandIn, rasa: RasaOnce) -> None:
        self.folder = folder
        self.port = free_port()
        self.database = f"sqlite:///{folder / 'chat.db'}"
        migrate(self.database)
        self._environment = {
            **os.environ,
            "MESA_INSTANCE": str(folder),
            "CHAT_DATABASE_URL": self.database,
            "CONVERSATION_SECRET": "secret",
            "RASA_CHANNEL_SECRET": "channel",
            "SERVICE_TOKEN": "service",
            "RASA_URL": f"http://127.0.0.1:{rasa.server_port}",
            "ESCALATION_URL": f"http://127.0.0.1:{free_port()}",
            "MESSENGER_VERIFY_TOKEN": meta.VERIFY_TOKEN,
            "MESSENGER_APP_SECRET": meta.APP_SECRET,
            "MESSENGER_PAGE_TOKEN": meta.PAGE_TOKEN,
            "MESSENGER_APP_ID": meta.APP,
            "MESSENGER_GRAPH_URL": graph.url,
            "MESSENGER_RATE": "500",
            "MESSENGER_SETTLE_SECONDS": "0.6",
            "MESSENGER_ECHO_SECONDS": "3",
        }
        serve = ["gunicorn", "webhook_app:create_app()", "--bind", f"127.0.0.1:{self.port}", "--worker-class", "gthread"]
        self._commands = {"front": [*serve, "--threads", "48"], "worker": ["bot.channels.worker"]}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", *self._commands[name]]
            self._running[name] = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )

    def wait_for_front(self) -> None:
        deadline = time.monotonic() + 90
        while True:
            try:
                requests.get(f"http://127.0.0.1:{self.port}/widget.js", timeout=1)
                return
            except requests.RequestException:
                assert time.monotonic() < deadline, (self.folder / "front.log").read_text()[-2000:]
                time.sleep(0.1)

    def kill(self, name: str) -> None:
        """-9, gunicorn's workers with it."""
        process = self._running[name]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self) -> None:
        for process in self._running.values():
            os.killpg(process.pid, signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def run(count: int, rate: float, folder: Path, patience: float = 600.0) -> Outcome:
    """``count`` customer messages at ``rate`` a second; returns what became of them."""
    graph, rasa = GraphStandIn(), RasaOnce()
    graph.open_to_all = True
    chance = random.Random(SEED)  # noqa: S311
    faults: Counter[str] = Counter()

    def fault_of(body: dict[str, object]) -> Fault | None:
        if "message" not in body or chance.random() >= FAILED:
            return None
        fault = RATE_FAULT if chance.random() < RATE_SHARE else chance.choice(FAULTS)
        faults[fault.broken or (f"code {fault.code}" if fault.code else "slow" if fault.seconds else f"{fault.status}")] += 1
        return fault

    graph.fault_of = fault_of
    processes = Processes(folder, graph, rasa)
    deliveries = Deliveries(f"http://127.0.0.1:{processes.port}/webhooks/messenger", DOUBLED, SEED)
    graph.after = deliveries.echo
    for server in (graph, rasa):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        processes.start("front")
        processes.start("worker")
        processes.wait_for_front()
        deliveries.start()
        sent, reordered = _customers_write(deliveries, count, rate, chance)
        _kill_meanwhile(processes, rasa, count, patience)
        _wait(processes.database, deliveries, rasa, count, patience)
        return _judge(processes.database, graph, rasa, deliveries, sent, reordered, faults)
    finally:
        deliveries.stop()
        processes.stop()
        graph.stop()
        rasa.shutdown()
        rasa.server_close()


def _customers_write(deliveries: Deliveries, count: int, rate: float, chance: random.Random) -> tuple[dict[str, list[str]], int]:
    """Schedule all messages; returns each person's in order, and how many were delivered behind the next one."""
    people = max(count // MESSAGES_A_PERSON, 2)
    sent: dict[str, list[str]] = {f"person{number}": [] for number in range(people)}
    begin, clock, reordered = time.monotonic() + 0.5, int(time.time() * 1000), 0
    for number in range(count):
        psid = chance.choice(list(sent))
        at = begin + number / rate
        text = f"{psid} dice {len(sent[psid])}"
        sent[psid].append(text)
        # Behind his next one, as two deliveries on two connections may be; never so late that a person would write between.
        if chance.random() < REORDERED:
            reordered += 1
            at += 0.25
        deliveries.put(meta.message(text, f"m_{number:06d}_{psid}", clock + number - meta.A_MINUTE_AGO, psid), at)
    return sent, reordered


def _kill_meanwhile(processes: Processes, rasa: RasaOnce, count: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    for share, name in KILLS:
        while len(rasa.turns) < share * count:
            assert time.monotonic() < deadline, f"stuck at {len(rasa.turns)} of {count}"
            time.sleep(0.05)
        processes.kill(name)
        time.sleep(0.5)
        processes.start(name)


def _wait(database: str, deliveries: Deliveries, rasa: RasaOnce, count: int, patience: float) -> None:
    engine = new_engine(database)
    deadline = time.monotonic() + patience
    quiet = 0
    while quiet < 4:
        with Session(engine) as session:
            events = session.scalar(select(func.count()).select_from(Event).where(Event.state == t.RECEIVED))
            rows = session.scalar(select(func.count()).select_from(Outgoing).where(Outgoing.state.in_((t.PENDING, t.SENDING))))
        done = not events and not rows and not deliveries.left() and len(rasa.turns) >= count
        quiet = quiet + 1 if done else 0
        if time.monotonic() > deadline:
            print(
                f"not done in time: {events} events, {rows} messages out, {deliveries.left()} deliveries, {len(rasa.turns)} turns"
            )
            break
        time.sleep(0.5)
    engine.dispose()


def _judge(
    database: str,
    graph: GraphStandIn,
    rasa: RasaOnce,
    deliveries: Deliveries,
    sent: dict[str, list[str]],
    reordered: int,
    faults: Counter[str],
) -> Outcome:
    messages = [text for texts in sent.values() for text in texts]
    taken = Counter(text for _, text in rasa.turns)
    heard = {psid: [text for text in (text for _, text in rasa.turns) if text.startswith(f"{psid} ")] for psid in sent}
    read = {psid: [text for text in graph.texts(psid) if text != words.DISCLOSURE] for psid in sent}
    expected = {psid: [answer for text in heard[psid] for answer in answers(text)] for psid in sent}
    missing = sum((Counter(expected[psid]) - Counter(read[psid])).total() for psid in sent)
    twice = sum((Counter(read[psid]) - Counter(expected[psid])).total() for psid in sent)
    times = sorted(deliveries.milliseconds)
    engine = new_engine(database)
    with Session(engine) as session:
        failed = session.scalar(select(func.count()).select_from(Event).where(Event.state == t.FAILED)) or 0
        states = dict(
            session.execute(select(Outgoing.state, func.count()).where(Outgoing.kind == t.REPLY).group_by(Outgoing.state)).all()
        )
    engine.dispose()
    return Outcome(
        shown={
            "customer messages": len(messages),
            "people": len(sent),
            "webhook calls": deliveries.calls,
            "events delivered a second time": deliveries.doubles,
            "messages delivered behind the person's next one": reordered,
            "calls that failed and were repeated (door killed)": deliveries.repeated_calls,
            "faults at Meta's side": sum(faults.values()),
            **{f"  {name}": number for name, number in sorted(faults.items())},
            "kill -9": ", ".join(name for _, name in KILLS),
            "turns that were asked for again after a kill": sum(number - 1 for number in rasa.asked.values()),
            "replies to be delivered": sum(map(len, expected.values())),
            "replies delivered": sum(map(len, read.values())),
            "most messages to one person at once": graph.most_at_once,
            "acknowledged, ms: p50 / p95 / p99 / max": _spread(times),
            "messages out by state": states,
        },
        wrong={
            "customer messages never taken": len(set(messages) - set(taken)),
            "customer messages taken twice": sum(number - 1 for number in taken.values()),
            "people whose messages were taken out of order": sum(heard[psid] != sent[psid] for psid in sent),
            "replies missing": missing,
            "replies delivered twice": twice,
            "people whose replies are out of order": sum(
                list(dict.fromkeys(read[psid])) != list(dict.fromkeys(expected[psid])) for psid in sent
            ),
            "refused by Meta for overstepping a limit": len(graph.refused),
            "events given up": failed,
        },
    )


def _spread(times: list[float]) -> str:
    if len(times) < 100:
        return f"{median(times):.1f} (too few for more)" if times else "-"
    cuts = quantiles(times, n=100)
    return " / ".join(f"{value:.1f}" for value in (median(times), cuts[94], cuts[98], times[-1]))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.messenger.fault_run", description=__doc__)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--rate", type=float, default=40.0, help="customer messages a second")
    parser.add_argument("--keep", type=Path, help="folder for database and logs (a temporary one)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        outcome = run(given.events, given.rate, folder)
    print(f"{outcome}\n{'seconds':58} {time.monotonic() - started:.0f}")
    return 1 if any(outcome.wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
