"""What a customer has of his chat beside the screen: what is unread, the same talk on another device, a copy."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from bot.channels.settings import Settings
from bot.channels.store import Store
from tests.channels.conftest import Visitor
from tests.channels.stand_ins import SERVICE_TOKEN, FakeEscalation
from wire.database import new_engine

SERVICE = {"Authorization": f"Bearer {SERVICE_TOKEN}"}


def answer_of_staff(client: FlaskClient, visitor: Visitor, key: str, text: str) -> None:
    told = {"key": key, "conversation_id": visitor.conversation_id, "author": "staff", "author_name": "Agustín", "text": text}
    assert client.post("/internal/news", json=told, headers=SERVICE).status_code == 201


def unread(client: FlaskClient, visitor: Visitor, after: str) -> int:
    return client.get(f"/widget/unread?after={after}", headers=visitor.headers).json["unread"]


def test_what_came_after_the_last_look_is_unread_and_his_own_words_are_not(client: FlaskClient, visitor: Visitor) -> None:
    seen = visitor.write("hola", "m-1")["replies"][-1]["id"]
    assert unread(client, visitor, seen) == 0
    answer_of_staff(client, visitor, "k-1", "Ya funciona.")
    visitor.write("gracias", "m-2")
    assert unread(client, visitor, seen) == 2
    assert client.get("/widget/unread?after=x", headers=visitor.headers).status_code == 400


def test_after_log_in_another_device_reads_the_same_conversation_and_may_go_on_with_it(
    client: FlaskClient, desk: FakeEscalation
) -> None:
    laptop, phone, silent = Visitor(client), Visitor(client), Visitor(client)
    laptop.write("no puedo enviar mails", "m-1")
    phone.write("mis tickets", "m-1")
    desk.elsewhere[phone.conversation_id] = [silent.conversation_id, laptop.conversation_id]
    found = client.get("/widget/elsewhere", headers=phone.headers).json["conversation"]
    assert [message["text"] for message in found["messages"]] == ["no puedo enviar mails", "Eco: no puedo enviar mails"]
    headers = {"Authorization": f"Bearer {found['token']}"}
    client.post("/widget/messages", json={"id": "m-2", "text": "desde el teléfono"}, headers=headers)
    assert ("customer", "desde el teléfono") in laptop.said()


def test_who_did_not_log_in_sees_no_other_conversation(client: FlaskClient, desk: FakeEscalation, visitor: Visitor) -> None:
    assert client.get("/widget/elsewhere", headers=visitor.headers).json == {"conversation": None}
    desk.elsewhere[visitor.conversation_id] = []
    assert client.get("/widget/elsewhere", headers=visitor.headers).json == {"conversation": None}
    desk.stop()
    assert client.get("/widget/elsewhere", headers=visitor.headers).status_code == 503


def test_a_conversation_of_another_channel_is_not_offered(
    client: FlaskClient, desk: FakeEscalation, visitor: Visitor, settings: Settings
) -> None:
    store = Store(new_engine(settings.chat_database_url))
    messenger = store.open_conversation("messenger")
    store.accept(messenger, "mid-1", "hola desde Facebook", None)
    desk.elsewhere[visitor.conversation_id] = [messenger]
    assert client.get("/widget/elsewhere", headers=visitor.headers).json == {"conversation": None}


def test_the_copy_says_who_said_what_and_when_in_plain_text(client: FlaskClient, visitor: Visitor, settings: Settings) -> None:
    visitor.write("hola **che**", "m-1")
    store = Store(new_engine(settings.chat_database_url))
    store.tell(visitor.conversation_id, "Vea [Rebotes](/ayuda/correo-rebota) o [nuestra página](https://www.csiserver.com).")
    answer_of_staff(client, visitor, "k-1", "Pruebe `telnet`.")
    copy = client.get("/widget/transcript", headers=visitor.headers)
    assert copy.mimetype == "text/plain" and "mesa-de-ayuda.txt" in copy.headers["Content-Disposition"]
    assert re.match(r"\d\d/\d\d/\d{4}\n\n\d\d:\d\d Usted: hola che\n\n", copy.text)
    assert "Asistente automático: Vea Rebotes (http://front.test/ayuda/correo-rebota) o nuestra página (https://www" in copy.text
    assert "Agustín · Soporte: Pruebe telnet.\n" in copy.text


def test_the_copy_by_mail_goes_through_escalation_to_whom_is_logged_in_and_one_wish_is_one_mail(
    client: FlaskClient, desk: FakeEscalation, visitor: Visitor
) -> None:
    visitor.write("hola", "m-1")
    ask = {"id": "w-1", "email": "otro@example.com"}
    assert client.post("/widget/transcript/mail", json=ask, headers=visitor.headers).status_code == 403
    desk.elsewhere[visitor.conversation_id] = []
    assert [client.post("/widget/transcript/mail", json=ask, headers=visitor.headers).status_code for _ in range(2)] == [202, 202]
    ((conversation_id, text),) = set(desk.copies.values())
    assert conversation_id == visitor.conversation_id and "Usted: hola" in text and "otro@example.com" not in text


@pytest.mark.parametrize(("status", "told"), [(429, 429), (500, 503)])
def test_a_copy_that_is_not_sent_is_not_said_to_be(
    client: FlaskClient, desk: FakeEscalation, visitor: Visitor, status: int, told: int
) -> None:
    assert client.post("/widget/transcript/mail", json={"id": "w-0"}, headers=visitor.headers).status_code == 409
    visitor.write("hola", "m-1")
    desk.elsewhere[visitor.conversation_id] = []
    desk.copy_status = status
    assert client.post("/widget/transcript/mail", json={"id": "w-1"}, headers=visitor.headers).status_code == told
    assert client.post("/widget/transcript/mail", json={"id": ""}, headers=visitor.headers).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/widget/unread"), ("GET", "/widget/elsewhere"), ("GET", "/widget/transcript"), ("POST", "/widget/transcript/mail")],
)
def test_nobody_reads_them_without_the_conversations_token(client: FlaskClient, method: str, path: str) -> None:
    assert client.open(path, method=method, json={}).status_code == 401


def test_other_sites_may_search_the_help_centre_in_the_widget(client: FlaskClient) -> None:
    found = client.get("/widget/answers?q=no me llegan los correos", headers={"Origin": "https://www.csiserver.com"})
    assert found.headers["Access-Control-Allow-Origin"] == "*" and found.json["answers"]
