"""The search beside the new-ticket form: finds by spelling, follows the corpus, and is read by the desk's pages alone."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from flask.testing import FlaskClient

from bot.channels.help_search import HelpSearch, Phrasings
from bot.faq.corpus import Corpus, Entry, load_corpus
from bot.faq.quick_search import QuickSearch

DESK = {"Origin": "http://desk.test"}


def entry(name: str, title: str, keywords: tuple[str, ...] = (), answer: str = "") -> Entry:
    return Entry(name, "correo", title, keywords, (), date(2026, 11, 23), answer, (), "")


LIMIT_ENTRY = entry("correo-adjuntos", "No puedo enviar archivos adjuntos", ("552", "archivo pesado"))
NOT_SAFE = entry("ssl-sitio-no-seguro", "El navegador dice que mi sitio no es seguro", ("certificado",))
PHP = entry("php-version", "Cambiar la versión de PHP")


def corpus(*entries: Entry) -> Corpus:
    return Corpus(list(entries), {})


@pytest.fixture(scope="module")
def published() -> QuickSearch:
    return QuickSearch(load_corpus())


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("no me sale un mail con un adjunto de 40 megas", "correo-adjuntos"),
        ("kiero cambiar la vercion de PHP", "php-version"),
        ("552 5.3.4 message size", "correo-adjuntos"),
        ("me hackearon la pagina", "web-hackeada"),
        ("como pido la factura", "factura-obtener"),
    ],
)
def test_the_answer_is_among_three_however_it_is_spelt(published: QuickSearch, typed: str, expected: str) -> None:
    assert expected in [found.entry.id for found in published.search(typed, 3)]


def test_a_text_like_nothing_gets_nothing() -> None:
    search = QuickSearch(corpus(LIMIT_ENTRY, NOT_SAFE, PHP))
    assert search.search("xyzzy qwrt", 3) == [] and search.search("", 3) == [] and search.search("¿¡…!?", 3) == []


def test_ways_to_ask_find_what_its_own_words_do_not() -> None:
    entries = corpus(LIMIT_ENTRY, NOT_SAFE, PHP)
    typed = "un candadito tachado"
    assert NOT_SAFE.id not in [one.entry.id for one in QuickSearch(entries).search(typed, 1)]
    found = QuickSearch(entries, {NOT_SAFE.id: ["sale un candado tachado arriba", "candadito rojo"]}).search(typed, 1)
    assert [one.entry.id for one in found] == [NOT_SAFE.id]


class Published:
    """A live corpus and phrasings that come when they are let."""

    def __init__(self) -> None:
        self.corpus = corpus(LIMIT_ENTRY, NOT_SAFE)
        self.phrasings_may_come = threading.Event()
        self.broken = False

    def phrasings(self) -> Phrasings:
        assert self.phrasings_may_come.wait(10)
        if self.broken:
            raise OSError
        return {NOT_SAFE.id: ["candado tachado"]}


def settled(search: HelpSearch) -> None:
    """Waits for the thread that reads the phrasings."""
    with search._lock:
        pass


def test_it_answers_at_once_and_better_when_the_phrasings_are_there() -> None:
    source = Published()
    search = HelpSearch(lambda: source.corpus, source.phrasings)
    assert [one.entry.id for one in search.search("archivos adjuntos")] == [LIMIT_ENTRY.id]
    assert search.search("candado tachado") == []
    source.phrasings_may_come.set()
    settled(search)
    assert [one.entry.id for one in search.search("candado tachado")] == [NOT_SAFE.id]


@pytest.mark.parametrize("broken", [False, True])
def test_it_follows_the_corpus_with_and_without_phrasings(broken: bool) -> None:
    source = Published()
    source.broken = broken
    source.phrasings_may_come.set()
    search = HelpSearch(lambda: source.corpus, source.phrasings)
    search.search("archivos adjuntos")
    settled(search)
    source.corpus = corpus(entry("correo-adjuntos", "Archivos adjuntos: otro título"), PHP)
    assert [one.entry.title for one in search.search("archivos adjuntos")] == ["Archivos adjuntos: otro título"]
    settled(search)
    assert [one.entry.id for one in search.search("version de php")] == [PHP.id]
    assert all(one.entry.id != NOT_SAFE.id for one in search.search("certificado del sitio"))


def test_the_route_gives_titles_and_short_answers(client: FlaskClient) -> None:
    answers = client.get("/ayuda/buscar?q=no+puedo+enviar+adjuntos", headers=DESK).json["answers"]
    assert 1 <= len(answers) <= 3 and answers[0]["id"] == "correo-adjuntos"
    assert set(answers[0]) == {"id", "title", "answer"} and answers[0]["answer"]


@pytest.mark.parametrize("query", ["", "?q=", "?q=a", "?q=" + "%F0%9F%98%80" * 900, "?q=%00%00%00"])
def test_nothing_typed_and_nonsense_are_no_errors(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/ayuda/buscar{query}")
    assert answer.status_code == 200 and answer.json == {"answers": []}


def test_only_the_desks_pages_may_read_it_from_elsewhere(client: FlaskClient) -> None:
    allowed = client.get("/ayuda/buscar?q=factura", headers=DESK)
    assert allowed.headers["Access-Control-Allow-Origin"] == "http://desk.test"
    assert "no-store" in allowed.headers["Cache-Control"] and "Origin" in allowed.headers["Vary"]
    for origin in ({}, {"Origin": "http://evil.test"}, {"Origin": "http://desk.test.evil.test"}, {"Origin": "null"}):
        assert "Access-Control-Allow-Origin" not in client.get("/ayuda/buscar?q=factura", headers=origin).headers
