"""What customers answer to the guided report, played through understanding and rules: does each answer do what he meant?

Rows are ``{"step", "text", "means"}``. ``means``: ``answer`` (kept as the field's value; ``answer:mail`` names an area), ``none``
(no message, no files), ``dont_know``, ``done`` (with files), ``go_back``, ``correct`` (``correct:site``), ``later``, ``cancel``,
``start_over``, ``yes``, ``no``, ``append``, ``new``, ``resume``, ``code``, ``logged_in``, ``not_a_customer``, ``passing``.
"""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa_sdk import Tracker

from bot.actions.report import CODE_ADDRESS, CONFIRM, RESUME, SESSION, SIMILAR, Report, Step, Turn, take
from bot.actions.report_fields import FIELDS, NO_ERROR_MESSAGE, NO_FILES, NOT_KNOWN, applies
from bot.actions.turn import form_turn
from bot.entities.extraction import extract
from bot.entities.wishes import outright
from bot.faq.corpus import load_corpus
from bot.faq.encoder import SentenceEncoder
from bot.faq.matcher import Matcher
from bot.faq.phrasings import FAQ_INTENT
from bot.faq.understanding import Understanding

WHOLE = {
    "area": "mail",
    "description": "no salen los correos",
    "error_message": "550 5.7.1",
    "site": "corralonelpino.com.ar",
    "scope": "Varias",
    "mail_program": "Outlook",
    "frequency": "Sólo en ciertos casos",
    "circumstances": "con adjuntos",
    "since": "desde ayer",
    "attachments": NO_FILES,
}
# What an answer of this kind does to the report is the same.
SAME = {"skip": "dont_know", "no": "correct", "done": "none"}
# Words that steer the report, beside those that fill it.
ANSWERS = frozenset({"answer", "none", "dont_know", "done", "skip"})
_OUTSIDE = {"submit": "yes", "append": "append", "resume": "resume", "refuse": "new", "send_code": "code"}


@dataclass(frozen=True)
class Judged:
    """One row, and what it did; ``intent`` is empty where understanding was not sure."""

    row: dict[str, str]
    did: str
    intent: str

    @property
    def right(self) -> bool:
        wanted, found = (_plain(means) for means in (self.row["means"], self.did))
        return found == wanted or (":" not in wanted and found.split(":")[0] == wanted)

    @property
    def steers(self) -> bool:
        """Whether the row is a control word rather than an answer."""
        return self.row["means"].split(":")[0] not in ANSWERS


def trained(model: Path) -> Understanding:
    """The understanding inside a trained Rasa model."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(model) as archive:
        archive.extractall(folder, filter="data")
        (found,) = Path(folder).rglob("understanding.npz")
        return Understanding.load(found.parent)


def judge(rows: Iterable[dict[str, str]], model: Understanding, encoder: SentenceEncoder) -> list[Judged]:
    """Each row at its step of a report that is whole as far as that."""
    corpus = load_corpus()
    matcher = Matcher(model, encoder, lambda: corpus)
    return [_judged(row, matcher, encoder) for row in rows]


def _judged(row: dict[str, str], matcher: Matcher, encoder: SentenceEncoder) -> Judged:
    turn = form_turn(_heard(row["text"], matcher, encoder))
    return Judged(row, _did(at(row["step"]), turn), turn.intent)


def _heard(text: str, matcher: Matcher, encoder: SentenceEncoder) -> Tracker:
    """The message as Rasa hands it to the action server."""
    decision = matcher.match(text, encoder.encode([text])[0]).decision
    wish = outright(text, decision.label)
    intent = wish.kind if wish else decision.label if decision.verdict == "talk" else FAQ_INTENT
    told = {"wish": str(wish.kind), "reason": wish.reason} if wish else {}
    message: dict[str, Any] = {
        "text": text,
        "intent": {"name": str(intent)},
        "faq": {**decision.as_dict(), **told},
        "entities": [{"entity": str(found.kind), "value": found.value} for found in extract(text)],
        "metadata": {},
    }
    return Tracker("conversation", {}, message, [], False, None, {}, "action_listen")


def at(step: str) -> Report:
    """A report that is whole up to ``step``."""
    before = FIELDS[: FIELDS.index(step)] if step in FIELDS else FIELDS
    values = {} if step == SESSION else {name: WHOLE[name] for name in before}
    return Report(step=step, values=values, similar="MDA-222222" if step == SIMILAR else None)


def _did(report: Report, turn: Turn) -> str:
    if report.step == SESSION and turn.intent == "logged_in":
        return "logged_in"
    step = take(report, turn)
    if step.do == "leave":
        return step.how
    if step.do:
        return _OUTSIDE[step.do]
    if not step.report.values and report.values:
        return "start_over"
    return _moved(report, step, turn)


def _moved(report: Report, step: Step, turn: Turn) -> str:
    said = step.say[0][0] if step.say else ""
    after = step.report
    if said == "utter_correct_which":
        return "correct"
    if report.step == SESSION and after.step == CODE_ADDRESS:
        return "code"
    if report.step in (SIMILAR, RESUME) and after.step == CONFIRM:
        return "new"
    if after.step in FIELDS and after.step not in after.values and _is_before(after.step, report.step):
        before = [name for name in FIELDS if applies(name, WHOLE)]
        last = before[before.index(report.step) - 1] if report.step in FIELDS else before[-1]
        named = turn.intent.startswith("correct") or report.step == CONFIRM
        return "go_back" if after.step == last and not named else f"correct:{after.step}"
    if report.step in FIELDS and after.values.get(report.step):
        return _answered(report.step, after.values[report.step])
    return "passing" if said.startswith("utter_form_") else said.removeprefix("utter_")


def _is_before(name: str, step: str) -> bool:
    return step not in FIELDS or FIELDS.index(name) < FIELDS.index(step)


def _answered(name: str, value: str) -> str:
    if value == NOT_KNOWN:
        return "dont_know"
    if value in (NO_ERROR_MESSAGE, NO_FILES):
        return "none"
    return f"answer:{value}" if name == "area" else "answer"


def _plain(means: str) -> str:
    return SAME.get(means, means)
