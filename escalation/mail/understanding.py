"""What the bot makes of a mail, asked at the front door; without an answer in time the ticket opens without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import requests
import structlog

from escalation import vectors
from escalation.models import Area
from escalation.notices import FIELD_NAMES

log = structlog.get_logger()

SECONDS = 3.0
# The matcher reads questions: the first sentences of a mail are one, the rest is greetings and logs.
TEXT_MAX = 8_000
FIELD_MAX = 1_000
ANSWER = "answer"
# What the policy asks a report to tell, by area; the rest is asked where it helps, but no answer waits for it.
ESSENTIAL = {
    Area.MAIL: ("site", "error_message", "mail_program", "frequency"),
    Area.SITE: ("site", "error_message", "frequency"),
    Area.DOMAIN: ("site",),
    Area.PAYMENT: (),
    Area.ACCOUNT: ("error_message",),
    Area.OTHER: ("site",),
}
ASKED = {
    "site": "cuál es el sitio o la cuenta de correo con el problema",
    "error_message": "el mensaje de error, tal como aparece",
    "mail_program": "desde qué programa se presenta (Outlook, Webmail, el teléfono…)",
    "frequency": "en qué situaciones se da: siempre, sólo en ciertos casos, o una sola vez",
}


@dataclass(frozen=True)
class Candidate:
    """A published answer that may fit, with the probability that it does."""

    title: str
    url: str
    probability: float


@dataclass(frozen=True)
class Understanding:
    """``fields`` by the names of a report; ``answer_title`` only where a published answer fits with high confidence.

    ``candidates``: whatever may fit, the likeliest first.
    """

    area: str = Area.OTHER
    fields: dict[str, str] = field(default_factory=dict)
    topic: str = ""
    answer_title: str = ""
    answer_url: str = ""
    vector: bytes | None = None
    candidates: tuple[Candidate, ...] = ()


Understand = Callable[[str], Understanding | None]


def at(front_url: str, service_token: str) -> Understand:
    """Asks ``POST <front>/internal/understanding``."""

    def ask(text: str) -> Understanding | None:
        headers = {"Authorization": f"Bearer {service_token}"}
        try:
            answer = requests.post(
                f"{front_url}/internal/understanding", json={"text": text[:TEXT_MAX]}, headers=headers, timeout=(1.0, SECONDS)
            )
            answer.raise_for_status()
            return _read(answer.json())
        except (requests.RequestException, ValueError, KeyError, TypeError, AttributeError) as failed:
            log.warning("no understanding of a mail", reason=type(failed).__name__)
            return None

    return ask


def missing(found: Understanding) -> tuple[str, ...]:
    """Essentials that the mail does not tell, as they are asked for."""
    return tuple(ASKED[name] for name in ESSENTIAL[Area(found.area)] if not found.fields.get(name))


def _read(told: dict[str, object]) -> Understanding:
    area = str(told.get("area") or Area.OTHER)
    given = told.get("fields") or {}
    if not isinstance(given, dict):
        raise TypeError("fields")
    fields = {str(name): str(value)[:FIELD_MAX] for name, value in given.items() if name in FIELD_NAMES and value}
    fits = told.get("verdict") == ANSWER
    vector = told.get("vector")
    return Understanding(
        area=area if area in set(Area) else Area.OTHER,
        fields=fields,
        topic=str(told.get("topic") or "") if fits else "",
        answer_title=str(told.get("answer_title") or "") if fits else "",
        answer_url=str(told.get("answer_url") or "") if fits else "",
        vector=vectors.decode(vector) if isinstance(vector, str) and vector else None,
        candidates=tuple(_candidates(told.get("candidates"))),
    )


def _candidates(given: object) -> Iterator[Candidate]:
    for one in given if isinstance(given, list) else ():
        yield Candidate(str(one["title"]), str(one["url"]), float(one["probability"]))
