"""``POST /internal/understanding``: what a text says and whether a published answer fits, for mails that escalation takes in."""

from __future__ import annotations

from typing import Any

import requests
import structlog
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from bot.channels.access import service_only
from bot.channels.settings import Settings
from bot.entities.extraction import extract
from bot.entities.fields import fields_of
from bot.faq.corpus import Corpus, Entry
from bot.faq.live import LiveCorpus
from wire.problem import problem

log = structlog.get_logger()

# The caller waits three seconds in all, and then opens the ticket without us.
PARSE_SECONDS = (0.5, 2.0)
# The matcher knows questions of a sentence or two; what follows in a mail is detail.
QUESTION_MAX = 400
# Below this the first candidate says nothing of the service area.
AREA_AT = 0.15
ANSWER = "answer"
PROVIDERS = frozenset(
    {"gmail.com", "hotmail.com", "hotmail.com.ar", "outlook.com", "outlook.com.ar", "yahoo.com", "yahoo.com.ar", "live.com"}
    | {"live.com.ar", "icloud.com", "fibertel.com.ar", "speedy.com.ar", "arnet.com.ar", "msn.com", "proton.me", "protonmail.com"}
)
MAIL_FIELDS = frozenset({"mail_program", "scope"})


def register(app: Flask, settings: Settings, live: LiveCorpus) -> None:
    """Put the route on ``app``."""

    @app.post("/internal/understanding")
    @service_only
    def understanding() -> ResponseReturnValue:
        body = request.get_json(silent=True)
        text = body.get("text") if isinstance(body, dict) else None
        if not isinstance(text, str) or not text.strip():
            return problem(400, "text: what the customer wrote")
        fields = fields_of(extract(text), PROVIDERS)
        return jsonify({"fields": fields, **_told(_parsed(settings, text), fields, live.current(), settings)})


def _parsed(settings: Settings, text: str) -> dict[str, Any]:
    """Rasa's decision; empty where it does not answer in time: the fields alone are worth having."""
    try:
        answer = requests.post(
            f"{settings.rasa_url}/model/parse",
            params={"token": settings.rasa_token},
            json={"text": " ".join(text.split())[:QUESTION_MAX]},
            timeout=PARSE_SECONDS,
        )
        answer.raise_for_status()
        decision = answer.json().get("faq")
        return decision if isinstance(decision, dict) else {}
    except (requests.RequestException, ValueError, AttributeError) as failed:
        # Its text would hold the address, and with it the token.
        log.warning("a text was not parsed", reason=type(failed).__name__)
        return {}


def _told(decision: dict[str, Any], fields: dict[str, str], corpus: Corpus, settings: Settings) -> dict[str, Any]:
    first = next(iter(decision.get("candidates") or []), {})
    entry = corpus.get(str(first.get("label", "")))
    fits = decision.get("verdict") == ANSWER and entry is not None
    return {
        "verdict": decision.get("verdict"),
        "probability": decision.get("probability"),
        "vector": decision.get("vector"),
        "area": _area(entry if float(first.get("probability") or 0.0) >= AREA_AT else None, fields),
        "topic": entry.id if entry else None,
        "answer_title": entry.title if fits and entry else None,
        "answer_url": f"{settings.front_public_url}/ayuda/{entry.id}" if fits and entry else None,
        "candidates": _candidates(decision, corpus, settings),
    }


def _candidates(decision: dict[str, Any], corpus: Corpus, settings: Settings) -> list[dict[str, Any]]:
    """Whatever may fit, for staff to choose from."""
    told = []
    for guess in decision.get("candidates") or []:
        if entry := corpus.get(str(guess.get("label", ""))):
            address = f"{settings.front_public_url}/ayuda/{entry.id}"
            told.append({"id": entry.id, "title": entry.title, "url": address, "probability": guess["probability"]})
    return told


def _area(entry: Entry | None, fields: dict[str, str]) -> str:
    if entry is not None and entry.area != "other":
        return entry.area
    return "mail" if MAIL_FIELDS & fields.keys() or "@" in fields.get("site", "") else "other"
