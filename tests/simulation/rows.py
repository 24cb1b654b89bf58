"""What lies in the databases after the run, read-only: the tickets beside what was promised, and no password anywhere."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.actions.report_fields import applies
from tests.simulation.ledger import Promise
from tests.simulation.visitor import Violation

# Short answers are kept in the form that the bot offers.
_OFFERED_FORMS = frozenset({"mail_program", "frequency", "scope"})


class Rows:
    """Escalation's database at ``path``; other databases of the same folder are searched for passwords too."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self, conversation_id: str, promises: list[Promise]) -> list[Violation]:
        """The tickets of one conversation."""
        with closing(_open(self._path)) as database:
            query = "SELECT id, number, idempotency_key, area, fields FROM tickets WHERE conversation_id = ?"
            tickets = {row["number"]: row for row in database.execute(query, (conversation_id,))}
            found = [*_unpromised(tickets, promises), *_doubled(tickets)]
            for promise in _named(promises, tickets):
                if promise.number not in tickets:
                    found.append(Violation("ticket_missing", f"{promise.number} was promised, and is no row of this conversation"))
                    continue
                ticket = tickets[promise.number]
                files = database.execute("SELECT name FROM attachments WHERE ticket_id = ?", (ticket["id"],))
                found += [*_lacking(ticket, promise), *_files_lacking({row["name"] for row in files}, promise)]
            return found

    def holding(self, secrets: Iterable[str]) -> list[Violation]:
        """Places where one of ``secrets`` stands."""
        wanted = re.compile("|".join(re.escape(secret) for secret in sorted(secrets)))
        places: Counter[str] = Counter()
        for path in sorted(self._path.parent.glob("*.db")):
            for place, text in _cells(path):
                places[place] += bool(wanted.search(text))
        return [Violation("password_in_database", f"{place}: {count} rows") for place, count in sorted(places.items()) if count]


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    return database


def _unpromised(tickets: dict[str, sqlite3.Row], promises: list[Promise]) -> list[Violation]:
    told = {promise.number for promise in _named(promises, tickets)}
    return [Violation("ticket_untold", f"{number} was opened, and he was not told") for number in tickets if number not in told]


def _named(promises: list[Promise], tickets: dict[str, sqlite3.Row]) -> list[Promise]:
    """A provisional promise stands for a ticket that nobody named; it may be on its way yet."""
    told = {promise.number for promise in promises}
    unnamed = iter([number for number in tickets if number not in told])
    named = [replace(promise, number=promise.number or next(unnamed, "")) for promise in promises]
    return [promise for promise in named if promise.number]


def _doubled(tickets: dict[str, sqlite3.Row]) -> list[Violation]:
    by_words: defaultdict[str, list[str]] = defaultdict(list)
    for number, ticket in tickets.items():
        by_words[json.loads(ticket["fields"]).get("description", "")].append(number)
    return [Violation("two_tickets", f"{numbers} for one report") for numbers in by_words.values() if len(numbers) > 1]


def _lacking(ticket: sqlite3.Row, promise: Promise) -> Iterator[Violation]:
    values: dict[str, str] = {**json.loads(ticket["fields"]), "area": ticket["area"]}
    for name, forms in promise.answers.items():
        if applies(name, values) and not _holds(name, values.get(name) or "", forms):
            said = f"{name}: he said {forms[0][:100]!r}, the ticket has {(values.get(name) or '')[:100]!r}"
            long = len(forms[0]) > len(values.get(name) or "") > 0
            yield Violation("answer_lost", f"{ticket['number']} {said}{' (cut)' if long else ''}")
    for name, title in promise.stale.items():
        if values.get(name) == title:
            yield Violation("stale_button_in_ticket", f"{ticket['number']} {name}: {title!r}, a button of another question")


def _holds(name: str, value: str, forms: tuple[str, ...]) -> bool:
    kept = _plain(value)
    if any(_plain(form) in kept for form in forms):
        return True
    return name in _OFFERED_FORMS and bool(kept) and kept in _plain(forms[0])


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _files_lacking(names: set[str], promise: Promise) -> list[Violation]:
    return [Violation("file_lost", f"{promise.number} lacks {name}") for name in promise.files if name not in names]


def _cells(path: Path) -> Iterator[tuple[str, str]]:
    with closing(_open(path)) as database:
        tables = [row["name"] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            row: Any
            for row in database.execute(f'SELECT * FROM "{table}"'):
                yield f"{path.name}:{table}", " ".join(str(cell) for cell in tuple(row))
