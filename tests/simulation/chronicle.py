"""The stored history beside what was sent and heard."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from tests.simulation.visitor import Turn, Violation


def compare(history: list[dict[str, Any]], turns: list[Turn]) -> list[Violation]:
    """Every message once and in order; those that were sent at the same moment may stand in any order."""
    left = [_token(message) for message in history]
    found = [Violation("history_twice", token) for token in set(left) if left.count(token) > 1]
    shown = {message.get("client_id"): message["text"] for message in history}
    for _, together in groupby((turn for turn in turns if not turn.again), key=lambda turn: turn.group):
        group = list(together)
        expected = [token for turn in group for token in _tokens(turn)]
        stored, left = left[: len(expected)], left[len(expected) :]
        if not _fits(stored, group, expected):
            found.append(Violation("history_order", f"after {group[0].said[:80]!r}: expected {expected}, stored {stored}"))
            return found
        found += [
            Violation("history_text", f"{turn.said[:80]!r} is stored as {shown[turn.id][:80]!r}")
            for turn in group
            if turn.shown and shown[turn.id] != turn.shown
        ]
    return [*found, *(Violation("history_more", token) for token in left)]


def _fits(stored: list[str], group: list[Turn], expected: list[str]) -> bool:
    if sorted(stored) != sorted(expected):
        return False
    return all([token for token in stored if token in _tokens(turn)] == _tokens(turn) for turn in group)


def _token(message: dict[str, Any]) -> str:
    return message.get("client_id") or f"reply {message['id']}"


def _tokens(turn: Turn) -> list[str]:
    # A message without text (the widget's opening) is stored, and shown to nobody.
    own = [turn.id] if turn.shown != "" else []
    return own + [f"reply {reply['id']}" for reply in turn.replies if reply["text"]]
