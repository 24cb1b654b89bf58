"""A customer's report before it is a ticket: what it may hold, what it lacks, what it is called."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.desk.text import storable
from escalation.errors import InvalidReport
from escalation.models import Area, Ticket
from escalation.notices import FIELD_NAMES, Confirmation

# Crockford's base32 without look-alikes: read over a bad line, six of them are a thousand million numbers.
NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_LENGTH = 6
# What the chat writes into a field that the customer does not know.
NOT_KNOWN = "No lo sabe"
SUBJECT_MAX = 120
FIELD_MAX = 8_000


@dataclass(frozen=True)
class Report:
    """What the customer reported. ``fields`` by the names of :data:`escalation.notices.FIELD_NAMES`.

    ``vector``: the description's embedding, see :mod:`escalation.vectors`. ``confirmation``, ``subject``: only where it came
    by mail; otherwise the description's beginning is its subject. ``late``: it was kept while the service was down, and its
    customer has no more than a provisional number.
    """

    area: str
    fields: dict[str, str | None]
    transcript: list[dict[str, str]] = field(default_factory=list)
    shown_entries: list[str] = field(default_factory=list)
    conversation_id: str | None = None
    vector: bytes | None = None
    confirmation: Confirmation | None = None
    subject: str | None = None
    late: bool = False


def checked(report: Report) -> dict[str, Any]:
    """The report's fields, trimmed.

    Raises:
        InvalidReport: names the fields that are missing, unknown or too long.
    """
    given = {name: storable(value).strip() if value else None for name, value in report.fields.items()}
    wrong: dict[str, str] = {}
    if report.area not in set(Area):
        wrong["area"] = f"one of {', '.join(Area)}"
    for name, value in report.fields.items():
        if name not in FIELD_NAMES:
            wrong[name] = "unknown field"
        elif value is not None and len(value) > FIELD_MAX:
            wrong[name] = f"at most {FIELD_MAX} characters"
    if not given.get("description"):
        wrong["description"] = "required: what is wrong"
    if wrong:
        raise InvalidReport("the report cannot be taken as it is", **wrong)
    return given


def missing_of(fields: Mapping[str, str | None]) -> tuple[str, ...]:
    """What the customer was asked and could not tell, as he reads it: it would speed the answer up."""
    return tuple(FIELD_NAMES[name] for name, value in fields.items() if value == NOT_KNOWN)


def subject_of(description: str) -> str:
    """One line of at most :data:`SUBJECT_MAX` characters, cut at a word."""
    line = " ".join(description.split())
    return line if len(line) <= SUBJECT_MAX else line[: SUBJECT_MAX - 1].rsplit(" ", 1)[0] + "…"


def new_number(session: Session) -> str:
    """A number that no ticket has, random: it tells nobody how many there are."""
    while True:
        number = "MDA-" + "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(NUMBER_LENGTH))
        if session.scalar(select(Ticket.id).where(Ticket.number == number)) is None:
            return number
