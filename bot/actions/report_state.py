"""A report while it is being made: what it holds, what a message brings to it, what follows."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from bot.faq.lexical import plain

# Steps that are no fields.
SESSION, CODE_ADDRESS, CODE, RESUME, SIMILAR, CONFIRM = "session", "code_address", "code", "resume", "similar", "confirm"
INCIDENT = "incident"
UNKNOWN_CUSTOMER = (SESSION, CODE_ADDRESS, CODE)
SKIPPING = frozenset({"skip", "dont_know"})
# Said in passing: it gets its own short answer, and the question stands.
IN_PASSING = frozenset(
    {"greet", "thank", "insult", "complaint", "ask_human", "ask_phone", "urgency", "bot_challenge", "help", "other_language"}
    | {"ticket_status", "solved", "open_ticket", "voice_note"}
)


@dataclass(frozen=True)
class Report:
    """One report while it is being made; travels as JSON in one slot and as a draft in escalation's database.

    ``doubt``: a spelling of the site that was asked back. ``similar``: number of the customer's open ticket that looks the
    same (``compared``: it was looked for). ``address``: where the last code was sent. ``vector``: base64 sentence vector of
    the description. ``incident``: id of a declared one that it may be about (``heard``: he was asked whether it is).
    """

    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    step: str = SESSION
    values: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    misfits: int = 0
    doubt: str | None = None
    similar: str | None = None
    address: str | None = None
    compared: bool = False
    vector: str | None = None
    incident: str | None = None
    heard: bool = False

    def as_dict(self) -> dict[str, Any]:
        """JSON."""
        return {**asdict(self), "files": list(self.files)}

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Report:
        """From :meth:`as_dict`."""
        return cls(**{**stored, "files": tuple(stored.get("files", ()))})


@dataclass(frozen=True)
class Turn:
    """One message while a report is open.

    ``intent`` is empty where understanding is not sure; ``typed``: no button was pressed; ``choice`` is what a pressed one
    said; ``found`` are fields that the message names on its way; ``address`` an e-mail address in it; ``doubt`` the likelier
    spelling of a mistyped site; ``foreign`` a site that is none of his.
    """

    text: str
    intent: str = ""
    typed: bool = True
    choice: str | None = None
    found: dict[str, str] = field(default_factory=dict)
    address: str | None = None
    doubt: str | None = None
    foreign: str | None = None
    file: str | None = None
    vector: str | None = None

    @cached_property
    def plain(self) -> str:
        """``text`` in lower case without accents, as :mod:`bot.actions.report_words` wants it."""
        return plain(self.text)


@dataclass(frozen=True)
class Step:
    """What follows: the report (its ``step`` is asked next), responses to say first, and what is to be done outside.

    ``do``: None, ``send_code``, ``resume``, ``refuse``, ``submit``, ``append``, ``join`` or ``leave``
    (then ``how`` says why, and the report is over).
    ``asked``: what was said is a question itself; the step's own must not follow it.
    """

    report: Report
    say: tuple[tuple[str, dict[str, str]], ...] = ()
    do: str | None = None
    how: str = ""
    asked: bool = False
