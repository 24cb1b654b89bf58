"""Half-filled reports: nothing that was typed is lost, and nobody reads another's."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from escalation import bonds, drafts, tickets
from escalation.chat_models import Draft
from escalation.drafts import OFFERED_FOR, Content
from escalation.errors import NotAllowed, NotFound
from escalation.models import Customer
from tests.escalation.conftest import AREA_URL, NOW, service
from tests.escalation.test_tickets import MAIL_REPORT

HALF = Content(area="mail", key="k-1", fields={"description": "no me llegan los mails"}, shown_entries=["mail-no-llega"])
DAY = timedelta(days=1)


def test_a_draft_changes_with_every_answer_and_keeps_its_age(session: Session) -> None:
    drafts.save(session, "c-1", None, HALF, NOW)
    fuller = Content("mail", "k-1", {**HALF.fields, "site": "panaderialola.com.ar"}, [])
    draft = drafts.save(session, "c-1", None, fuller, NOW + DAY)
    assert draft.fields["site"] == "panaderialola.com.ar"
    assert (draft.created_at, draft.updated_at, draft.state) == (NOW, NOW + DAY, drafts.OPEN)


def test_a_new_key_is_another_report(session: Session) -> None:
    drafts.save(session, "c-1", None, HALF, NOW)
    draft = drafts.save(session, "c-1", None, Content("site", "k-2", {}, []), NOW + DAY)
    assert (draft.key, draft.created_at, draft.fields) == ("k-2", NOW + DAY, {})


def test_what_was_begun_before_the_log_in_becomes_his(session: Session, carla: Customer) -> None:
    drafts.save(session, "c-1", None, HALF, NOW)
    bonds.bind(session, "c-1", carla, DAY, NOW)
    session.expire_all()
    assert session.get_one(Draft, "c-1").customer_id == carla.id


def test_after_he_left_nobody_reads_his_draft_in_that_conversation(session: Session, carla: Customer, bruno: Customer) -> None:
    drafts.save(session, "c-1", carla, HALF, NOW)
    assert drafts.current(session, "c-1", carla) is not None
    for stranger in (None, bruno):
        assert drafts.current(session, "c-1", stranger) is None
        drafts.cancel(session, "c-1", stranger, NOW)
    assert drafts.current(session, "c-1", carla) is not None


def test_the_newest_draft_of_his_other_conversations_is_offered_for_thirty_days(
    session: Session, carla: Customer, bruno: Customer
) -> None:
    drafts.save(session, "old", carla, Content("mail", "k-old", {}, []), NOW - DAY)
    drafts.save(session, "new", carla, HALF, NOW)
    drafts.save(session, "his", bruno, Content("mail", "k-his", {}, []), NOW + DAY)
    assert drafts.other(session, "here", carla, NOW).conversation_id == "new"
    assert drafts.other(session, "new", carla, NOW).conversation_id == "old"
    assert drafts.other(session, "here", carla, NOW + OFFERED_FOR) is not None
    assert drafts.other(session, "here", carla, NOW + OFFERED_FOR + timedelta(seconds=1)) is None
    drafts.cancel(session, "new", carla, NOW)
    assert drafts.other(session, "here", carla, NOW).conversation_id == "old"


def test_an_adopted_draft_moves_and_is_not_offered_again(session: Session, carla: Customer) -> None:
    drafts.save(session, "phone", carla, HALF, NOW)
    drafts.save(session, "here", carla, Content("mail", "k-0", {}, []), NOW)
    drafts.cancel(session, "here", carla, NOW)
    assert drafts.adopt(session, "here", "phone", carla, NOW).fields == HALF.fields
    session.expire_all()
    assert session.get(Draft, "phone") is None
    assert drafts.other(session, "tablet", carla, NOW).conversation_id == "here"
    with pytest.raises(NotFound):
        drafts.adopt(session, "tablet", "phone", carla, NOW)


def test_only_ones_own_open_draft_can_be_adopted_and_never_over_another(session: Session, carla: Customer, bruno: Customer) -> None:
    drafts.save(session, "phone", carla, HALF, NOW)
    with pytest.raises(NotFound):
        drafts.adopt(session, "here", "phone", bruno, NOW)
    drafts.save(session, "here", carla, Content("mail", "k-2", {"description": "otra cosa"}, []), NOW)
    with pytest.raises(NotAllowed):
        drafts.adopt(session, "here", "phone", carla, NOW)


def test_the_ticket_marks_the_draft_sent_in_its_transaction_and_a_late_repetition_does_not_open_it(
    session: Session, carla: Customer
) -> None:
    drafts.save(session, "c-1", None, HALF, NOW)
    drafts.save(session, "phone", carla, HALF, NOW)
    session.commit()
    tickets.open_ticket(session, carla, MAIL_REPORT, HALF.key, AREA_URL, NOW)
    session.rollback()
    assert drafts.current(session, "c-1", carla) is not None
    tickets.open_ticket(session, carla, MAIL_REPORT, HALF.key, AREA_URL, NOW)
    session.commit()
    session.expire_all()
    assert {draft.state for draft in session.query(Draft)} == {drafts.SENT}
    assert drafts.save(session, "c-1", None, HALF, NOW).state == drafts.SENT
    with pytest.raises(NotAllowed):
        drafts.save(session, "c-9", carla, HALF, NOW)


def test_the_bot_saves_reads_adopts_and_cancels(client: FlaskClient, session: Session, carla: Customer) -> None:
    body = {"area": "mail", "key": "k-1", "fields": {"description": "no anda", "site": None}, "shown_entries": ["a"]}
    path = "/api/v1/conversations/c-1"
    saved = client.put(f"{path}/draft", json=body, headers=service())
    assert saved.status_code == 200
    assert {name: saved.json[name] for name in body} == body
    assert client.get(path, headers=service()).json["draft"] == saved.json
    bonds.bind(session, "c-1", carla, DAY, saved_at(saved.json))
    bonds.bind(session, "c-2", carla, DAY, saved_at(saved.json))
    session.commit()
    other = client.get("/api/v1/conversations/c-2", headers=service()).json
    assert (other["draft"], other["other_draft"]["conversation_id"]) == (None, "c-1")
    adopt = "/api/v1/conversations/c-2/draft/adopt"
    assert client.post(adopt, json={"from": "c-1"}, headers=service()).json["conversation_id"] == "c-2"
    assert client.post(adopt, json={"from": "c-1"}, headers=service()).status_code == 404
    assert client.post("/api/v1/conversations/c-3/draft/adopt", json={"from": "c-2"}, headers=service()).status_code == 403
    for _ in range(2):
        assert client.delete("/api/v1/conversations/c-2/draft", headers=service()).status_code == 204
    assert client.get("/api/v1/conversations/c-2", headers=service()).json["draft"] is None


@pytest.mark.parametrize("wrong", [{"key": ""}, {"key": "x" * 101}, {"key": "a\x00"}, {"area": "weather"}, {"fields": "no"}])
def test_a_draft_that_could_not_be_kept_is_refused(client: FlaskClient, wrong: dict[str, object]) -> None:
    body = {"area": "mail", "key": "k", "fields": {}, **wrong}
    assert client.put("/api/v1/conversations/c-1/draft", json=body, headers=service()).status_code == 400


def test_an_id_that_no_door_issued_is_not_found(client: FlaskClient) -> None:
    for unsound in ("x" * 65, "a%00b"):
        assert client.get(f"/api/v1/conversations/{unsound}", headers=service()).status_code == 404


def saved_at(draft: dict[str, str]) -> datetime:
    return datetime.fromisoformat(draft["updated_at"])
