"""The Page's profile: within Meta's limits, shown as a difference before it is pushed, and pushed by one command."""

from __future__ import annotations

import json

import pytest

from bot.channels.messenger import profile, standing
from bot.channels.messenger.profile import main, wanted
from bot.faq.live import published
from tests.messenger.graph import GraphStandIn
from tests.messenger.meta import APP_SECRET, PAGE_TOKEN, VERIFY_TOKEN

HELP = "https://ayuda.csiserver.com/ayuda/"


@pytest.fixture
def page() -> GraphStandIn:
    standing_in = GraphStandIn().start()
    yield standing_in
    standing_in.stop()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, page: GraphStandIn) -> None:
    settings = {
        "MESSENGER_VERIFY_TOKEN": VERIFY_TOKEN,
        "MESSENGER_APP_SECRET": APP_SECRET,
        "MESSENGER_PAGE_TOKEN": PAGE_TOKEN,
        "MESSENGER_GRAPH_URL": page.url,
        "CONVERSATION_SECRET": "c" * 32,
        "RASA_CHANNEL_SECRET": "r" * 32,
        "SERVICE_TOKEN": "s" * 32,
        "FRONT_PUBLIC_URL": "https://ayuda.csiserver.com",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def test_the_difference_is_shown_and_nothing_pushed_until_somebody_says_yes(
    page: GraphStandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["--dry-run"]) == 0
    monkeypatch.setattr("builtins.input", lambda asked: "n")
    assert main([]) == 0
    said = capsys.readouterr().out
    assert "+" in said and "Abrir un ticket" in said and page.profile == {} and page.subscribed == []
    monkeypatch.setattr("builtins.input", lambda asked: "y")
    assert main([]) == 0
    assert page.profile == wanted(HELP) and "message_echoes" in page.subscribed


def test_pushed_once_there_is_nothing_to_push(page: GraphStandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--yes"]) == 0 and main(["--yes"]) == 0
    assert "as it should be" in capsys.readouterr().out


def test_only_what_differs_is_pushed(page: GraphStandIn, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--yes"])
    page.profile["greeting"] = [{"locale": "default", "text": "Hola"}]
    capsys.readouterr()
    assert main(["--yes"]) == 0
    shown = capsys.readouterr().out
    assert '-      "text": "Hola"' in shown and "Abrir un ticket" not in shown
    assert page.profile == wanted(HELP)


def test_what_meta_refuses_is_said(page: GraphStandIn, capsys: pytest.CaptureFixture[str]) -> None:
    page.token = "another"
    assert main(["--yes"]) == 1
    said = capsys.readouterr().err
    assert "token" in said and "190" in said and PAGE_TOKEN not in said


def test_without_settings_it_says_which(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("MESSENGER_VERIFY_TOKEN", "MESSENGER_APP_SECRET", "MESSENGER_PAGE_TOKEN"):
        monkeypatch.delenv(name)
    assert main([]) == 1 and "MESSENGER_PAGE_TOKEN" in capsys.readouterr().err


def test_every_payload_of_the_profile_is_obeyed_and_every_topic_is_published() -> None:
    payloads = [
        *(item["payload"] for item in wanted(HELP)["persistent_menu"][0]["call_to_actions"] if item["type"] == "postback"),
        *(item["payload"] for item in wanted(HELP)["ice_breakers"][0]["call_to_actions"]),
        wanted(HELP)["get_started"]["payload"],
    ]
    assert all(standing.command(payload) for payload in payloads)
    assert all(topic in published().current() for _, topic in profile.QUESTIONS)


def test_the_profile_keeps_metas_limits() -> None:
    made = wanted(HELP)
    assert len(made["greeting"][0]["text"]) <= 160
    assert len(made["ice_breakers"][0]["call_to_actions"]) <= 4
    items = made["persistent_menu"][0]["call_to_actions"]
    assert len(items) <= 20 and all(len(item["title"]) <= 30 for item in items)
    assert "web_url" not in json.dumps(wanted("http://127.0.0.1:8000/ayuda/"))
