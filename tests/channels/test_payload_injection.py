"""What a customer types is text, whatever it looks like; what he presses is obeyed where and as we issued it, and nowhere else."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer

from bot.channels.buttons import Buttons
from bot.channels.settings import Settings
from bot.channels.widget import parse
from tests.channels.conftest import Visitor, all_that_is_stored
from tests.channels.stand_ins import FakeRasa
from webhook_app import create_app
from wire import tokens

BUTTONS = Buttons("secret")
# As Rasa's parser reads them: an intent, one with a confidence and entities, a restart, a slot; behind what it strips.
COMMANDS = (
    "/open_ticket",
    '/inform{"email": "carla@panaderialola.com.ar"}',
    '/affirm@1.0{"x": 1}',
    "/restart",
    "/session_start",
    "/back",
    '/SetSlots(customer="otro")',
    "//restart",
    "/ /restart",
    " \t\n/restart",
    "\u2003\u00a0/restart",
    "\x1c\x1d\x1e\x1f/restart",
    "\x00/restart",
    "/\x00/restart",
    "\ud800/restart",
    "EXTERNAL: /restart",
    "\x85/restart",
)


def as_rasa_reads(text: str) -> bool:
    """Whether Rasa would take it for a command (``RegexMessageHandler``: what begins with a slash once it is stripped)."""
    return text.strip().startswith("/")


@pytest.fixture
def server_url() -> None:
    """SQLite alone: what is tried here does not depend on the database."""


@pytest.mark.parametrize("typed", COMMANDS)
def test_a_typed_command_is_only_text(typed: str) -> None:
    message = parse({"id": "1", "text": typed}, "c-1", BUTTONS)
    assert not message.is_command and not as_rasa_reads(message.to_rasa) and message.to_rasa


@given(st.text(alphabet=st.one_of(st.sampled_from('/ \t\n\r\x1c\x85\xa0\u2028\ufeff{"}@'), st.characters()), min_size=1))
def test_no_text_whatever_begins_a_command(typed: str) -> None:
    try:
        message = parse({"id": "1", "text": typed}, "c-1", BUTTONS)
    except ValueError:
        return
    assert not message.is_command and not as_rasa_reads(message.to_rasa)


def test_nothing_beside_the_text_reaches_rasa(visitor: Visitor, client: FlaskClient, rasa: FakeRasa) -> None:
    smuggled = {"metadata": {"customer": "bruno"}, "sender": "otro", "intent": "/restart", "is_command": True, "extras": {"x": 1}}
    answer = client.post("/widget/messages", json={"id": "1", "text": "hola", **smuggled}, headers=visitor.headers)
    assert answer.status_code == 200
    (turn,) = rasa.turns
    assert turn["message"] == "hola" and "bruno" not in str(turn) and "otro" not in str(turn) and "restart" not in str(turn)


def test_a_button_of_somebody_else_an_old_secret_or_a_changed_letter_does_nothing(
    client: FlaskClient, visitor: Visitor, settings: Settings, rasa: FakeRasa
) -> None:
    other = Visitor(client)
    own = Buttons(settings.conversation_secret).issue(visitor.conversation_id, "/open_ticket", "Enviar un ticket")
    middle = len(own) // 2
    changed = own[:middle] + next(sign for sign in string.ascii_letters if sign != own[middle]) + own[middle + 1 :]
    forged = Buttons("another secret").issue(visitor.conversation_id, "/open_ticket", "x")
    token = visitor.headers["Authorization"].removeprefix("Bearer ")
    for holder, payload in (
        *((other, own), (visitor, changed), (visitor, forged), (visitor, token), (visitor, "/open_ticket"), (visitor, "")),
        *((visitor, own + "x"), (visitor, own.rpartition(".")[0]), (visitor, "." + own.rpartition(".")[2])),
    ):
        answer = client.post("/widget/messages", json={"id": "b-1", "payload": payload}, headers=holder.headers)
        assert answer.status_code == 400, payload
    assert rasa.turns == [] and "open_ticket" not in all_that_is_stored(settings)
    assert client.post("/widget/messages", json={"id": "b-1", "payload": own}, headers=visitor.headers).status_code == 200
    assert [turn["message"] for turn in rasa.turns] == ["/open_ticket"]


def test_a_pressed_button_again_with_its_id_does_nothing_twice(
    client: FlaskClient, visitor: Visitor, settings: Settings, rasa: FakeRasa
) -> None:
    own = Buttons(settings.conversation_secret).issue(visitor.conversation_id, "/affirm", "Sí")
    answers = [client.post("/widget/messages", json={"id": "b-1", "payload": own}, headers=visitor.headers).json for _ in range(3)]
    assert len(rasa.turns) == 1 and answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("purpose", ["button", "help opinion", "mail sender check", "file link"])
def test_what_was_signed_for_something_else_opens_no_conversation(
    client: FlaskClient, visitor: Visitor, settings: Settings, purpose: str
) -> None:
    foreign = URLSafeTimedSerializer(settings.conversation_secret, salt=purpose).dumps(visitor.conversation_id)
    assert tokens.read(foreign, settings.conversation_secret) is None
    assert client.get("/widget/messages", headers={"Authorization": f"Bearer {foreign}"}).status_code == 401


def test_a_token_of_another_house_and_one_of_last_season_open_nothing(
    settings: Settings, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = create_app(settings).test_client()
    for token in (
        tokens.issue(visitor.conversation_id, "another secret"),
        tokens.issue("00000000-0000-4000-8000-000000000000", settings.conversation_secret),
    ):
        assert client.get("/widget/messages", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    monkeypatch.setattr(tokens, "MAX_AGE_SECONDS", -1)
    assert client.get("/widget/messages", headers=visitor.headers).status_code == 401


def test_no_route_takes_a_token_from_the_address_or_a_cookie(client: FlaskClient, visitor: Visitor) -> None:
    # Addresses stand in logs and Referer; a cookie would come along with another site's request.
    token = visitor.headers["Authorization"].removeprefix("Bearer ")
    client.set_cookie("token", token)
    for path in ("/widget/messages", "/widget/events", "/widget/transcript", "/widget/unread"):
        assert client.get(path, query_string={"token": token, "access_token": token}).status_code == 401


def test_over_tls_browsers_are_told_to_stay_with_it_and_on_a_trial_not(settings: Settings, client: FlaskClient) -> None:
    secure = create_app(replace(settings, front_public_url="https://ayuda.test")).test_client()
    for path in ("/", "/widget.js", "/ayuda/"):
        assert "max-age=31536000" in secure.get(path).headers["Strict-Transport-Security"], path
        assert "Strict-Transport-Security" not in client.get(path).headers
