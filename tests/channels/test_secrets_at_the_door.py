"""A secret that a customer types gets no further than the front door."""

from __future__ import annotations

import json

import pytest

from bot.channels.buttons import Buttons
from bot.channels.settings import Settings
from bot.channels.widget import parse
from tests.channels.conftest import Visitor, all_that_is_stored
from tests.channels.stand_ins import FakeRasa

SECRETS = [
    ("mi contraseña es Perro.2024!x", "Perro.2024!x", "password", "la contraseña"),
    ("pagué con la tarjeta 4509 9535 6623 3704", "4509 9535 6623 3704", "card", "los datos de la tarjeta"),
    ("el token es ghp_0123456789abcdefABCDEF0123456789abcd", "ghp_0123456789abcdefABCDEF0123456789abcd", "token", "(token)"),
    (
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----",
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
        "private_key",
        "la clave privada",
    ),
]


@pytest.mark.parametrize(("text", "secret", "kind", "named"), SECRETS)
def test_a_secret_reaches_neither_the_database_nor_the_bot_and_the_customer_hears_it(
    visitor: Visitor, settings: Settings, rasa: FakeRasa, text: str, secret: str, kind: str, named: str
) -> None:
    answer = visitor.write(text, "m-1")
    notice, reply = answer["replies"]
    assert notice["author"] == "bot" and notice["text"].startswith("Oculté") and named in notice["text"]
    assert reply["text"].startswith("Eco: ") and answer["message"]["text"] == visitor.history()[0]["text"]
    assert rasa.turns[0]["metadata"]["hidden"] == [kind]
    assert [message["id"] for message in visitor.history()][1:] == [notice["id"], reply["id"]]
    for place in (json.dumps(answer, ensure_ascii=False), json.dumps(rasa.turns, ensure_ascii=False), all_that_is_stored(settings)):
        assert secret not in place


def test_the_same_message_again_says_the_same_and_asks_the_bot_once(visitor: Visitor, rasa: FakeRasa) -> None:
    first = visitor.write("mi clave es Perro.2024!x", "m-1")
    assert visitor.write("mi clave es Perro.2024!x", "m-1") == first
    assert len(rasa.turns) == 1 and len(visitor.history()) == 3


def test_the_customer_hears_of_it_also_while_the_bot_is_down(visitor: Visitor, settings: Settings, rasa: FakeRasa) -> None:
    rasa.mode = "fails"
    notice, trouble = visitor.write("mi clave es Perro.2024!x", "m-1")["replies"]
    assert notice["text"].startswith("Oculté") and trouble["degraded"]
    assert "Perro" not in all_that_is_stored(settings)
    rasa.mode = "well"
    notice, reply = visitor.write("mi clave es Perro.2024!x", "m-1")["replies"]
    assert notice["text"].startswith("Oculté") and reply["text"] == "Eco: mi clave es [contraseña oculta]"


def test_several_kinds_are_one_notice(visitor: Visitor, rasa: FakeRasa) -> None:
    notice, _ = visitor.write("contraseña: Perro.2024!x y tarjeta 4509953566233704", "m-1")["replies"]
    assert notice["text"].count("Oculté") == 2 and set(rasa.turns[0]["metadata"]["hidden"]) == {"password", "card"}


def test_a_message_without_a_secret_says_nothing_of_hiding(visitor: Visitor, rasa: FakeRasa) -> None:
    (reply,) = visitor.write("me olvidé la contraseña", "m-1")["replies"]
    assert reply["text"] == "Eco: me olvidé la contraseña" and "hidden" not in rasa.turns[0]["metadata"]


def test_a_secret_behind_a_slash_is_neither_a_command_nor_kept(rasa: FakeRasa) -> None:
    message = parse({"id": "1", "text": "/contraseña: Perro.2024!x"}, "c", Buttons("secret"))
    assert message.to_rasa == "contraseña: [contraseña oculta]" and not message.is_command
    assert "Perro" not in repr(message)
