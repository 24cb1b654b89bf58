"""Files that customers send: bounded, stored before they are acknowledged, handed to escalation exactly once."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from bot.channels.settings import Settings
from bot.channels.uploads import FILE_MAX_BYTES, shown_name
from tests.channels.conftest import Visitor
from tests.channels.stand_ins import FakeEscalation, FakeRasa
from webhook_app import create_app
from wire.database import new_engine

PICTURE = b"\x89PNG\r\n\x1a\n" + b"pixels" * 50_000
NAME = "captura del error ñ.png"

Send = Callable[..., TestResponse]


@pytest.fixture
def send(client: FlaskClient, visitor: Visitor) -> Send:
    """Uploads as the widget does."""

    def post(content: bytes = PICTURE, name: str = NAME, **fields: str) -> TestResponse:
        body = {"file": (io.BytesIO(content), name), **fields}
        return client.post("/widget/attachments", data=body, headers=visitor.headers)

    return post


def eventually(true: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def kept(settings: Settings) -> list[Path]:
    return list(settings.files_folder.iterdir())


def test_a_file_reaches_escalation_whole_and_the_bot_is_told(
    send: Send, visitor: Visitor, settings: Settings, rasa: FakeRasa, desk: FakeEscalation
) -> None:
    answer = send()
    assert answer.status_code == 201
    told = {key: answer.json[key] for key in ("id", "name", "size")}
    assert (told["name"], told["size"]) == (NAME, len(PICTURE))
    assert desk.files == {told["id"]: {"conversation_id": visitor.conversation_id, "name": NAME, "content": PICTURE}}
    assert rasa.turns[0]["message"] == "/file_added"
    assert rasa.turns[0]["metadata"]["file"] == {"name": NAME, "size": len(PICTURE)}
    assert [reply["text"] for reply in answer.json["replies"]] == ["Eco: /file_added"]
    line, reply = visitor.history()
    assert line == answer.json["message"] and reply["id"] == answer.json["replies"][0]["id"]
    assert (line["author"], line["text"], line["attachment"]) == ("customer", f"📎 {NAME}", told)
    assert kept(settings) == []


def test_the_same_id_again_is_the_same_file_once(send: Send, rasa: FakeRasa, desk: FakeEscalation) -> None:
    first, again = send(id="f-1"), send(id="f-1")
    assert (first.status_code, again.status_code) == (201, 201) and first.json == again.json
    assert desk.handed_over == 1 and len(rasa.turns) == 1
    assert send(id="f-2").json["id"] != first.json["id"]


def test_the_id_of_a_typed_message_is_refused(send: Send, visitor: Visitor, desk: FakeEscalation) -> None:
    visitor.write("hola", "m-1")
    assert send(id="m-1").status_code == 400 and desk.files == {}
    assert send(id="no es un id").status_code == 400


def test_too_large_a_file_is_refused_with_words_for_customer_and_program(
    send: Send, visitor: Visitor, settings: Settings, desk: FakeEscalation
) -> None:
    assert send(b"x" * FILE_MAX_BYTES).status_code == 201
    for size in (FILE_MAX_BYTES + 1, FILE_MAX_BYTES + 2**20):
        answer = send(b"x" * size)
        assert answer.status_code == 413 and "10 MB" in answer.json["detail"] and "10 MB" in answer.json["text"]
    assert len(desk.files) == 1 and len(visitor.history()) == 2 and kept(settings) == []


def test_a_body_without_a_file_is_refused(send: Send, client: FlaskClient, visitor: Visitor) -> None:
    assert send(b"").status_code == 400
    assert client.post("/widget/attachments", data={"other": "x"}, headers=visitor.headers).status_code == 400
    assert client.post("/widget/attachments", json={"file": "x"}, headers=visitor.headers).status_code == 400


@pytest.mark.parametrize("status", [400, 413, 415, 422, 429])
def test_what_escalation_refuses_is_passed_on_and_leaves_no_trace(
    send: Send, visitor: Visitor, settings: Settings, rasa: FakeRasa, desk: FakeEscalation, status: int
) -> None:
    desk.file_status = status
    answer = send(b"MZ", "virus.exe")
    assert (answer.status_code, answer.json["detail"]) == (status, f"refused with {status}")
    assert answer.json["text"] and answer.mimetype == "application/problem+json"
    assert visitor.history() == [] and rasa.turns == [] and kept(settings) == []
    desk.file_status = 201
    visitor.write("hola", "m-1")
    assert desk.files == {}


@pytest.mark.parametrize(("reason", "words"), [("type", "no se acepta"), ("count", "muchos archivos"), ("new", "No pudimos")])
def test_the_reason_that_escalation_gives_is_told_to_the_customer(
    send: Send, desk: FakeEscalation, reason: str, words: str
) -> None:
    desk.file_status, desk.file_fields = 422, {"file": reason}
    answer = send().json
    assert words in answer["text"] and answer["fields"] == {"file": reason}


def test_turn_and_background_do_not_send_one_file_twice(
    send: Send, visitor: Visitor, settings: Settings, desk: FakeEscalation, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.stop()
    send()
    desk.file_seconds = 1.0
    desk.start()
    monkeypatch.setattr("bot.channels.forwarder.PAUSE_SECONDS", 0.1)
    create_app(settings)
    eventually(lambda: desk.handed_over == 1)
    visitor.write("hola", "m-1")
    eventually(lambda: kept(settings) == [])
    assert desk.handed_over == 1


def test_a_file_that_escalation_cannot_take_is_kept_and_handed_over_once_with_the_next_message(
    send: Send, visitor: Visitor, settings: Settings, desk: FakeEscalation
) -> None:
    desk.stop()
    answer = send()
    assert answer.status_code == 201 and answer.json["replies"]
    (file,) = kept(settings)
    assert file.name == answer.json["id"] and file.read_bytes() == PICTURE
    assert settings.files_folder.stat().st_mode & 0o077 == 0
    desk.start()
    visitor.write("hola", "m-1")
    assert desk.files[answer.json["id"]]["content"] == PICTURE and kept(settings) == []
    visitor.write("¿hola?", "m-2")
    assert desk.handed_over == 1


@pytest.mark.parametrize("status", [401, 404, 500, 503])
def test_an_answer_that_is_no_verdict_on_the_file_keeps_it(send: Send, visitor: Visitor, desk: FakeEscalation, status: int) -> None:
    desk.file_status = status
    assert send().status_code == 201 and desk.files == {}
    desk.file_status = 201
    visitor.write("hola", "m-1")
    assert len(desk.files) == 1


def test_what_waits_is_handed_over_without_anybody_writing(
    send: Send, settings: Settings, desk: FakeEscalation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.forwarder.PAUSE_SECONDS", 0.1)
    desk.stop()
    ids = {send(name=f"{number}.png").json["id"] for number in range(3)}
    desk.start()
    eventually(lambda: set(desk.files) == ids and kept(settings) == [])
    time.sleep(0.3)
    assert desk.handed_over == 3


def test_what_waits_survives_a_restart_of_the_door(
    send: Send, settings: Settings, desk: FakeEscalation, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.stop()
    file_id = send().json["id"]
    desk.start()
    monkeypatch.setattr("bot.channels.forwarder.PAUSE_SECONDS", 0.1)
    create_app(settings)
    eventually(lambda: set(desk.files) == {file_id})


def test_a_kept_file_that_is_refused_later_is_told_to_the_customer_once(
    send: Send, visitor: Visitor, settings: Settings, desk: FakeEscalation
) -> None:
    desk.stop()
    send(b"MZ", "virus.exe")
    desk.start()
    desk.file_status = 415
    visitor.write("hola", "m-1")
    visitor.write("¿hola?", "m-2")
    refusals = [words for author, words in visitor.said() if author == "bot" and "«virus.exe»" in words]
    assert len(refusals) == 1 and "no se acepta" in refusals[0]
    assert desk.handed_over == 1 and kept(settings) == []


def test_a_kept_file_that_comes_too_fast_waits_on(send: Send, visitor: Visitor, desk: FakeEscalation) -> None:
    desk.stop()
    send()
    desk.start()
    desk.file_status = 429
    visitor.write("hola", "m-1")
    desk.file_status = 201
    visitor.write("¿hola?", "m-2")
    assert len(desk.files) == 1


def test_the_files_that_wait_are_bounded(
    send: Send, settings: Settings, desk: FakeEscalation, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.stop()
    monkeypatch.setattr("bot.channels.files.WAITING_MAX", 2)
    assert [send().status_code for _ in range(3)] == [201, 201, 429]
    monkeypatch.setattr("bot.channels.files.WAITING_MAX", 20)
    monkeypatch.setattr("bot.channels.files.WAITING_MAX_BYTES", 2 * len(PICTURE))
    assert send().status_code == 429 and len(kept(settings)) == 2


def test_a_file_that_another_machine_keeps_is_left_to_it(
    send: Send, visitor: Visitor, settings: Settings, desk: FakeEscalation, tmp_path: Path
) -> None:
    desk.stop()
    file_id = send().json["id"]
    desk.start()
    other = create_app(replace(settings, files_folder=tmp_path / "other-machine")).test_client()
    other.post("/widget/messages", json={"id": "m-1", "text": "hola"}, headers=visitor.headers)
    assert visitor.said()[-1] == ("bot", "Eco: hola") and desk.files == {}
    visitor.write("¿hola?", "m-2")
    assert set(desk.files) == {file_id}


def test_while_the_bot_is_down_the_file_is_safe_and_the_same_id_tells_him_later(
    send: Send, visitor: Visitor, rasa: FakeRasa, desk: FakeEscalation
) -> None:
    rasa.mode = "fails"
    answer = send(id="f-1")
    assert (answer.status_code, answer.json["replies"]) == (201, []) and len(desk.files) == 1
    assert visitor.said() == [("customer", f"📎 {NAME}")]
    rasa.mode = "well"
    assert send(id="f-1").json["replies"] and desk.handed_over == 1


def test_a_file_in_between_does_not_make_the_door_forget_that_it_waits_for_a_code(
    send: Send, visitor: Visitor, rasa: FakeRasa
) -> None:
    rasa.says["ana@sudominio.com.ar"] = [{"text": "Escriba el código."}, {"custom": {"card": "code"}}]
    visitor.write("ana@sudominio.com.ar", "m-1")
    send()
    visitor.write("123456", "m-2")
    assert rasa.turns[-1]["message"] == "/logged_in"


def test_another_conversation_sees_neither_the_file_nor_its_line(
    send: Send, client: FlaskClient, settings: Settings, desk: FakeEscalation
) -> None:
    send(id="f-1")
    other = Visitor(client)
    assert other.history() == []
    body = {"file": (io.BytesIO(b"mine"), "mine.txt"), "id": "f-1"}
    answer = client.post("/widget/attachments", data=body, headers=other.headers)
    assert answer.json["name"] == "mine.txt" and desk.files[answer.json["id"]]["conversation_id"] == other.conversation_id
    forged = {"Authorization": other.headers["Authorization"][:-2]}
    body = {"file": (io.BytesIO(b"x"), "x.txt")}
    assert client.post("/widget/attachments", data=body, headers=forged).status_code == 401
    with new_engine(settings.chat_database_url).connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM chat_attachments")) == 2


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("captura.png", "captura.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Ana\\factura.pdf", "factura.pdf"),
        ("a\r\nb\u202egnp.exe", "abgnp.exe"),
        ("\u200b", "archivo"),
        ("x" * 300 + ".eml", "x" * 196 + ".eml"),
    ],
)
def test_a_name_is_only_shown(given: str, shown: str) -> None:
    assert shown_name(given) == shown
