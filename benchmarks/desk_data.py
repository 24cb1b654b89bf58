"""A desk with years of work in its database, made up and loaded in bulk: what the rules would write, without running them."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine

from escalation.models import Area, Author, Priority, Role, Status

AGENTS = 20
CUSTOMERS_EVERY = 40
CUSTOMERS_MIN = 200
UNFINISHED_SHARE = 0.03
YEARS = 2
CHUNK = 20_000
DIMENSIONS = 384
VECTORS = 500
TEXT = """
no puedo enviar correos desde outlook el servidor responde error casilla llena dominio vencido factura pago
transferencia sitio lento caído página blanca certificado ssl vence panel clave contraseña usuario ftp base
datos wordpress plugin actualización php versión registro dns mx spf dkim rebote spam adjunto pesado webmail
teléfono configuración imap smtp puerto conexión rechazada migración servidor nuevo hosting plan cuota disco
espacio copia seguridad restaurar redirección subdominio alias reenvío lista
"""
WORDS = TEXT.split()


@dataclass(frozen=True)
class Size:
    """How much there is to be."""

    tickets: int
    messages_each: int = 6

    @property
    def customers(self) -> int:
        return max(CUSTOMERS_MIN, self.tickets // CUSTOMERS_EVERY)


def load(engine: Engine, size: Size, seed: int = 7) -> None:
    """Fill a migrated, empty database. Triggers of the search rest meanwhile; the index is made once at the end."""
    rng = random.Random(seed)  # noqa: S311
    now = datetime.now(UTC).replace(microsecond=0)
    with engine.begin() as connection:
        asleep = _rest_triggers(connection)
        _write(connection, "staff", STAFF, _staff())
        _write(connection, "customers", CUSTOMERS, _customers(size, now))
        _write(connection, "customer_addresses", ADDRESSES, _addresses(size))
        _write(connection, "customer_domains", DOMAINS, ((f"c{n:06}", f"cliente{n}.com.ar") for n in range(size.customers)))
        _write(connection, "tickets", TICKETS, _tickets(size, now, rng))
        _write(connection, "ticket_messages", MESSAGES, _messages(size, now, rng))
        _write(connection, "ticket_events", EVENTS, _events(size, now))
        _write(connection, "ticket_tags", TAGS, _tags(size, rng))
        _wake_triggers(connection, asleep)
        _catch_up(connection, size)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


STAFF = ("id", "email", "name", "role", "password_hash", "active")
CUSTOMERS = ("id", "name", "password_hash", "created_at", "blocked")
ADDRESSES = ("customer_id", "address")
DOMAINS = ("customer_id", "name")
TICKETS = (
    *("id", "number", "customer_id", "subject", "area", "status", "status_at", "priority", "assignee_id", "fields", "transcript"),
    *("shown_entries", "created_at", "updated_at", "vector", "promised_at", "version"),
)
MESSAGES = ("ticket_id", "author", "author_id", "author_name", "body", "internal", "created_at")
EVENTS = ("ticket_id", "kind", "author", "author_id", "old", "new", "at")
TAGS = ("ticket_id", "name")


def _staff() -> Iterator[Sequence[Any]]:
    for number in range(AGENTS):
        yield f"s{number:03}", f"agente{number}@csiserver.com", f"Agente {number}", str(Role.AGENT), "x", True


def _customers(size: Size, now: datetime) -> Iterator[Sequence[Any]]:
    for number in range(size.customers):
        yield f"c{number:06}", f"Cliente Número {number}", "x", now - timedelta(days=365 * YEARS), False


def _addresses(size: Size) -> Iterator[Sequence[Any]]:
    for number in range(size.customers):
        yield f"c{number:06}", f"contacto@cliente{number}.com.ar"


def _opened(size: Size, number: int, now: datetime) -> datetime:
    return now - timedelta(days=365 * YEARS) * (size.tickets - number) / size.tickets


def _tickets(size: Size, now: datetime, rng: random.Random) -> Iterator[Sequence[Any]]:
    vectors = [row.tobytes() for row in np.random.default_rng(7).normal(size=(VECTORS, DIMENSIONS)).astype("<f2")]
    areas, priorities = list(Area), list(Priority)
    for number in range(1, size.tickets + 1):
        opened = _opened(size, number, now)
        unfinished = rng.random() < UNFINISHED_SHARE
        status = rng.choice((Status.NEW, Status.OPEN, Status.WAITING)) if unfinished else Status.CLOSED
        if not unfinished and now - opened < timedelta(days=14):
            status = Status.SOLVED
        ours = status in (Status.NEW, Status.OPEN)
        owner = None if status is Status.NEW and rng.random() < 0.7 else f"s{rng.randrange(AGENTS):03}"
        fields = {"description": _text(rng, 25), "site": f"cliente{number}.com.ar", "error_message": _text(rng, 6)}
        shown = ["correo-adjuntos"] if number % 3 else []
        transcript = [{"who": "customer", "text": _text(rng, 8)}, {"who": "bot", "text": _text(rng, 20)}]
        promised = now + timedelta(minutes=rng.randrange(-30, 3000)) if ours else None
        yield (
            *(
                number,
                f"MDA-{number:06}",
                f"c{rng.randrange(size.customers):06}",
                _text(rng, 6),
                str(rng.choice(areas)),
                str(status),
            ),
            *(opened, str(rng.choice(priorities)), owner, fields, transcript, shown, opened),
            *(opened + timedelta(hours=rng.randrange(1, 40)) if status != Status.NEW else opened, vectors[number % VECTORS]),
            *(promised, 1),
        )


def _messages(size: Size, now: datetime, rng: random.Random) -> Iterator[Sequence[Any]]:
    for number in range(1, size.tickets + 1):
        opened = _opened(size, number, now)
        for line in range(size.messages_each):
            staff = line % 2 == 0
            author, author_id = (Author.STAFF, f"s{line:03}") if staff else (Author.CUSTOMER, f"c{number % size.customers:06}")
            at = min(opened + timedelta(hours=3 * (line + 1)), now)
            name = "Agente" if staff else "Cliente"
            yield number, str(author), author_id, name, _text(rng, 22), line == 4, at


def _events(size: Size, now: datetime) -> Iterator[Sequence[Any]]:
    for number in range(1, size.tickets + 1):
        opened = _opened(size, number, now)
        yield number, "opened", "customer", None, None, "new", opened
        yield number, "message", "staff", "s000", None, None, min(opened + timedelta(hours=3), now)
        yield number, "status", "staff", "s000", "new", "open", min(opened + timedelta(hours=3), now)


def _tags(size: Size, rng: random.Random) -> Iterator[Sequence[Any]]:
    for number in range(1, size.tickets + 1):
        if number % 4 == 0:
            yield number, rng.choice(("dns", "smtp", "ssl", "migración", "facturación", "wordpress", "spam"))


def _text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words)).capitalize()


def _write(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    write = _write_sqlite if connection.dialect.name == "sqlite" else _write_postgres
    chunk: list[Sequence[Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            write(connection, table, columns, chunk)
            chunk = []
    write(connection, table, columns, chunk)


def _write_sqlite(connection: Connection, table: str, columns: Sequence[str], rows: list[Sequence[Any]]) -> None:
    marks = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
    cursor = connection.connection.cursor()
    cursor.executemany(statement, [[_plain(value) for value in row] for row in rows])
    cursor.close()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        # As SQLAlchemy stores it.
        return f"{value:%Y-%m-%d %H:%M:%S.%f}"
    return json.dumps(value) if isinstance(value, dict | list) else value


def _write_postgres(connection: Connection, table: str, columns: Sequence[str], rows: list[Sequence[Any]]) -> None:
    text = "".join("\t".join(_copied(value) for value in row) + "\n" for row in rows)
    cursor = connection.connection.cursor()
    cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", io.StringIO(text))
    cursor.close()


def _copied(value: Any) -> str:
    # https://www.postgresql.org/docs/current/sql-copy.html, text format.
    if value is None:
        return r"\N"
    if isinstance(value, bytes):
        return rf"\\x{value.hex()}"
    if isinstance(value, datetime):
        return value.isoformat()
    told = json.dumps(value) if isinstance(value, dict | list) else str(value)
    return told.replace("\\", "\\\\").replace("\t", r"\t").replace("\n", r"\n")


SEARCHED = ("tickets", "ticket_messages", "customers", "customer_addresses", "customer_domains")


def _rest_triggers(connection: Connection) -> list[str]:
    if connection.dialect.name != "sqlite":
        for table in SEARCHED:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        return []
    own = connection.exec_driver_sql("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    resting = [(name, sql) for name, table, sql in own if table in SEARCHED]
    for name, _sql in resting:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    return [sql for _name, sql in resting]


def _wake_triggers(connection: Connection, asleep: list[str]) -> None:
    for statement in asleep:
        connection.exec_driver_sql(statement)
    for table in SEARCHED if connection.dialect.name != "sqlite" else ():
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _catch_up(connection: Connection, size: Size) -> None:
    connection.exec_driver_sql("INSERT INTO search_tickets (ticket_id, text) SELECT ticket_id, text FROM search_ticket_texts")
    connection.exec_driver_sql(
        "INSERT INTO search_customers (customer_id, text) SELECT customer_id, text FROM search_customer_texts"
    )
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"SELECT setval('tickets_id_seq', {size.tickets})")
