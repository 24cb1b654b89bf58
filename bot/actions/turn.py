"""What an action reads of the tracker: the customer's words, the decision beside them, the ids of the road."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from rasa_sdk import Tracker

from bot.actions.report import Turn
from bot.actions.report_fields import NOT_KNOWN
from bot.actions.sites import doubted, foreign, own_first
from bot.entities.entity import Kind

_LINK = re.compile(r"\[([^\[\]]{1,200})\]\([^()\s]{1,500}\)")
# A control word must be meant as one: short answers ("siempre", "ninguno") resemble them.
CONTROL_AT = 0.6
# The buttons of a field: what they say is the answer.
CHOOSE_FIELD = "choose_field"
# A transcript is for reading; past this many lines staff scroll instead of read.
TRANSCRIPT_LINES = 60
_FIELD_OF_KIND = {
    Kind.PROGRAM: "mail_program",
    Kind.FREQUENCY: "frequency",
    Kind.SINCE: "since",
    Kind.SCOPE: "scope",
    Kind.CIRCUMSTANCE: "circumstances",
    Kind.ERROR: "error_message",
}


def decision_of(tracker: Tracker) -> dict[str, Any]:
    """The matcher's decision on the last message; empty for a pressed button."""
    return tracker.latest_message.get("faq") or {}


def entities_of(tracker: Tracker, name: str) -> list[str]:
    """Values of one kind of entity in the last message."""
    return [entity["value"] for entity in tracker.latest_message.get("entities") or [] if entity["entity"] == name]


def entity_of(tracker: Tracker, name: str) -> str | None:
    """The first value of an entity, typed or carried by a button."""
    return next(iter(entities_of(tracker, name)), None)


def metadata_of(tracker: Tracker) -> dict[str, Any]:
    """What the front door sent beside the message."""
    return tracker.latest_message.get("metadata") or {}


def found_fields(tracker: Tracker, domains: Iterable[str] = ()) -> dict[str, str]:
    """Fields of a report that the last message names; of several sites the customer's own ``domains`` come first."""
    found = {}
    for kind, name in _FIELD_OF_KIND.items():
        values = list(dict.fromkeys(entities_of(tracker, kind)))
        if values:
            found[name] = ", ".join(values) if kind is Kind.ERROR else values[0]
    site = own_first([*entities_of(tracker, Kind.ADDRESS), *entities_of(tracker, Kind.DOMAIN)], domains)
    return {**found, "site": site} if site else found


def form_turn(tracker: Tracker, domains: Iterable[str] = ()) -> Turn:
    """The last message as the report sees it. ``domains`` are the customer's."""
    decision = decision_of(tracker)
    intent = tracker.latest_message.get("intent", {}).get("name") or ""
    sure = not decision or _meant(decision)
    text = tracker.latest_message.get("text") or ""
    typed = bool(decision)
    file = metadata_of(tracker).get("file") or {}
    return Turn(
        text=text,
        intent=intent if sure else "",
        typed=typed,
        choice=None if typed or intent != CHOOSE_FIELD else metadata_of(tracker).get("shown_as"),
        found=found_fields(tracker, domains) if typed else {},
        address=entity_of(tracker, Kind.ADDRESS) if typed else None,
        doubt=doubted(text, domains) if typed and text != NOT_KNOWN else None,
        foreign=foreign(text, domains) if typed else None,
        file=file.get("name") if intent == "file_added" else None,
        vector=decision.get("vector"),
    )


def _meant(decision: dict[str, Any]) -> bool:
    """Whether an intent is more than likely. A wish with its reason, in the middle of a report, tells more than it asks."""
    return not decision["reason"] if "wish" in decision else decision.get("probability", 0.0) >= CONTROL_AT


def shown_as(message: dict[str, Any]) -> str | None:
    """What the customer saw on the button that he pressed; None for a typed message."""
    return (message.get("metadata") or {}).get("shown_as")


def request_id(tracker: Tracker) -> str:
    """One id along the whole road, given by the front door."""
    return metadata_of(tracker).get("request_id") or "-"


def transcript(tracker: Tracker) -> list[dict[str, str]]:
    """The last lines of the conversation: who said what, as plain text. A pressed button shows its title, not its payload."""
    lines = []
    for event in tracker.events:
        if event["event"] not in ("user", "bot"):
            continue
        by_customer = event["event"] == "user"
        shown = shown_as(event) if by_customer else None
        text = shown if shown is not None else event.get("text") or ""
        if text:
            lines.append({"who": "customer" if by_customer else "bot", "text": text if by_customer else _plain(text)})
    return lines[-TRANSCRIPT_LINES:]


def _plain(markdown: str) -> str:
    return _LINK.sub(r"\1", markdown.replace("**", ""))
