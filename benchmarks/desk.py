"""``python -m benchmarks.desk``: how fast the console is with few tickets and with many, on SQLite and on PostgreSQL, side by side.

Databases are made for it and thrown away. Pages are asked of the service in this process, one after the other; for the crowd it
runs as Procfile starts it. A listing may take twice as long with many tickets as with few: what takes longer is marked.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

import requests
import structlog
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks import desk_crowd
from benchmarks.desk_crowd import Times
from benchmarks.desk_data import Size, load
from escalation import create_app, sessions, tickets
from escalation.cli import SCRIPTS
from escalation.desk import queues
from escalation.desk.queues import Onlooker
from escalation.desk.wanted import Queue, Wanted
from escalation.models import Customer, Staff
from escalation.sessions import Kind
from escalation.settings import Settings
from escalation.tickets import Report
from tests import databases, postgres
from tests.ports import free_port
from wire.database import new_engine
from wire.migrations import upgrade

DEEP = 1_000
AGENTS, CUSTOMERS = 20, 200
SLOWER_MAX = 2.0
START_SECONDS = 30
Figures = dict[str, str | float]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk", description=__doc__)
    parser.add_argument("--tickets", type=int, default=200_000)
    parser.add_argument("--few", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=30.0, help="of the crowd; 0 leaves it out")
    parser.add_argument("--databases", nargs="+", choices=databases.KINDS, default=list(databases.KINDS))
    asked = parser.parse_args()
    table: dict[str, Figures] = {}
    with ExitStack() as stack:
        server = stack.enter_context(postgres.server()) if "postgresql" in asked.databases else None
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mesa-desk-")))
        for kind in asked.databases:
            for count in (asked.few, asked.tickets):
                place = folder / f"{kind}-{count}"
                place.mkdir()
                with databases.fresh(place, server if kind == "postgresql" else None) as url:
                    name = f"{kind} {count:,}"
                    print(f"{name} …", file=sys.stderr, flush=True)
                    table[name] = _measured(url, place, count, asked)
                    _print({name: table[name]}, sys.stderr)
    _print(table, sys.stdout)
    return 0


def _measured(url: str, place: Path, count: int, asked: argparse.Namespace) -> Figures:
    upgrade(url, SCRIPTS)
    engine = new_engine(url)
    began = time.perf_counter()
    load(engine, Size(count))
    figures: Figures = {"loading, s": time.perf_counter() - began}
    settings = _settings(url, place)
    with Session(engine) as session, session.begin():
        member = session.scalars(select(Staff).limit(1)).one()
        now = datetime.now(UTC)
        token = sessions.start(session, Kind.STAFF, member.id, timedelta(hours=2), now)
        by = Onlooker(member, now, settings.business_hours)
        deep, page = "", Wanted(Queue.ALL, area="mail")
        # As far down as there is anything, at most a thousand pages.
        for _page in range(min(DEEP, count // (8 * queues.PAGE))):
            deep = queues.page(session, page, by, deep).next_key or deep
    client = create_app(settings).test_client()
    # A line for each request would bury the table.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL), cache_logger_on_first_use=False)
    client.set_cookie("console_session", token, path="/consola/")
    pages = {
        "queue page": "/consola/",
        "queue of all": "/consola/?cola=todas",
        "filtered page, 1,000 deep": f"/consola/?cola=todas&area=mail&desde={deep}",
        "search, two words": "/consola/?q=certificado+rechazada",
        "search, a number": f"/consola/?q=MDA-{count - 7:06}",
        "ticket page": f"/consola/tickets/MDA-{count - 5:06}",
        "what is alike": f"/consola/tickets/MDA-{count - 5:06}/parecidos",
    }
    for name, path in pages.items():
        figures |= _timed(name, lambda path=path: _get(client, path), asked.rounds)
    with Session(engine, expire_on_commit=False) as session:
        customer = session.scalars(select(Customer).limit(1)).one()
        figures |= _timed("ticket creation", lambda: _open_ticket(session, customer, settings), asked.rounds)
    if asked.seconds:
        with _served(settings, place) as address:
            figures |= _crowd(desk_crowd.run(address, engine, AGENTS, CUSTOMERS, asked.seconds))
    engine.dispose()
    return figures


def _get(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path}: {answer.status_code}")


def _open_ticket(session: Session, customer: Customer, settings: Settings) -> None:
    now = datetime.now(UTC)
    tickets.open_ticket(session, customer, Report("mail", {"description": "No salen los correos"}), None, settings.area_url, now)
    session.commit()


def _timed(name: str, act: Callable[[], None], rounds: int) -> Figures:
    """The median, and the best: on a machine that others share it says more of the work itself."""
    act()
    times = []
    for _round in range(rounds):
        began = time.perf_counter()
        act()
        times.append((time.perf_counter() - began) * 1000)
    return {f"{name}, median ms": median(times), f"{name}, best ms": min(times)}


def _crowd(times: Times) -> Figures:
    figures: Figures = {}
    for what, seconds in sorted(times.seconds.items()):
        if len(seconds) > 1:
            figures[f"crowd, {what}, p50 ms"] = median(seconds) * 1000
            figures[f"crowd, {what}, p95 ms"] = quantiles(seconds, n=20)[-1] * 1000
    asked = sum(map(len, times.seconds.values()))
    return {**figures, "crowd, requests": asked, "crowd, not answered well": len(times.failed)}


def _settings(url: str, place: Path) -> Settings:
    return Settings(
        database_url=url,
        session_secret=secrets.token_hex(),
        service_token=secrets.token_hex(),
        conversation_secret=secrets.token_hex(),
        public_url="http://127.0.0.1:8001",
        widget_origins=(),
        mail_from="CSIserver Soporte <soporte@csiserver.com>",
        smtp_url="",
        mail_folder=place / "mail",
        files_folder=place / "files",
        front_url="http://127.0.0.1:9",
        trusted_proxies=1,
    )


@contextmanager
def _served(settings: Settings, place: Path) -> Iterator[str]:
    """The service in its own process, as many threads as it has in Procfile."""
    port, threads = free_port(), re.search(r"escalation:.*--threads (\d+)", Path("Procfile").read_text(encoding="utf-8"))
    command = [sys.executable, "-m", "gunicorn", "escalation:create_app()", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--threads", threads[1] if threads else "16", "--log-level", "warning"]
    own = {"DATABASE_URL": settings.database_url, "MESA_INSTANCE": str(place), "TRUSTED_PROXIES": "1"}
    own |= {"FRONT_PUBLIC_URL": settings.front_url, "ESCALATION_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    process = subprocess.Popen(command, env={**os.environ, **settings.secrets(), **own}, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        _wait(f"http://127.0.0.1:{port}/consola/ingresar")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(START_SECONDS + 10)


def _wait(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise SystemExit("the service did not start")


def _print(table: dict[str, Figures], where: object) -> None:
    names = list(table)
    rows = list(dict.fromkeys(row for figures in table.values() for row in figures))
    print("| | " + " | ".join(names) + " |", file=where)  # type: ignore[call-overload]
    print("| --- |" + " ---: |" * len(names), file=where)  # type: ignore[call-overload]
    for row in rows:
        shown = [_shown(table, name, row) for name in names]
        print(f"| {row} | " + " | ".join(shown) + " |", file=where, flush=True)  # type: ignore[call-overload]


def _shown(table: dict[str, Figures], name: str, row: str) -> str:
    value = table[name].get(row)
    if value is None:
        return ""
    few = next(table[other].get(row) for other in table if other.split()[0] == name.split()[0])
    slower = isinstance(few, float) and row.endswith("best ms") and float(value) > SLOWER_MAX * few
    return f"{value:,.1f}{' (!)' if slower else ''}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
