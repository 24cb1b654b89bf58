"""The way of a message from Meta to the answer on both databases; what does not touch a row is tried on SQLite alone."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import Engine

from bot.channels.messenger import tables as t
from tests.channels.stand_ins import FakeEscalation, FakeRasa
from tests.conftest import server_url  # noqa: F401  (both databases)
from tests.messenger.conftest import deliver, events
from tests.messenger.meta import PSID, body_of, event_of, message, recorded
from tests.messenger.page import FacebookPage


def test_every_kind_of_event_is_stored_once_and_odd_letters_are_no_error(client: FlaskClient, engine: Engine) -> None:
    odd = [
        {"sender": {"id": PSID}, "message": {"mid": "m", "text": "hola\x00 \ud83d"}},
        {"sender": {"id": PSID}, "postback": {"mid": "\ud83d", "payload": "\x00", "title": "\ud83d"}},
        {"sender": {"id": PSID}, "referral": {"ref": "\x00\ud83d"}},
    ]
    for _ in range(2):
        assert deliver(client, body_of(*odd)).status_code == 200
        assert deliver(client, recorded("batch")).status_code == 200
    assert len(events(engine)) == 6


def test_odd_letters_are_worked_through_as_well(page: FacebookPage) -> None:
    page.deliver(
        {**event_of("postback"), "postback": {"mid": "\ud83d", "payload": "\x00", "title": "\ud83d\x00"}},
        {**event_of("menu"), "postback": {"mid": "z", "payload": "mesa:ticket", "title": "Abrir\x00\ud83d"}},
        {**event_of("referral"), "referral": {"ref": "\x00\ud83d"}},
        {**event_of("echo_without_app"), "message": {"mid": "x", "is_echo": True, "text": "\x00\ud83d hola"}},
        {**event_of("shared_link"), "message": {"mid": "y", "attachments": [{"type": "fallback", "title": "\x00\ud83d"}]}},
    )
    page.work()
    assert set(page.states()) == {t.DONE}


def test_a_conversation_with_code_file_and_takeover(page: FacebookPage, rasa: FakeRasa, desk: FakeEscalation) -> None:
    page.graph.files["1.jpg"] = ("image/png", b"\x89PNG\r\n\x1a\n")
    picture = event_of("image")
    picture["message"]["attachments"][0]["payload"]["url"] = f"{page.graph.url}/cdn/1.jpg"
    rasa.says["código"] = [{"text": "Escriba el código."}, {"custom": {"card": "code"}}]
    page.deliver(message("dos", "m-2", 2), message("uno", "m-1", 1))
    page.work()
    page.says("código")
    page.says("482913")
    page.happens(picture)
    page.recorded("echo_of_the_inbox")
    assert page.says("gracias") == []
    page.recorded("account_unlinked")
    assert page.graph.texts()[1:] == ["Eco: uno", "Eco: dos", "Escriba el código.", "Eco: /logged_in", "Eco: /file_added"]
    assert len(desk.codes) == len(desk.files) == 1 and set(page.states()) == {t.DONE}
