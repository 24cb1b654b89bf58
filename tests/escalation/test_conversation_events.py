"""What happened in conversations can be counted later, and holds nothing that a customer wrote."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.chat_models import ConversationEvent
from escalation.conversation_events import DETAIL_MAX, KINDS
from tests.escalation.conftest import service

PATH = "/api/v1/conversations/c-1/events"


def test_every_kind_is_kept_with_its_details(client: FlaskClient, session: Session) -> None:
    for kind, names in KINDS.items():
        detail = {**dict.fromkeys(names, "site"), "entry": "mail-no-llega", "rank": 1, "sure": True, "score": 0.7, "left": None}
        answer = client.post(PATH, json={"kind": kind, "detail": detail}, headers=service())
        assert (answer.status_code, answer.data) == (204, b"")
        row = session.scalars(select(ConversationEvent).order_by(ConversationEvent.id.desc())).first()
        assert (row.conversation_id, row.kind, row.detail) == ("c-1", kind, detail)
        session.rollback()
    assert client.post(PATH, json={"kind": "answered"}, headers=service()).status_code == 204


@pytest.mark.parametrize(
    ("kind", "detail", "status"),
    [
        ("weather", {}, 400),
        ("answered", {"text": "x" * (DETAIL_MAX + 1)}, 400),
        ("answered", {"texts": ["x"]}, 400),
        ("answered", {"score": float("nan")}, 400),
        ("answered", "no", 400),
        ("answered", {f"n{number}": 1 for number in range(11)}, 422),
        ("form_field", {}, 422),
        ("form_left", {"where": "site"}, 422),
    ],
)
def test_what_cannot_be_counted_or_could_hold_a_message_is_refused(
    client: FlaskClient, session: Session, kind: str, detail: object, status: int
) -> None:
    assert client.post(PATH, json={"kind": kind, "detail": detail}, headers=service()).status_code == status
    assert session.scalars(select(ConversationEvent)).all() == []
