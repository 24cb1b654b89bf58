"""What comes in at the front door and what goes out."""

from __future__ import annotations

import re
import threading

import pytest
from flask.testing import FlaskClient

from bot.channels.buttons import Buttons
from bot.channels.settings import Settings
from bot.channels.store import Store
from bot.channels.turns import ConversationBusy, Turns
from bot.channels.widget import InvalidMessage, parse, render
from bot.faq.corpus import load_company
from tests.channels.stand_ins import FakeRasa
from webhook_app import create_app
from wire import tokens
from wire.database import new_engine
from wire.settings import MissingSetting

BUTTONS = Buttons("secret")
WHITE_SPACE = [" ", "\t", "\n", "\r", "\v", "\f", "\x1c", "\x85", "\xa0", "\u2003", "\u2028", "\u3000"]


@pytest.mark.parametrize("space", ["", *WHITE_SPACE])
def test_a_typed_slash_never_reaches_rasa_as_a_command(space: str) -> None:
    text = f"/{space}/{space}/restart"
    message = parse({"id": "1", "text": text}, "c", BUTTONS)
    assert not message.to_rasa.strip().startswith("/")
    assert message.shown == text.strip()


def test_a_text_of_slashes_only_is_still_a_text() -> None:
    assert parse({"id": "1", "text": "///"}, "c", BUTTONS).to_rasa == "?"


def test_broken_characters_are_dropped() -> None:
    assert parse({"id": "1", "text": "hola\x00 \ud83d che"}, "c", BUTTONS).shown == "hola  che"
    with pytest.raises(InvalidMessage):
        parse({"id": "a\ud83d", "text": "hola"}, "c", BUTTONS)


def test_a_button_is_obeyed_only_in_its_own_conversation() -> None:
    token = BUTTONS.issue("c", "/affirm", "Sí")
    assert parse({"id": "1", "payload": token}, "c", BUTTONS).to_rasa == "/affirm"
    for conversation, payload in (("other", token), ("c", token + "x"), ("c", "/affirm"), ("c", 5), ("c", "")):
        with pytest.raises(InvalidMessage):
            parse({"id": "1", "payload": payload}, conversation, BUTTONS)
    with pytest.raises(InvalidMessage):
        parse({"id": "1", "payload": Buttons("another secret").issue("c", "/affirm", "Sí")}, "c", BUTTONS)


def test_text_and_card_of_one_response_are_one_reply() -> None:
    said = [{"text": "Ingrese", "buttons": [{"title": "Ya", "payload": "/logged_in"}]}, {"custom": {"card": "login"}}]
    (reply,) = render(said, "c", BUTTONS, "http://desk/login")
    assert reply["card"] == "login" and reply["login_url"] == "http://desk/login"
    assert BUTTONS.read("c", reply["buttons"][0]["payload"]) == ("/logged_in", "Ya")


def test_only_known_cards_are_passed_on() -> None:
    said = [{"text": "Escriba el código"}, {"custom": {"card": "code"}}, {"text": "Hola"}, {"custom": {"card": "other"}}]
    code, other = render(said, "c", BUTTONS, "http://desk/login")
    assert code == {"text": "Escriba el código", "buttons": [], "card": "code"} and "card" not in other


def opened(client: FlaskClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {client.post('/widget/conversations').json['token']}"}


def test_a_message_is_answered_once_however_often_it_comes(client: FlaskClient, rasa: FakeRasa) -> None:
    headers = opened(client)
    first = client.post("/widget/messages", json={"id": "m-1", "text": "hola"}, headers=headers).json
    again = client.post("/widget/messages", json={"id": "m-1", "text": "hola"}, headers=headers).json
    assert first == again and first["replies"][0]["text"] == "Eco: hola"
    assert len(rasa.turns) == 1


@pytest.mark.parametrize("mode", ["fails", "empty"])
def test_when_the_bot_fails_the_customer_hears_it_and_the_message_is_kept_and_can_be_sent_again(
    client: FlaskClient, rasa: FakeRasa, mode: str
) -> None:
    headers, body = opened(client), {"id": "m-1", "text": "no me anda el mail"}
    rasa.mode = mode
    (reply,) = client.post("/widget/messages", json=body, headers=headers).json["replies"]
    assert reply["degraded"] and "facebook.com/CSIserver" in reply["text"] and "/ayuda/" in reply["text"]
    assert [message["text"] for message in client.get("/widget/messages", headers=headers).json["messages"]] == [
        "no me anda el mail"
    ]
    rasa.mode = "well"
    (reply,) = client.post("/widget/messages", json=body, headers=headers).json["replies"]
    assert reply["text"] == "Eco: no me anda el mail"


def test_messages_of_one_conversation_reach_the_bot_one_at_a_time(settings: Settings, rasa: FakeRasa) -> None:
    app = create_app(settings)
    headers = opened(app.test_client())

    def send(number: int) -> None:
        app.test_client().post("/widget/messages", json={"id": f"m-{number}", "text": str(number)}, headers=headers)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rasa.turns) == 4 and rasa.most_at_once == 1


def test_one_conversation_cannot_hold_every_thread(settings: Settings, rasa: FakeRasa) -> None:
    app = create_app(settings)
    headers = opened(app.test_client())
    busy: list[bool] = []

    def send(number: int) -> None:
        body = {"id": f"m-{number}", "text": str(number)}
        replies = app.test_client().post("/widget/messages", json=body, headers=headers).json["replies"]
        busy.append(bool(replies[0].get("degraded")))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert any(busy) and not all(busy)


def test_a_turn_that_died_gives_its_conversation_back(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = new_engine(settings.chat_database_url)
    conversation, turns = Store(engine).open_conversation("widget"), Turns(engine)
    with turns.hold(conversation, patience=0.1), pytest.raises(ConversationBusy), turns.hold(conversation, patience=0.1):
        pass
    monkeypatch.setattr("bot.channels.turns.TURN_LEASE_SECONDS", 0.2)
    dead = turns.hold(conversation, patience=0.1)
    dead.__enter__()
    with turns.hold(conversation, patience=5):
        pass


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic abc", f"Bearer {tokens.issue('never-opened', 'secret')}"])
def test_without_a_sound_token_nobody_gets_in(client: FlaskClient, header: str) -> None:
    for method, path in (
        ("POST", "/widget/messages"),
        ("GET", "/widget/messages"),
        ("GET", "/widget/events"),
        ("POST", "/widget/attachments"),
    ):
        assert client.open(path, method=method, json={}, headers={"Authorization": header}).status_code == 401


@pytest.mark.parametrize("after", ["x", "-1", "²", "9" * 30])
def test_a_strange_position_is_refused_not_a_fault(client: FlaskClient, after: str) -> None:
    assert client.get("/widget/messages", query_string={"after": after}, headers=opened(client)).status_code == 400


def test_every_route_says_who_may_call_it_and_one_without_is_refused(settings: Settings) -> None:
    app = create_app(settings)
    callers = {name: getattr(view, "caller", None) for name, view in app.view_functions.items()}
    assert set(callers.values()) == {"public", "conversation", "service", "scraper"}
    assert {name for name, caller in callers.items() if caller == "service"} == {"understanding", "take_news"}
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert app.test_client().get("/forgotten").status_code == 403


def test_the_help_centre_shows_each_entry_with_headings_and_a_canonical_link(client: FlaskClient) -> None:
    page = client.get("/ayuda/correo-rebota")
    assert page.status_code == 200
    assert '<link rel="canonical" href="http://front.test/ayuda/correo-rebota">' in page.text
    assert page.text.count("<h1>") == 1 and "<h2>" in page.text and "<li>" in page.text
    assert client.get("/ayuda/no-existe").status_code == 404
    assert "/ayuda/correo-rebota" in client.get("/ayuda/").text


def test_no_link_of_an_answer_leads_nowhere_on_the_help_centre(client: FlaskClient) -> None:
    from bot.faq.corpus import load_corpus

    links = {link for entry in load_corpus().values() for link in re.findall(r"\]\((/[^)]*)\)", entry.body)}
    assert len(links) > 50
    assert [link for link in links if client.get(link).status_code not in (200, 302)] == []


def test_the_schema_is_that_of_the_models(settings: Settings) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from bot.channels.tables import Base

    with new_engine(settings.chat_database_url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "chat_schema_version"})
        assert compare_metadata(context, Base.metadata) == []


SECRETS = ("CONVERSATION_SECRET", "RASA_CHANNEL_SECRET", "SERVICE_TOKEN")


@pytest.mark.parametrize("missing", SECRETS)
def test_a_missing_secret_stops_the_start_by_name(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "set")
    Settings.from_environment()
    monkeypatch.delenv(missing)
    with pytest.raises(MissingSetting, match=missing):
        Settings.from_environment()


def test_the_script_names_the_company_as_its_settings_file_does_and_is_not_sent_twice(client: FlaskClient) -> None:
    first = client.get("/widget.js")
    assert load_company()["support"]["facebook"] in first.text and "{{" not in first.text
    assert client.get("/widget.js", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_the_answers_path_to_a_new_password_leads_into_the_customer_area(client: FlaskClient) -> None:
    answer = client.get(load_company()["area"]["recovery_url"])
    assert answer.status_code == 302 and answer.headers["Location"].endswith("/area-clientes/recuperar")
