"""A log-in code typed into the chat: the door checks it with escalation, and nobody else sees the digits."""

from __future__ import annotations

import json

import pytest

from bot.channels.codes import find
from bot.channels.settings import Settings
from tests.channels.conftest import Visitor, all_that_is_stored
from tests.channels.stand_ins import FakeEscalation, FakeRasa

ASKED = [{"text": "Le envié un código por correo. Escríbalo aquí."}, {"custom": {"card": "code"}}]


@pytest.fixture
def asked(visitor: Visitor, rasa: FakeRasa) -> Visitor:
    """A visitor whom the bot asked for the code."""
    rasa.says["ana@sudominio.com.ar"] = ASKED
    (reply,) = visitor.write("ana@sudominio.com.ar", "m-0")["replies"]
    assert reply["card"] == "code"
    return visitor


@pytest.mark.parametrize(
    ("text", "digits", "shown"),
    [
        ("123456", "123456", "[código oculto]"),
        ("123 456", "123456", "[código oculto]"),
        ("123-456", "123456", "[código oculto]"),
        ("123\u00a0456", "123456", "[código oculto]"),
        ("el código es 123456, gracias", "123456", "el código es [código oculto], gracias"),
        ("código:123456.", "123456", "código:[código oculto]."),
        ("123456 o sea 123 456", "123456", "[código oculto] o sea [código oculto]"),
        ("123456 o 654321", None, "[código oculto] o [código oculto]"),
    ],
)
def test_a_code_is_found_in_what_was_typed(text: str, digits: str | None, shown: str) -> None:
    found = find(text)
    assert found is not None and (found.digits, found.text) == (digits, shown)
    assert "123456" not in repr(found)


@pytest.mark.parametrize(
    "text", ["hola", "12345", "1234567", "123 456 789", "11 4567-1234", "$ 1.123.456", "MDA-234567", "x123456"]
)
def test_other_numbers_are_no_code(text: str) -> None:
    assert find(text) is None


@pytest.mark.parametrize(
    ("status", "command"),
    [(200, "/logged_in"), (401, "/code_refused"), (429, "/code_trouble"), (500, "/code_trouble"), (404, "/code_trouble")],
)
def test_the_door_checks_the_code_and_the_bot_hears_only_the_verdict(
    asked: Visitor, settings: Settings, rasa: FakeRasa, desk: FakeEscalation, status: int, command: str
) -> None:
    desk.code_status = status
    answer = asked.write("es el 123 456", "m-1")
    assert desk.codes == [(asked.conversation_id, "123456")]
    assert rasa.turns[-1]["message"] == command
    assert rasa.turns[-1]["metadata"]["shown_as"] == "es el [código oculto]"
    assert answer["message"]["text"] == "es el [código oculto]" == asked.history()[-2]["text"]
    for place in (json.dumps(answer), json.dumps(rasa.turns), all_that_is_stored(settings)):
        assert "123456" not in place and "123 456" not in place


def test_escalation_away_is_trouble_and_not_a_refusal(asked: Visitor, rasa: FakeRasa, desk: FakeEscalation) -> None:
    desk.stop()
    asked.write("123456", "m-1")
    assert rasa.turns[-1]["message"] == "/code_trouble"


def test_the_same_code_message_again_is_checked_once(asked: Visitor, desk: FakeEscalation) -> None:
    assert asked.write("123456", "m-1") == asked.write("123456", "m-1")
    assert len(desk.codes) == 1


def test_a_verdict_stays_while_the_bot_is_down_because_a_code_works_once(
    asked: Visitor, rasa: FakeRasa, desk: FakeEscalation
) -> None:
    rasa.mode = "fails"
    assert asked.write("123456", "m-1")["replies"][0]["degraded"]
    desk.code_status, rasa.mode = 401, "well"
    # Another turn in between must not turn the digits into an ordinary message.
    asked.write("hola", "m-2")
    asked.write("123456", "m-1")
    assert len(desk.codes) == 1 and rasa.turns[-1]["message"] == "/logged_in"


def test_trouble_is_no_verdict_and_the_same_message_may_be_checked_again(
    asked: Visitor, rasa: FakeRasa, desk: FakeEscalation
) -> None:
    desk.code_status, rasa.mode = 500, "fails"
    asked.write("123456", "m-1")
    desk.code_status, rasa.mode = 200, "well"
    asked.write("123456", "m-1")
    assert rasa.turns[-1]["message"] == "/logged_in"


def test_a_number_is_only_a_number_when_no_code_was_asked_for(visitor: Visitor, rasa: FakeRasa, desk: FakeEscalation) -> None:
    visitor.write("123456", "m-1")
    assert rasa.turns[-1]["message"] == "123456" and desk.codes == []


def test_words_instead_of_the_code_are_words(asked: Visitor, rasa: FakeRasa, desk: FakeEscalation) -> None:
    asked.write("no me llegó", "m-1")
    assert rasa.turns[-1]["message"] == "no me llegó" and desk.codes == []
    asked.write("123456", "m-2")
    assert rasa.turns[-1]["message"] == "123456" and desk.codes == []


def test_two_numbers_are_hidden_and_none_is_tried(asked: Visitor, rasa: FakeRasa, desk: FakeEscalation) -> None:
    asked.write("123456 o 654321", "m-1")
    assert rasa.turns[-1]["message"] == "[código oculto] o [código oculto]" and desk.codes == []


def test_a_code_called_a_password_is_still_the_code(asked: Visitor, rasa: FakeRasa, desk: FakeEscalation) -> None:
    answer = asked.write("la clave es 123456", "m-1")
    assert rasa.turns[-1]["message"] == "/logged_in" and len(answer["replies"]) == 1
