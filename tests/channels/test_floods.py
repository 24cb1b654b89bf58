"""Who sends without end: refused with a word that a person understands, and nobody else waits for it."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.channels.settings import Settings
from tests.channels.conftest import Visitor, all_that_is_stored
from tests.channels.stand_ins import FakeRasa
from webhook_app import create_app


@pytest.fixture
def server_url() -> None:
    """SQLite alone: what is tried here does not depend on the database."""


def door(settings: Settings, **limits: str | int) -> FlaskClient:
    return create_app(replace(settings, **limits)).test_client()


def say(client: FlaskClient, visitor: Visitor, number: int) -> TestResponse:
    return client.post("/widget/messages", json={"id": f"m-{number}", "text": f"hola {number}"}, headers=visitor.headers)


def refused(answer: TestResponse) -> bool:
    """With words for the customer, the time to wait, and readable by the page that the widget stands on."""
    if answer.status_code != 429:
        return False
    assert answer.mimetype == "application/problem+json" and "Espere un minuto" in answer.json["text"]
    assert 0 < int(answer.headers["Retry-After"]) <= 60 and answer.headers["Access-Control-Allow-Origin"] == "*"
    return True


def test_one_conversation_that_writes_too_fast_waits_and_the_others_do_not(settings: Settings, rasa: FakeRasa) -> None:
    client = door(settings, chat_per_conversation="3 per minute")
    loud, quiet = Visitor(client), Visitor(client)
    assert [refused(say(client, loud, number)) for number in range(4)] == [False, False, False, True]
    assert len(rasa.turns) == 3 and "hola 3" not in all_that_is_stored(settings)
    assert say(client, quiet, 1).status_code == 200


def test_files_and_messages_of_a_conversation_are_counted_together(settings: Settings, rasa: FakeRasa) -> None:
    client = door(settings, chat_per_conversation="2 per minute")
    visitor = Visitor(client)
    say(client, visitor, 1)
    sent = []
    for _ in range(2):
        file = {"file": (io.BytesIO(b"%PDF-1.7"), "a.pdf")}
        sent.append(client.post("/widget/attachments", data=file, headers=visitor.headers).status_code)
    assert sent == [201, 429]


def test_new_conversations_are_no_way_around_the_measure_of_an_address(settings: Settings) -> None:
    client = door(settings, chat_per_address="3 per minute", trusted_proxies=1)
    for number in range(3):
        assert client.post("/widget/conversations", headers={"X-Forwarded-For": "190.1.1.1"}).status_code == 201, number
    assert refused(client.post("/widget/conversations", headers={"X-Forwarded-For": "190.1.1.1"}))
    # One subscriber's network of IPv6 is one sender; another sender is not touched.
    for number in range(3):
        assert client.post("/widget/conversations", headers={"X-Forwarded-For": f"2800:810:1:2::{number}"}).status_code == 201
    assert refused(client.post("/widget/conversations", headers={"X-Forwarded-For": "2800:810:1:2::ffff"}))
    assert client.post("/widget/conversations", headers={"X-Forwarded-For": "190.2.2.2"}).status_code == 201


def test_a_forged_token_is_counted_too(settings: Settings) -> None:
    client = door(settings, chat_per_conversation="2 per minute")
    answers = [
        client.post("/widget/messages", json={"id": "1", "text": "x"}, headers={"Authorization": f"Bearer forged{number}"})
        for number in range(3)
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 429]


def test_reading_and_an_office_of_twenty_are_never_refused(client: FlaskClient) -> None:
    visitor = Visitor(client)
    assert {client.get("/widget/messages", headers=visitor.headers).status_code for _ in range(100)} == {200}
    assert {client.post("/widget/conversations").status_code for _ in range(20)} == {201}


def test_where_the_count_cannot_be_kept_the_door_stays_open_and_counts_by_itself(settings: Settings) -> None:
    client = door(settings, chat_per_address="2 per minute", rate_limit_storage_url="redis://127.0.0.1:1/0")
    assert [client.post("/widget/conversations").status_code for _ in range(3)] == [201, 201, 429]
