"""What an action reads of the tracker: the customer's words, the decision beside them, the ids of the road."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker

from bot.actions.ticket_form import CONTROL_AT, Turn

_LINK = re.compile(r"\[([^\[\]]{1,200})\]\([^()\s]{1,500}\)")
# The buttons of a field: what they say is the answer.
CHOOSE_FIELD = "choose_field"
# A transcript is for reading; past this many lines staff scroll instead of read.
TRANSCRIPT_LINES = 60


def decision_of(tracker: Tracker) -> dict[str, Any]:
    """The matcher's decision on the last message; empty for a pressed button."""
    return tracker.latest_message.get("faq") or {}


def entity_of(tracker: Tracker, name: str) -> str | None:
    """Value of an entity that a button carried."""
    found = [entity["value"] for entity in tracker.latest_message.get("entities", []) if entity["entity"] == name]
    return found[0] if found else None


def form_turn(tracker: Tracker) -> Turn:
    """The last message as the form sees it."""
    decision = decision_of(tracker)
    intent = tracker.latest_message.get("intent", {}).get("name") or ""
    sure = not decision or decision.get("probability", 0.0) >= CONTROL_AT
    return Turn(
        text=tracker.latest_message.get("text") or "",
        intent=intent if sure else "",
        choice=shown_as(tracker.latest_message) if intent == CHOOSE_FIELD else None,
    )


def shown_as(message: dict[str, Any]) -> str | None:
    """What the customer saw on the button that he pressed; None for a typed message."""
    return (message.get("metadata") or {}).get("shown_as")


def request_id(tracker: Tracker) -> str:
    """One id along the whole road, given by the front door."""
    return (tracker.latest_message.get("metadata") or {}).get("request_id") or "-"


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
