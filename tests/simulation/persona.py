"""Who calls: what he wants, what he would answer, and how he behaves."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

from tests.simulation import words


class LogIn(StrEnum):
    """How he identifies himself."""

    AT_ONCE = "at once"
    LATE = "late"
    WRONG_FIRST = "wrong first"
    NEVER = "never"


@dataclass(frozen=True)
class Answer:
    """``text`` is typed, or pressed where the bot offers it; ``kept``: other forms in which the ticket may hold it."""

    text: str
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Persona:
    """``answers`` by field; ``mischief``: share of his turns in which he does something that nobody asked for.

    ``contentment``: how likely an answer of the bot solves his problem.
    """

    problem: str
    phone: str
    answers: dict[str, Answer]
    login: LogIn
    mischief: float
    contentment: float
    opens_at_once: bool


def persona(draw: random.Random) -> Persona:
    """A new one."""
    area = draw.choice(sorted(words.PROBLEMS))
    problem = draw.choice(words.PROBLEMS[area])
    typed, offered = draw.choice(words.FREQUENCIES)
    # Nobody else's report holds his number: by it he knows his own draft again.
    phone = f"11 4{draw.randrange(100, 1000)}-{draw.randrange(1000, 10000)}"
    answers = {
        "area": Answer(words.AREAS[area], (area,)),
        "description": Answer(f"{problem}, llámenme al {phone}. {draw.choice(words.MORE_DETAIL)}"),
        "error_message": Answer(draw.choice(words.ERRORS)),
        "site": Answer(draw.choice(words.SITES * 3 + words.MISTYPED_SITES)),
        "scope": Answer(draw.choice(words.SCOPES)),
        "mail_program": Answer(draw.choice(words.PROGRAMS)),
        "frequency": Answer(typed, (offered,)),
        "circumstances": Answer(draw.choice(words.CIRCUMSTANCES)),
        "since": Answer(draw.choice(words.SINCES)),
    }
    return Persona(
        problem=problem,
        phone=phone,
        answers=answers,
        login=draw.choices(list(LogIn), weights=(6, 2, 2, 1))[0],
        mischief=draw.choice((0.0, 0.1, 0.2, 0.35)),
        contentment=draw.choice((0.0, 0.2, 0.6)),
        opens_at_once=draw.random() < 0.25,
    )
