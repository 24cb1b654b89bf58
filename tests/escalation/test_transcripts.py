"""A customer's chats on his other devices, and the copy that is mailed to himself alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import bonds, transcripts
from escalation.errors import TooManyAttempts
from escalation.models import Customer, OutboxRow
from tests.escalation.conftest import NOW, service

CARLA = "carla@panaderialola.com.ar"
HOURS = timedelta(hours=12)
FRONT = "http://front.test"


def mails(session: Session) -> list[OutboxRow]:
    return list(session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


def copy(session: Session, customer: Customer, key: str, now: datetime = NOW, conversation: str = "c-1") -> None:
    transcripts.mail_copy(session, conversation, customer, key, "10:02 Usted: hola", FRONT, now)


def test_other_conversations_of_the_same_customer_are_found_newest_first(
    session: Session, carla: Customer, bruno: Customer
) -> None:
    for number, (who, at) in enumerate([(carla, NOW), (carla, NOW + HOURS), (bruno, NOW), (carla, NOW - timedelta(days=31))]):
        bonds.bind(session, f"c-{number}", who, HOURS, at)
    bonds.bind(session, "phone", carla, HOURS, NOW)
    assert transcripts.elsewhere(session, "phone", carla, NOW + HOURS) == ["c-1", "c-0"]


def test_a_conversation_that_he_left_on_a_shared_computer_is_never_offered_again(session: Session, carla: Customer) -> None:
    bonds.bind(session, "cyber-café", carla, HOURS, NOW)
    bonds.bind(session, "phone", carla, HOURS, NOW)
    bonds.release(session, "cyber-café", NOW + timedelta(hours=1))
    assert transcripts.elsewhere(session, "phone", carla, NOW + HOURS / 2) == []


def test_the_copy_goes_to_the_registered_address_once_a_wish_and_its_text_is_forgotten_after(
    session: Session, carla: Customer
) -> None:
    copy(session, carla, "w-1")
    copy(session, carla, "w-1")
    (mail,) = mails(session)
    assert mail.recipient == CARLA and "10:02 Usted: hola" in mail.content["body"]
    assert f"{FRONT}/#mesa-de-ayuda" in mail.content["body"] and "useless_after" in mail.content["headers"]


def test_three_copies_an_hour_are_enough(session: Session, carla: Customer) -> None:
    for number in range(3):
        copy(session, carla, f"w-{number}", conversation=f"c-{number}")
        session.flush()
    with pytest.raises(TooManyAttempts):
        copy(session, carla, "w-3")
    copy(session, carla, "w-3", NOW + timedelta(hours=1, seconds=1))
    assert len(mails(session)) == 4


def test_the_routes_ask_for_a_log_in_and_a_key(client: FlaskClient, session: Session, carla: Customer) -> None:
    body, key = {"text": "hola"}, {"Idempotency-Key": "w-1"}
    url = "/api/v1/conversations/c-1"
    assert client.post(f"{url}/transcript", json=body, headers={**service(), **key}).status_code == 403
    assert client.get(f"{url}/elsewhere", headers=service()).status_code == 403
    bonds.bind(session, "c-1", carla, HOURS, datetime.now(UTC))
    session.commit()
    assert client.post(f"{url}/transcript", json=body, headers=service()).status_code == 400
    assert client.post(f"{url}/transcript", json={"text": ""}, headers={**service(), **key}).status_code == 400
    for _ in range(2):
        assert client.post(f"{url}/transcript", json=body, headers={**service(), **key}).status_code == 202
    assert len(mails(session)) == 1
    assert client.get(f"{url}/elsewhere", headers=service()).json == {"conversations": []}
