"""Many customers from a CSV, in two steps: look it over line by line, then register what was good.

Files come from Excel as it is here: semicolons, the code page of Windows or UTF-8 with a mark. Passwords are not taken from a
file that travels by mail and lies in folders: each customer chooses his own by «Recuperar contraseña».
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from escalation import audit, services
from escalation.admin_models import CustomerImport
from escalation.audit import Actor
from escalation.customers import normal_address
from escalation.errors import InvalidReport, NotFound
from escalation.models import Customer, CustomerAddress, CustomerDomain, CustomerMailbox, Staff
from escalation.passwords import hash_password, new_password

LINES_MAX = 5_000
BYTES_MAX = 2_000_000
KEPT_FOR = timedelta(hours=1)
NAME_MAX = 200
# As people head their columns; without accents and capitals.
COLUMNS = {
    "email": "email",
    "e-mail": "email",
    "mail": "email",
    "correo": "email",
    "direccion": "email",
    "name": "name",
    "nombre": "name",
    "cliente": "name",
    "domains": "domains",
    "dominio": "domains",
    "dominios": "domains",
    "mailboxes": "mailboxes",
    "casilla": "mailboxes",
    "casillas": "mailboxes",
}
WITHOUT_ACCENTS = str.maketrans("áéíóú", "aeiou")
# Why a line cannot be taken: the codes, for whoever says them.
NO_ADDRESS, BAD_ADDRESS, TAKEN, TWICE = "no_address", "bad_address", "taken", "twice"
BAD_DOMAIN, BAD_MAILBOX, LONG_NAME, WIDE = "bad_domain", "bad_mailbox", "long_name", "wide"
NO_COLUMN, NOT_TEXT, EMPTY, TOO_LONG = "no_column", "not_text", "empty", "too_long"


@dataclass(frozen=True)
class Line:
    """A good one. ``number``: of the file, the head is 1."""

    number: int
    name: str
    addresses: tuple[str, ...]
    domains: tuple[str, ...]
    mailboxes: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """A line that cannot be taken: ``reason`` is one of the codes, ``value`` what it is about."""

    number: int
    reason: str
    value: str


@dataclass(frozen=True)
class Look:
    """What came of looking a file over."""

    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]


def look_over(session: Session, data: bytes) -> Look:
    """Which lines could be registered now, and what is wrong with the others. Changes nothing.

    Raises:
        InvalidReport: ``fields["file"]``: no text, no column of addresses, no line, or more than five thousand.
    """
    reader = csv.reader(io.StringIO(_text(data), newline=""), delimiter=_separator(data))
    try:
        rows = [row for row in reader]
    except csv.Error as wrong:
        raise InvalidReport("this is no CSV", file=NOT_TEXT) from wrong
    head = [COLUMNS.get(cell.strip().lower().translate(WITHOUT_ACCENTS), "") for cell in rows[0]] if rows else []
    filled = [(number, row) for number, row in enumerate(rows[1:], start=2) if any(cell.strip() for cell in row)]
    if "email" not in head:
        raise InvalidReport("there is no column of addresses", file=NO_COLUMN)
    if not filled:
        raise InvalidReport("there is no line", file=EMPTY)
    if len(filled) > LINES_MAX:
        raise InvalidReport(f"at most {LINES_MAX} lines", file=TOO_LONG)
    return _without_taken(session, [_line(number, head, row) for number, row in filled])


def keep(session: Session, look: Look, member: Staff, now: datetime) -> str:
    """The good lines wait for his confirmation; returns their id. What others left waiting for over an hour is forgotten."""
    session.execute(delete(CustomerImport).where(CustomerImport.created_at <= now - KEPT_FOR))
    row = CustomerImport(staff_id=member.id, lines=[asdict(line) for line in look.lines], created_at=now)
    session.add(row)
    session.flush()
    return row.id


def apply(session: Session, import_id: str, member: Staff, actor: Actor, now: datetime) -> tuple[int, tuple[Problem, ...]]:
    """Register what waits: how many, and what could not be any more because it was registered in between.

    Raises:
        NotFound: nothing of his waits under this id: it was confirmed before, or is older than an hour.
    """
    row = session.get(CustomerImport, import_id, with_for_update=True)
    if row is None or row.staff_id != member.id or row.created_at <= now - KEPT_FOR:
        raise NotFound("nothing waits to be confirmed")
    waiting = [Line(**{**line, **{name: tuple(line[name]) for name in _LISTS}}) for line in row.lines]
    session.delete(row)
    look = _without_taken(session, waiting)
    # One hash of a password that nobody knows serves all: each costs a twentieth of a second, and none is meant to be used.
    nobodys = hash_password(new_password())
    for line in look.lines:
        session.add(_customer(line, nobodys, now))
    audit.record(session, audit.CUSTOMERS_IMPORTED, actor, import_id, now, registered=len(look.lines), refused=len(look.problems))
    session.flush()
    return len(look.lines), look.problems


_LISTS = ("addresses", "domains", "mailboxes")


def _text(data: bytes) -> str:
    if b"\x00" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InvalidReport("this is no text", file=NOT_TEXT)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        # "Unicode text" of older versions of Excel.
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Western Windows; the few bytes that it leaves free are nobody's letters.
        return data.decode("cp1252", errors="replace")


def _separator(data: bytes) -> str:
    """The one of the head that there is most of: the head has no text that could hold one."""
    head = _text(data).lstrip("\r\n").partition("\n")[0]
    return max(";,\t", key=head.count)


def _line(number: int, head: Sequence[str], row: Sequence[str]) -> Line | Problem:
    if len(row) > len(head) and any(cell.strip() for cell in row[len(head) :]):
        return Problem(number, WIDE, str(len(row)))
    cells = {name: cell.strip() for name, cell in zip(head, row, strict=False) if name}
    typed = services.several(cells.get("email"))
    if not typed:
        return Problem(number, NO_ADDRESS, "")
    if len(cells.get("name", "")) > NAME_MAX:
        return Problem(number, LONG_NAME, cells["name"][:40])
    found: dict[str, tuple[str, ...]] = {}
    for name, values, normal, reason in (
        ("addresses", typed, normal_address, BAD_ADDRESS),
        ("domains", services.several(cells.get("domains")), services.normal_domain, BAD_DOMAIN),
        ("mailboxes", services.several(cells.get("mailboxes")), normal_address, BAD_MAILBOX),
    ):
        for value in values:
            try:
                found[name] = tuple(dict.fromkeys((*found.get(name, ()), normal(value))))
            except InvalidReport:
                return Problem(number, reason, value[:100])
    addresses = found["addresses"]
    return Line(number, cells.get("name") or addresses[0], addresses, found.get("domains", ()), found.get("mailboxes", ()))


def _without_taken(session: Session, found: Iterable[Line | Problem]) -> Look:
    lines, problems = [], []
    wanted = list(found)
    taken = _registered(session, [address for line in wanted if isinstance(line, Line) for address in line.addresses])
    seen: dict[str, int] = {}
    for line in wanted:
        if isinstance(line, Problem):
            problems.append(line)
            continue
        clash = next((address for address in line.addresses if address in taken), None)
        double = next((address for address in line.addresses if address in seen), None)
        if clash:
            problems.append(Problem(line.number, TAKEN, clash))
        elif double:
            problems.append(Problem(line.number, TWICE, f"{double} ({seen[double]})"))
        else:
            lines.append(line)
            seen |= dict.fromkeys(line.addresses, line.number)
    return Look(tuple(lines), tuple(problems))


def _registered(session: Session, addresses: list[str]) -> set[str]:
    # In pieces: SQLite takes a limited number of parameters.
    pieces = (addresses[start : start + 500] for start in range(0, len(addresses), 500))
    of = CustomerAddress.address
    return {address for piece in pieces for address in session.scalars(select(of).where(of.in_(piece)))}


def _customer(line: Line, password_hash: str, now: datetime) -> Customer:
    customer = Customer(name=line.name, password_hash=password_hash, created_at=now)
    customer.addresses.extend(CustomerAddress(address=address) for address in line.addresses)
    customer.domains.extend(CustomerDomain(name=name) for name in line.domains)
    customer.mailboxes.extend(CustomerMailbox(name=name) for name in line.mailboxes)
    return customer
