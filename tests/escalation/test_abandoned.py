"""Where customers fall silent: noted once, with where."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import abandoned
from escalation.chat_models import ConversationEvent
from escalation.conversation_events import KINDS, record
from tests.escalation.conftest import NOW

LONG_AGO = NOW - abandoned.SILENCE - timedelta(minutes=1)


def where(session: Session, conversation_id: str) -> list[str]:
    query = select(ConversationEvent).where(ConversationEvent.kind == "abandoned")
    return [event.detail["where"] for event in session.scalars(query.filter_by(conversation_id=conversation_id))]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([("answered", {"topic": "php-version"})], "answer"),
        ([("asked_back", {})], "choices"),
        ([("answered", {}), ("not_solved", {})], "ticket_offer"),
        ([("ticket_offered", {})], "ticket_offer"),
        ([("asked_for_person", {}), ("form_started", {})], "log_in"),
        ([("form_started", {}), ("asked_for_person", {})], "log_in"),
        ([("form_started", {}), ("code_sent", {})], "code"),
        ([("form_started", {}), ("logged_in", {}), ("form_field", {"field": "mail_program"})], "mail_program"),
        ([("form_field", {"field": "since"}), ("form_field", {"field": "confirm"})], "confirm"),
    ],
)
def test_a_conversation_that_fell_silent_is_noted_once_with_where(
    session: Session, events: list[tuple[str, dict[str, str]]], expected: str
) -> None:
    for kind, detail in events:
        record(session, "c-1", kind, detail, LONG_AGO)
    assert abandoned.note(session, NOW) == 1
    assert where(session, "c-1") == [expected]
    assert abandoned.note(session, NOW + timedelta(minutes=5)) == 0


@pytest.mark.parametrize("end", sorted(abandoned.ENDS - {"form_left", "abandoned"}))
def test_what_led_somewhere_is_not_abandoned(session: Session, end: str) -> None:
    record(session, "c-1", "form_started", {}, LONG_AGO)
    record(session, "c-1", end, {}, LONG_AGO)
    assert abandoned.note(session, NOW) == 0


def test_who_left_by_himself_was_noted_then(session: Session) -> None:
    record(session, "c-1", "form_left", {"where": "since", "how": "later"}, LONG_AGO)
    assert abandoned.note(session, NOW) == 0


def test_who_may_still_be_typing_is_waited_for_and_who_comes_back_may_leave_again(session: Session) -> None:
    record(session, "c-1", "form_field", {"field": "site"}, NOW - timedelta(minutes=59))
    assert abandoned.note(session, NOW) == 0
    later = NOW + timedelta(hours=1)
    assert abandoned.note(session, later) == 1
    record(session, "c-1", "form_field", {"field": "since"}, later)
    assert abandoned.note(session, later + timedelta(hours=2)) == 1
    assert where(session, "c-1") == ["site", "since"]


def test_a_silence_of_last_week_is_history(session: Session) -> None:
    record(session, "c-1", "answered", {}, NOW - abandoned.LOOKED_AT - timedelta(hours=1))
    assert abandoned.note(session, NOW) == 0


def test_every_kind_of_event_is_an_end_or_says_where_he_was() -> None:
    assert set(KINDS) == abandoned.ENDS | abandoned.BESIDE | set(abandoned.WHERE) | {"form_field"}
