"""What happened in conversations, to be counted later: a fixed list of kinds, and details too short to hold a message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from escalation.chat_models import ConversationEvent
from escalation.errors import InvalidReport

# Each kind with the details it must have; it may have others.
LEFT = "left"
KINDS: dict[str, frozenset[str]] = {
    "answered": frozenset(),
    "solved_by_answer": frozenset(),
    "not_solved": frozenset(),
    "asked_back": frozenset(),
    "off_topic": frozenset(),
    "form_started": frozenset(),
    "form_field": frozenset({"field"}),
    "form_left": frozenset({"where", "how"}),
    "logged_in": frozenset(),
    "ticket_opened": frozenset(),
    "asked_for_person": frozenset(),
    "code_sent": frozenset(),
    "secret_hidden": frozenset(),
    "redirected_to_open_ticket": frozenset(),
    "ticket_offered": frozenset(),
    "tickets_shown": frozenset(),
    "incident_told": frozenset(),
    "incident_joined": frozenset(),
    # Not told by the bot: see escalation.abandoned and bonds.release.
    "abandoned": frozenset({"where"}),
    LEFT: frozenset(),
}
DETAILS_MAX = 10
# An id or a name fits, what a customer wrote mostly does not: it does not belong here.
DETAIL_MAX = 100

Detail = Mapping[str, str | int | float | bool | None]


def record(session: Session, conversation_id: str, kind: str, detail: Detail, now: datetime) -> None:
    """Note that it happened.

    Raises:
        InvalidReport: the kind is unknown, one of its details is missing, or there are too many.
    """
    if kind not in KINDS:
        raise InvalidReport(f"kind: one of {', '.join(KINDS)}", kind="unknown")
    missing = KINDS[kind] - detail.keys()
    if missing:
        raise InvalidReport(f"{kind} needs its details", **dict.fromkeys(sorted(missing), "required"))
    if len(detail) > DETAILS_MAX:
        raise InvalidReport(f"at most {DETAILS_MAX} details", detail="too many")
    session.add(ConversationEvent(conversation_id=conversation_id, kind=kind, detail=dict(detail), at=now))
