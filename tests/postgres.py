"""A real PostgreSQL server of the tests' own, on a free port of loopback, gone with the session."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2

from tests.ports import free_port

START_SECONDS = 30


@contextmanager
def server() -> Iterator[str]:
    """URL of an empty cluster's ``postgres`` database.

    Raises:
        RuntimeError: PostgreSQL is not installed; says what to install.
    """
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
    process = subprocess.Popen(serve, user=owner, group=owner, cwd=folder, **quiet)
    try:
        _wait(port)
        yield f"postgresql+psycopg2://mesa@127.0.0.1:{port}/postgres"
    finally:
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to go first.
        process.send_signal(signal.SIGINT)
        process.wait(START_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


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
