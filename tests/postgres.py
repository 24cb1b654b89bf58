"""A real PostgreSQL server of the tests' own, on a free port of loopback, gone with the session; one for all workers of a run."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg2

from tests.ports import free_port

START_SECONDS = 30


@dataclass(frozen=True)
class Cluster:
    """A running server: its ``postgres`` database, its process and where its data lie."""

    url: str
    pid: int
    folder: str


@contextmanager
def server() -> Iterator[str]:
    """URL of an empty cluster's ``postgres`` database.

    Raises:
        RuntimeError: PostgreSQL is not installed; says what to install.
    """
    cluster = _started()
    try:
        yield cluster.url
    finally:
        _stop(cluster)


@contextmanager
def shared(meeting_place: Path) -> Iterator[str]:
    """As :func:`server`, one for all processes that name the same folder: the first starts it, the last one stops it."""
    with _alone(meeting_place) as users:
        cluster = Cluster(**users["cluster"]) if users else _started()
        users |= {"cluster": asdict(cluster), "count": users.get("count", 0) + 1}
    try:
        yield cluster.url
    finally:
        with _alone(meeting_place) as users:
            users["count"] -= 1
            if not users["count"]:
                _stop(cluster)
                users.clear()


@contextmanager
def _alone(meeting_place: Path) -> Iterator[dict]:  # type: ignore[type-arg]
    """What the processes share, as long as nobody else has it."""
    with (meeting_place / "postgres.json").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        shared_by = json.loads(file.read() or "{}")
        yield shared_by
        file.seek(0)
        file.truncate()
        file.write(json.dumps(shared_by))
        file.flush()


def _started() -> Cluster:
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not binaries:
        raise RuntimeError("PostgreSQL is not installed: tools/system-packages.sh does it (Debian package postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="mesa-pg-"))
    # PostgreSQL refuses to run as root.
    owner = "postgres" if os.geteuid() == 0 else None
    if owner:
        shutil.chown(folder, owner)
    port = free_port()
    data = folder / "data"
    make = [binaries[-1] / "initdb", "-D", data, "-U", "mesa", "--auth=trust", "-E", "UTF8"]
    subprocess.run(make, check=True, capture_output=True, user=owner, group=owner, cwd=folder)
    options = ["-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    serve = [binaries[-1] / "postgres", "-D", data, *options]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    # In a session of its own: it outlives the worker that happened to start it.
    process = subprocess.Popen(serve, user=owner, group=owner, cwd=folder, start_new_session=True, **quiet)
    cluster = Cluster(f"postgresql+psycopg2://mesa@127.0.0.1:{port}/postgres", process.pid, str(folder))
    try:
        _wait(port)
    except BaseException:
        _stop(cluster)
        raise
    return cluster


def _stop(cluster: Cluster) -> None:
    # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to go first.
    os.kill(cluster.pid, signal.SIGINT)
    # It may be another process's child; the file is there as long as the server is.
    alive, deadline = Path(cluster.folder) / "data" / "postmaster.pid", time.monotonic() + START_SECONDS
    while alive.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    shutil.rmtree(cluster.folder, ignore_errors=True)


def _wait(port: int) -> None:
    """It listens before it answers: on a busy machine that is a second during which it refuses everybody."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            psycopg2.connect(host="127.0.0.1", port=port, user="mesa", dbname="postgres").close()
            return
        except psycopg2.OperationalError:
            time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL did not start on port {port}")
