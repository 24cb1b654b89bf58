"""Fresh databases for one test each: a SQLite file, or a database of the tests' PostgreSQL server."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from sqlalchemy import create_engine, text

KINDS = ("sqlite", "postgresql")
Migrate = Callable[[str], None]
# A tenth of what TRUNCATE takes for as many tables, which gives each of them new files. Without triggers, or each row would also
# be taken out of the search index, whose tables are emptied like the others.
_FORGET_ALL = """
DO $$ DECLARE each record; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR each IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%schema_version' LOOP
    EXECUTE format('DELETE FROM %I', each.name);
  END LOOP;
  FOR each IN SELECT format('%I.%I', schemaname, sequencename) AS name FROM pg_sequences WHERE last_value IS NOT NULL LOOP
    PERFORM setval(each.name::regclass, 1, false);
  END LOOP;
END $$
"""


@contextmanager
def fresh(folder: Path, server_url: str | None, migrate: Migrate | None = None) -> Iterator[str]:
    """URL of a database of one's own: SQLite where there is no ``server_url``; empty, or with the schema of ``migrate``.

    The schema is made once, then copied (SQLite) or emptied (PostgreSQL): a hundred migrations would cost more than all tests.
    """
    if server_url is None:
        file = folder / "test.db"
        if migrate is not None:
            shutil.copy(_sqlite_template(migrate, folder.parent), file)
        yield f"sqlite:///{file}"
        return
    url = _migrated(migrate, server_url) if migrate is not None else _created(server_url)
    yield url
    if migrate is None:
        _administer(server_url, f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")
    else:
        _empty(url)


@lru_cache
def _sqlite_template(migrate: Migrate, folder: Path) -> Path:
    file = folder / f"template-{uuid.uuid4().hex}.db"
    migrate(f"sqlite:///{file}")
    return file


@lru_cache
def _migrated(migrate: Migrate, server_url: str) -> str:
    url = _created(server_url)
    migrate(url)
    return url


def _created(server_url: str) -> str:
    name = f"test_{uuid.uuid4().hex}"
    _administer(server_url, f"CREATE DATABASE {name} TEMPLATE template0")
    return _other(server_url, name)


def _empty(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(_FORGET_ALL))
    engine.dispose()


def _other(server_url: str, name: str) -> str:
    return f"{server_url.rsplit('/', 1)[0]}/{name}"


def _administer(server_url: str, statement: str) -> None:
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(statement))
    admin.dispose()
