"""Meta's webhook: who may call it, and that every event is stored once before she hears 200 (field notes 11 and 12)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from bot.channels.messenger.door import BODY_MAX_BYTES
from bot.channels.messenger.events import UNSUPPORTED
from bot.channels.messenger.sealing import Seal
from bot.channels.messenger.settings import MessengerSettings
from bot.channels.messenger.signature import HEADER
from bot.channels.settings import Settings
from tests.messenger.conftest import deliver, events
from tests.messenger.meta import PAYLOADS, PSID, VERIFY_TOKEN, body_of, event_of, message, recorded, signed
from webhook_app import create_app
from wire.settings import MissingSetting

PATH = "/webhooks/messenger"
KINDS = {
    **dict.fromkeys(("text", "quick_reply", "image", "several_images", "file", "audio", "video", "sticker"), "message"),
    **dict.fromkeys(("sticker_of_2026", "like", "location", "shared_link", "template", "unsupported", "standby"), "message"),
    **dict.fromkeys(("postback", "get_started", "ice_breaker", "menu"), "postback"),
    **dict.fromkeys(("echo_of_ours", "echo_of_the_inbox", "echo_without_app"), "echo"),
    **dict.fromkeys(("referral", "referral_of_an_ad"), "referral"),
    **dict.fromkeys(("account_linked", "account_unlinked"), "account_linking"),
    **dict.fromkeys(("policy_enforcement", "unknown"), UNSUPPORTED),
    **{name: name for name in ("read", "delivery", "reaction", "optin")},
    **{f"{verb}_thread_control": f"{verb}_thread_control" for verb in ("take", "pass", "request")},
    "edit": "message_edit",
}


def test_the_handshake_returns_the_challenge_as_plain_text(client: FlaskClient) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}
    answer = client.get(PATH, query_string=asked)
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "1158201444", "text/plain")


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"hub.mode": "subscribe", "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "another"},
        {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "ñ"},
        {"hub.mode": "unsubscribe", "hub.challenge": "1", "hub.verify_token": VERIFY_TOKEN},
    ],
)
def test_any_other_handshake_is_refused(client: FlaskClient, asked: dict[str, str]) -> None:
    assert client.get(PATH, query_string=asked).status_code == 403


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        "sha256=zz",
        "sha1=" + "a" * 40,
        "sha256=" + "0" * 64,
        "sha256=" + "0" * 63,
        "ñ" * 64,
        "sha256=" + "٣" * 64,
    ],
)
def test_a_missing_malformed_or_wrong_signature_is_a_403_and_nothing_is_stored(
    client: FlaskClient, engine: Engine, header: str | None
) -> None:
    headers = {} if header is None else {HEADER: header}
    answer = client.post(PATH, data=json.dumps(recorded("text")), headers=headers)
    assert answer.status_code == 403 and events(engine) == []


def test_the_signature_is_of_the_raw_bytes_with_the_apps_secret_and_no_other(client: FlaskClient, engine: Engine) -> None:
    raw, headers = signed(recorded("text"))
    assert client.post(PATH, data=raw + b" ", headers=headers).status_code == 403
    for secret in ("another", VERIFY_TOKEN, ""):
        _, wrong = signed(raw, secret)
        assert client.post(PATH, data=raw, headers=wrong).status_code == 403
    assert events(engine) == []
    assert client.post(PATH, data=raw, headers=headers).status_code == 200


def test_the_legacy_signature_alone_opens_nothing(client: FlaskClient) -> None:
    raw, headers = signed(recorded("text"))
    assert client.post(PATH, data=raw, headers={"X-Hub-Signature": headers[HEADER]}).status_code == 403


def test_a_body_that_is_too_large_is_refused_unread(client: FlaskClient, engine: Engine) -> None:
    raw, headers = signed(b"{" + b" " * BODY_MAX_BYTES + b"}")
    assert client.post(PATH, data=raw, headers=headers).status_code == 413
    assert events(engine) == []


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b"\xff", b'{"object": "instagram", "entry": []}'])
def test_a_signed_body_that_is_no_page_event_is_a_404(client: FlaskClient, body: bytes) -> None:
    assert deliver(client, body).status_code == 404


@pytest.mark.parametrize(
    "odd", [None, 5, "x", [], [5, None], {"messaging": [1]}, [{"id": "1", "messaging": {}}], [{"standby": [None]}]]
)
def test_odd_shapes_inside_are_no_error(client: FlaskClient, engine: Engine, odd: object) -> None:
    assert deliver(client, {"object": "page", "entry": odd}).status_code == 200
    assert events(engine) == []


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"sender": 5, "message": {"text": 7}},
        {"sender": {"id": PSID}, "message": {"mid": [], "text": None, "attachments": {"a": 1}}},
        {"sender": {"id": "x" * 500}, "message": {"mid": "m"}},
        {"sender": {"id": PSID}, "timestamp": "ayer", "message": "hola"},
        {"sender": {"id": PSID}, "message": {"mid": "m", "text": "hola\x00 \ud83d"}},
        {"sender": {"id": PSID}, "message": {"mid": "\ud83d", "text": "hola"}},
    ],
)
def test_an_event_of_odd_shape_is_stored_and_no_error(client: FlaskClient, engine: Engine, event: dict[str, object]) -> None:
    assert deliver(client, body_of(event)).status_code == 200
    assert len(events(engine)) == 1


@pytest.mark.parametrize("name", sorted(KINDS))
def test_each_recorded_kind_of_event_is_stored_once_under_its_name(client: FlaskClient, engine: Engine, name: str) -> None:
    body = recorded(name)
    assert deliver(client, body).status_code == 200
    body["entry"][0]["time"] += 30_000  # as Meta does when she tries again (restfb/restfb#614)
    assert deliver(client, body).status_code == 200
    (event,) = events(engine)
    assert event.kind == KINDS[name]


def test_every_recorded_body_is_one_of_these() -> None:
    assert {Path(file).stem for file in PAYLOADS.glob("*.json")} == {*KINDS, "batch"}


def test_field_note_11_a_batch_is_stored_whole_every_event_of_every_entry(client: FlaskClient, engine: Engine) -> None:
    assert deliver(client, recorded("batch")).status_code == 200
    assert [event.kind for event in events(engine)] == ["message", "message", "read"]


def test_an_edit_and_a_reaction_carry_the_mid_of_another_message_and_are_events_of_their_own(
    client: FlaskClient, engine: Engine
) -> None:
    edit, again = event_of("edit"), event_of("edit")
    again["message_edit"]["num_edit"] = 2
    deliver(client, body_of(message("hola", edit["message_edit"]["mid"]), edit, again))
    love, gone = event_of("reaction"), event_of("reaction")
    gone["reaction"]["action"] = "unreact"
    deliver(client, body_of(love, gone, love))
    assert [event.kind for event in events(engine)] == ["message", "message_edit", "message_edit", "reaction", "reaction"]


def test_events_of_another_page_are_left_alone(client: FlaskClient, engine: Engine) -> None:
    body = recorded("text")
    body["entry"][0]["id"] = "another page"
    assert deliver(client, body).status_code == 200
    assert events(engine) == []


def test_a_secret_in_a_text_is_in_no_column_and_a_possible_code_only_sealed(
    client: FlaskClient, engine: Engine, settings: Settings
) -> None:
    shared = event_of("shared_link")
    shared["message"]["attachments"][0]["url"] = "ftp://ana:Perro.2024!x@ftp.sudominio.com.ar"
    deliver(client, body_of(message("mi contraseña es Perro.2024!x", "m-1"), message("el código es 482 913", "m-2"), shared))
    with engine.connect() as connection:
        stored = "\n".join(str(tuple(row)) for row in connection.execute(text("SELECT * FROM messenger_events")))
    assert "Perro.2024" not in stored and "482 913" not in stored and "482913" not in stored
    password, code, _ = events(engine)
    assert password.hidden == ["password"] and password.sealed is None
    assert code.content["message"]["text"] == "el código es [código oculto]"
    assert Seal(settings.conversation_secret).open(code.sealed) == "el código es 482 913"
    assert Seal("another secret").open(code.sealed) is None


def test_without_settings_the_channel_is_off_and_says_so(settings: Settings) -> None:
    client = create_app(replace(settings, messenger=None)).test_client()
    for answer in (client.get(PATH), deliver(client, recorded("text"))):
        assert answer.status_code == 404 and "MESSENGER_VERIFY_TOKEN" in answer.json["detail"]


def test_partly_set_it_stops_the_start_and_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("MESSENGER_VERIFY_TOKEN", "MESSENGER_APP_SECRET", "MESSENGER_PAGE_TOKEN")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    assert MessengerSettings.from_environment() is None
    monkeypatch.setenv(names[0], "x")
    with pytest.raises(MissingSetting, match="MESSENGER_APP_SECRET"):
        MessengerSettings.from_environment()
    for name in names:
        monkeypatch.setenv(name, "x")
    assert MessengerSettings.from_environment() is not None
    monkeypatch.setenv("MESSENGER_GRAPH_URL", "http://graph.facebook.com")
    with pytest.raises(MissingSetting, match="https"):
        MessengerSettings.from_environment()
