"""News of tickets: escalation tells the front door, the conversation shows them, and Messenger sends them while it may."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from bot.channels.settings import Settings
from tests.channels.conftest import Visitor
from tests.channels.stand_ins import SERVICE_TOKEN
from webhook_app import create_app

SERVICE = {"Authorization": f"Bearer {SERVICE_TOKEN}"}


def news(conversation_id: str, **more: object) -> dict[str, object]:
    told = {"key": "chat-message-7", "author": "staff", "author_name": "Agustín", "text": "Ya **funciona**."}
    return {**told, "conversation_id": conversation_id, **more}


def test_what_staff_answer_stands_in_the_conversation_once(client: FlaskClient, visitor: Visitor) -> None:
    body = news(visitor.conversation_id)
    assert [client.post("/internal/news", json=body, headers=SERVICE).status_code for _ in range(2)] == [201, 200]
    (message,) = visitor.history()
    assert (message["author"], message["text"], message["author_name"]) == ("staff", "Ya **funciona**.", "Agustín")


def test_the_open_widget_hears_it_by_its_stream(client: FlaskClient, visitor: Visitor) -> None:
    stream = iter(client.get("/widget/events", headers=visitor.headers).response)
    assert next(stream) in (b": open\n\n", ": open\n\n")
    client.post("/internal/news", json=news(visitor.conversation_id), headers=SERVICE)
    ends = time.monotonic() + 5
    heard = ""
    while "funciona" not in heard and time.monotonic() < ends:
        piece = next(stream)
        heard += piece.decode() if isinstance(piece, bytes) else piece
    assert '"author": "staff"' in heard


@pytest.mark.parametrize("token", [None, "Bearer ", "Bearer wrong", "Bearer ñ"])
def test_nobody_but_escalation_may_put_words_into_a_conversation(client: FlaskClient, visitor: Visitor, token: str | None) -> None:
    headers = {"Authorization": token.encode().decode("latin-1")} if token else visitor.headers
    assert client.post("/internal/news", json=news(visitor.conversation_id), headers=headers).status_code == 401
    assert visitor.history() == []


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"key": ""},
        {"key": "k" * 61},
        {"author": "customer"},
        {"text": ""},
        {"text": "x" * 25_001},
        {"text": 5},
        {"text": "a\x00b"},
        {"author_name": "x" * 201},
    ],
)
def test_anything_else_is_refused(client: FlaskClient, visitor: Visitor, body: object) -> None:
    sent = news(visitor.conversation_id, **body) if isinstance(body, dict) else body
    assert client.post("/internal/news", json=sent, headers=SERVICE).status_code == 400


def test_news_for_a_conversation_that_never_was_are_a_404(client: FlaskClient) -> None:
    assert client.post("/internal/news", json=news("no-such"), headers=SERVICE).status_code == 404


def test_a_code_is_still_expected_after_news_came_in_between(client: FlaskClient, visitor: Visitor, settings: Settings) -> None:
    from bot.channels.store import Store
    from wire.database import new_engine

    store = Store(new_engine(settings.chat_database_url))
    message = store.accept(visitor.conversation_id, "m-1", "ana@sudominio.com.ar", None)
    store.answer(message, [{"text": "Escriba el código.", "card": "code"}])
    client.post("/internal/news", json=news(visitor.conversation_id), headers=SERVICE)
    assert store.expects_code(visitor.conversation_id, "m-2")


def test_without_messenger_its_old_conversations_are_left_to_mail(settings: Settings) -> None:
    from bot.channels.store import Store
    from wire.database import new_engine

    old = Store(new_engine(settings.chat_database_url)).open_conversation("messenger")
    client = create_app(replace(settings, messenger=None)).test_client()
    assert client.post("/internal/news", json=news(old), headers=SERVICE).status_code == 409
