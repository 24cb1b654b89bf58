"""Files sent in Messenger: fetched from Meta's servers alone, bounded, and on the same road as the widget's."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.messenger import tables as t
from bot.channels.messenger import words
from bot.channels.messenger.media import allowed
from bot.channels.messenger.settings import MessengerSettings
from bot.channels.messenger.tables import Event
from bot.channels.uploads import FILE_MAX_BYTES
from bot.channels.words import file_refused
from tests.channels.stand_ins import FakeEscalation, FakeRasa
from tests.messenger.graph import GraphStandIn
from tests.messenger.meta import event_of
from tests.messenger.page import FacebookPage

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 1000


@pytest.fixture
def known(page: FacebookPage) -> FacebookPage:
    page.says("hola")
    return page


def attach(page: FacebookPage, name: str, *paths: str) -> list[str]:
    """The recorded event, its files at the stand-in's CDN; what the person reads."""
    event = event_of(name)
    for attachment, path in zip(event["message"]["attachments"], paths, strict=True):
        attachment["payload"]["url"] = f"{page.graph.url}/cdn/{path}"
    return [accepted.text for accepted in page.happens(event)]


def kept(desk: FakeEscalation) -> list[tuple[str, bytes]]:
    return [(file["name"], file["content"]) for file in desk.files.values()]


def test_a_picture_reaches_escalation_whole_and_the_bot_is_told(
    known: FacebookPage, graph: GraphStandIn, rasa: FakeRasa, desk: FakeEscalation
) -> None:
    graph.files["1.jpg"] = ("image/png", PNG)
    assert attach(known, "image", "1.jpg?oh=03_Q7cD") == ["Eco: /file_added"]
    assert kept(desk) == [("imagen-1.png", PNG)]
    assert rasa.turns[-1]["metadata"]["file"] == {"name": "imagen-1.png", "size": len(PNG)}
    assert ("customer", "📎 imagen-1.png") in known.history()
    assert next(iter(desk.files.values()))["conversation_id"] == known.person().conversation_id


def test_several_at_once_are_several_files_and_one_answer(
    known: FacebookPage, graph: GraphStandIn, rasa: FakeRasa, desk: FakeEscalation
) -> None:
    for number in "123":
        graph.files[number] = ("image/jpeg", PNG + number.encode())
    before = len(rasa.turns)
    said = attach(known, "several_images", "1", "2", "3")
    assert said == ["Recibí 3 archivos: imagen-1.jpg, imagen-2.jpg, imagen-3.jpg.", "Eco: /file_added"]
    assert [name for name, _ in kept(desk)] == ["imagen-1.jpg", "imagen-2.jpg", "imagen-3.jpg"]
    assert len(rasa.turns) - before == 3


def test_a_file_keeps_the_name_that_it_had(known: FacebookPage, graph: GraphStandIn, desk: FakeEscalation) -> None:
    graph.files["462_n.pdf/Factura%20noviembre.pdf"] = ("application/pdf", b"%PDF-1.7")
    attach(known, "file", "462_n.pdf/Factura%20noviembre.pdf?dl=1")
    assert kept(desk) == [("Factura noviembre.pdf", b"%PDF-1.7")]


def test_a_voice_message_is_kept_and_he_is_told_that_nobody_hears_it(
    known: FacebookPage, graph: GraphStandIn, desk: FakeEscalation
) -> None:
    graph.files["clip.mp4"] = ("audio/mpeg", b"ID3sound")
    assert attach(known, "audio", "clip.mp4")[0] == words.AUDIO
    assert kept(desk) == [("audio-1.mp3", b"ID3sound")]


def test_a_repeated_event_is_the_same_file_once(known: FacebookPage, graph: GraphStandIn, desk: FakeEscalation) -> None:
    graph.files["1.jpg"] = ("image/png", PNG)
    attach(known, "image", "1.jpg")
    assert attach(known, "image", "1.jpg") == []
    assert desk.handed_over == 1 and graph.fetched == ["1.jpg"]


def test_a_file_is_fetched_at_once_although_rasa_is_down(
    known: FacebookPage, graph: GraphStandIn, rasa: FakeRasa, desk: FakeEscalation
) -> None:
    graph.files["1.jpg"] = ("image/png", PNG)
    rasa.mode = "fails"
    known.says("hola")
    known.change(Event, due_at=0.0)
    attach(known, "image", "1.jpg")
    assert [name for name, _ in kept(desk)] == ["imagen-1.png"] and known.states()[-1] == t.RECEIVED


def test_a_file_waits_here_while_escalation_is_down(
    known: FacebookPage, graph: GraphStandIn, desk: FakeEscalation, settings: Any
) -> None:
    graph.files["1.jpg"] = ("image/png", PNG)
    desk.stop()
    assert attach(known, "image", "1.jpg") == ["Eco: /file_added"]
    assert len(list(settings.files_folder.iterdir())) == 1


@pytest.mark.parametrize(("status", "reason"), [(415, "type"), (422, "count"), (429, "pace")])
def test_a_file_that_is_refused_is_said_to_be(
    known: FacebookPage, graph: GraphStandIn, rasa: FakeRasa, desk: FakeEscalation, status: int, reason: str
) -> None:
    graph.files["1.jpg"] = ("image/png", PNG)
    desk.file_status, desk.file_fields = status, {"file": reason}
    before = len(rasa.turns)
    assert attach(known, "image", "1.jpg") == [file_refused(reason)] and len(rasa.turns) == before


def test_a_file_that_is_too_large_is_not_fetched_to_its_end(known: FacebookPage, graph: GraphStandIn, desk: FakeEscalation) -> None:
    graph.files["1.jpg"] = ("image/png", b"x" * (FILE_MAX_BYTES + 1))
    assert attach(known, "image", "1.jpg") == [file_refused("size")]
    assert attach(known, "video", "empty") == [words.NOT_FETCHED] and kept(desk) == []


def test_what_is_gone_from_metas_servers_is_asked_for_again(known: FacebookPage, graph: GraphStandIn) -> None:
    known.channel.work.intake._attachments._sleep = lambda seconds: None
    assert attach(known, "image", "gone.jpg") == [words.NOT_FETCHED]
    assert graph.fetched == ["gone.jpg"] * 3


def test_a_redirect_leads_nowhere_else(known: FacebookPage, graph: GraphStandIn, desk: FakeEscalation) -> None:
    graph.redirects["out.jpg"] = f"{desk.url}/health"
    graph.redirects["round.jpg"] = f"{graph.url}/cdn/round.jpg"
    graph.redirects["near.jpg"] = "/cdn/1.jpg"
    graph.files["1.jpg"] = ("image/png", PNG)
    assert attach(known, "image", "out.jpg") == [file_refused("host")]
    assert attach(known, "video", "round.jpg") == [file_refused("host")] and graph.fetched.count("round.jpg") == 4
    assert attach(known, "file", "near.jpg") == ["Eco: /file_added"]


META = MessengerSettings("v", "a", "p")
LOCAL = MessengerSettings("v", "a", "p", graph_url="http://127.0.0.1:4000/v24.0")


@pytest.mark.parametrize(
    "url",
    [
        "http://scontent.xx.fbcdn.net/a.jpg",
        "https://scontent.xx.fbcdn.net:8443/a.jpg",
        "https://scontent.xx.fbcdn.net.evil.test/a.jpg",
        "https://evilfbcdn.net/a.jpg",
        "https://ana@scontent.xx.fbcdn.net/a.jpg",
        "https://127.0.0.1/a.jpg",
        "http://127.0.0.1:4000/a.jpg",
        "http://[::1]/a.jpg",
        "https://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "ftp://scontent.xx.fbcdn.net/a.jpg",
        "https://[scontent.xx.fbcdn.net/a.jpg",
        "https://scontent.xx.fbcdn.net:x/a.jpg",
        "//scontent.xx.fbcdn.net/a.jpg",
        "https://evil.test\\.fbcdn.net/a.jpg",
        "https://169.254.169.254\\.fbcdn.net/a.jpg",
        "https://evil.test;.fbcdn.net/a.jpg",
        "https://evil.test%2f.fbcdn.net/a.jpg",
        "https://evil.test\t.fbcdn.net/a.jpg",
        "https://evil.test／.fbcdn.net/a.jpg",
        "",
    ],
)
def test_nothing_is_fetched_from_anywhere_but_metas_servers(url: str) -> None:
    assert not allowed(url, META)


def test_metas_servers_are_allowed_and_this_machine_only_where_the_graph_api_is_here() -> None:
    for settings in (META, LOCAL):
        assert allowed("https://scontent.xx.fbcdn.net/v/a.jpg?x=1", settings)
        assert allowed("https://cdn.fbsbx.com:443/v/a.pdf", settings)
    assert allowed("http://127.0.0.1:4000/cdn/a.jpg", LOCAL)
    for url in ("http://127.0.0.1:8001/", "http://localhost/", "http://10.0.0.1:4000/"):
        assert not allowed(url, LOCAL)
