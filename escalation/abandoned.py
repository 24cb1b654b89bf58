"""Conversations that fell silent before they led anywhere: noted once each, with where, so that this can be counted too."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation import conversation_events
from escalation.chat_models import ConversationEvent

# Who looks for an error message in another window is back by then.
SILENCE = timedelta(hours=1)
# An older silence was noted, or the worker was down for days; then its place in a count is past anyway.
LOOKED_AT = timedelta(days=2)
BATCH = 200
# After these nothing is left open.
ENDS = frozenset(
    {"solved_by_answer", "ticket_opened", "redirected_to_open_ticket", "form_left", "off_topic", "tickets_shown", "abandoned"}
    | {"incident_joined"}
)
# Said beside the road, they do not say where on it he was.
BESIDE = frozenset({"secret_hidden", "asked_for_person", "left", "incident_told"})
# What the last thing that happened had asked of him.
WHERE = {
    "answered": "answer",
    "asked_back": "choices",
    "not_solved": "ticket_offer",
    "ticket_offered": "ticket_offer",
    "form_started": "log_in",
    "code_sent": "code",
    "logged_in": "log_in",
}


def note(session: Session, now: datetime) -> int:
    """Record ``abandoned`` for each conversation whose last event left a question open an hour ago; returns how many."""
    newest = (
        select(func.max(ConversationEvent.id))
        .where(ConversationEvent.at > now - LOOKED_AT, ConversationEvent.kind.not_in(BESIDE))
        .group_by(ConversationEvent.conversation_id)
    )
    silent = select(ConversationEvent).where(
        ConversationEvent.id.in_(newest), ConversationEvent.kind.not_in(ENDS), ConversationEvent.at <= now - SILENCE
    )
    found = list(session.scalars(silent.order_by(ConversationEvent.id).limit(BATCH)))
    for event in found:
        conversation_events.record(session, event.conversation_id, "abandoned", {"where": _where(event)}, now)
    return len(found)


def _where(event: ConversationEvent) -> str:
    return str(event.detail.get("field")) if event.kind == "form_field" else WHERE.get(event.kind, event.kind)
