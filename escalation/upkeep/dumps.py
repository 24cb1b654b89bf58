"""The database as one file, as it was at one moment while others wrote; and back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import URL, make_url

from wire.database import new_engine

VERSION_TABLE = "escalation_schema_version"


class CannotDo(Exception):
    """Backup or restore is not possible; says why and what to do."""


def kind_of(database_url: str) -> str:
    """``sqlite`` or ``postgresql``."""
    return make_url(database_url).get_backend_name()


def dump(database_url: str, target: Path) -> None:
    """Write the whole database to ``target``.

    SQLite: the online backup API in one step, so that the copy is of one moment (sqlite.org/backup.html); PostgreSQL: pg_dump in
    its custom format, which reads one snapshot.

    Raises:
        CannotDo: pg_dump is missing or failed, or there is no database.
    """
    url = make_url(database_url)
    if kind_of(database_url) == "sqlite":
        _copy_sqlite(Path(url.database or ""), target)
        return
    _postgres("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def has_tables(database_url: str) -> bool:
    """Whether anything lies there that a restore would overwrite."""
    url = make_url(database_url)
    if kind_of(database_url) == "sqlite" and not Path(url.database or "").exists():
        return False
    engine = new_engine(database_url)
    try:
        return bool(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def load(source: Path, database_url: str) -> None:
    """Put the database of :func:`dump` in the place of the one that is there; an SQLite file that was there is kept beside.

    Raises:
        CannotDo: the dump is broken, or pg_restore is missing or failed.
    """
    url = make_url(database_url)
    if kind_of(database_url) == "sqlite":
        _replace_sqlite(source, Path(url.database or ""))
        return
    _postgres("pg_restore", url, "--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", str(source))


def _copy_sqlite(database: Path, target: Path) -> None:
    if not database.is_file():
        raise CannotDo(f"there is no database at {database}")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _replace_sqlite(source: Path, database: Path) -> None:
    with closing(sqlite3.connect(source)) as copy:
        try:
            sound = copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        except sqlite3.DatabaseError:
            sound = False
    if not sound:
        raise CannotDo("the database in this backup is damaged")
    database.parent.mkdir(parents=True, exist_ok=True)
    half = database.with_name(f".{database.name}.part")
    shutil.copyfile(source, half)
    half.chmod(0o600)
    if database.exists():
        _set_aside(database)
    half.replace(database)


def _set_aside(database: Path) -> None:
    aside = database.with_name(f"{database.name}.replaced-{datetime.now(UTC):%Y%m%d%H%M%S}")
    # What the old file has in its log belongs to it, and must not be taken for the new one's.
    for ending in ("", "-wal", "-shm"):
        old = database.with_name(database.name + ending)
        if old.exists():
            old.replace(aside.with_name(aside.name + ending))


def _postgres(program: str, url: URL, *arguments: str) -> None:
    found = shutil.which(program) or next((str(path) for path in _installed(program)), None)
    if found is None:
        raise CannotDo(f"{program} was not found; install PostgreSQL's client programs (Debian: postgresql-client)")
    # Not on the command line, where everybody on the machine could read it.
    secret = {"PGPASSWORD": url.password} if url.password else {}
    address = url.set(drivername="postgresql", password=None).render_as_string()
    command = [found, f"--dbname={address}", *arguments]
    done = subprocess.run(command, env={**os.environ, **secret}, capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603
    if done.returncode != 0:
        raise CannotDo(f"{program} failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else done.returncode}")


def _installed(program: str) -> list[Path]:
    # Debian keeps each version's own; the newest reads what older servers wrote.
    return sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)
