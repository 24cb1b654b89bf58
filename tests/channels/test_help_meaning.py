"""The help centre finds what the bot finds: the same matcher, live with the corpus and the model, and by spelling without it."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.channels.help_finder import BY_MEANING, BY_SPELLING, Finder, cleaned
from bot.channels.help_meaning import Meaning
from bot.channels.help_search import HelpSearch
from bot.channels.settings import Settings
from bot.faq.corpus import Corpus
from bot.faq.trained import NoModel, understanding_in
from tests.channels.test_help_search import LIMIT_ENTRY, NOT_SAFE, PHP, corpus
from tests.channels.trained import archive
from tools.stack import ROOT
from webhook_app import create_app


@pytest.fixture
def server_url() -> None:
    """SQLite alone: where the database matters, ``test_help_rows`` tries both."""


def finder(meaning: Meaning, current: Callable[[], Corpus]) -> Finder:
    return Finder(meaning, HelpSearch(current, dict))


def found(by: Finder, text: str, entries: Corpus) -> list[str]:
    return [entry.id for entry in by.find(text, entries, 3).entries]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return archive(tmp_path_factory.mktemp("models") / "mesa-de-ayuda.tar.gz")


def test_it_finds_by_meaning_what_no_word_of_the_answer_says(model: Path) -> None:
    entries = corpus(LIMIT_ENTRY, NOT_SAFE, PHP)
    meaning = Meaning(model, lambda: entries)
    assert meaning.settled()
    by = finder(meaning, lambda: entries)
    assert found(by, "no me deja mandar una foto que pesa mucho", entries)[0] == LIMIT_ENTRY.id
    assert found(by, "arriba aparece un candado tachado", entries)[0] == NOT_SAFE.id
    assert by.find("arriba aparece un candado tachado", entries, 3).by == BY_MEANING


def test_what_is_none_of_our_business_finds_nothing_and_half_a_word_something(model: Path) -> None:
    entries = corpus(LIMIT_ENTRY, NOT_SAFE, PHP)
    meaning = Meaning(model, lambda: entries)
    assert meaning.settled()
    by = finder(meaning, lambda: entries)
    assert found(by, "una receta de milanesas con papas", entries) == []
    assert PHP.id in found(by, "versi", entries)
    assert by.find("ph", entries, 3).entries == ()


def test_an_edit_of_an_answer_is_found_at_once(model: Path) -> None:
    published = [corpus(LIMIT_ENTRY, NOT_SAFE)]
    meaning = Meaning(model, lambda: published[0])
    assert meaning.settled()
    by = finder(meaning, lambda: published[0])
    changed = dataclasses.replace(NOT_SAFE, title="Candado tachado: otro título")
    published[0] = corpus(changed, PHP)
    entries = by.find("arriba aparece un candado tachado", published[0], 3).entries
    assert entries[0].title == "Candado tachado: otro título"
    assert LIMIT_ENTRY.id not in [entry.id for entry in entries]
    # Nobody trained on it: its own words find it.
    assert PHP.id in found(by, "cambiar la versión de php", published[0])


def test_a_model_that_comes_later_is_taken_and_a_damaged_one_leaves_the_old(model: Path, tmp_path: Path) -> None:
    entries, path = corpus(LIMIT_ENTRY, NOT_SAFE), tmp_path / "model.tar.gz"
    meaning = Meaning(path, lambda: entries, pause=0)
    by = finder(meaning, lambda: entries)
    assert by.find("candado tachado arriba", entries, 3).by == BY_SPELLING
    path.write_bytes(model.read_bytes()[:5000])
    assert not meaning.settled()
    assert by.find("archivo pesado", entries, 3).entries == (LIMIT_ENTRY,)
    path.write_bytes(model.read_bytes())
    assert meaning.settled() and by.find("candado tachado arriba", entries, 3).by == BY_MEANING
    path.write_bytes(b"damaged")
    assert meaning.settled() and by.find("candado tachado arriba", entries, 3).by == BY_MEANING


def test_a_model_of_another_kind_of_encoder_leaves_the_spelling(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDDING_MODEL", "intfloat/multilingual-e5-small")
    entries = corpus(LIMIT_ENTRY)
    meaning = Meaning(model, lambda: entries)
    assert not meaning.settled()
    assert finder(meaning, lambda: entries).find("archivo pesado", entries, 3).by == BY_SPELLING


def test_what_is_no_archive_of_ours_is_refused_by_name(tmp_path: Path) -> None:
    for content in (None, b"", b"\x1f\x8b\x08\x00", b"no archive"):
        path = tmp_path / "broken.tar.gz"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(NoModel, match=r"broken\.tar\.gz"):
            understanding_in(path)


def test_what_is_searched_is_one_bounded_line() -> None:
    assert cleaned("  no\x00 puedo\r\n\tenviar  ") == "no puedo enviar"
    assert len(cleaned("ñ" * 100_000)) == 500


def test_the_route_searches_by_meaning_once_the_model_is_there(settings: Settings, model: Path) -> None:
    client = create_app(dataclasses.replace(settings, model_file=model)).test_client()
    query = {"q": "no me deja mandar una foto que pesa mucho", "limite": "6"}
    deadline = time.monotonic() + 30
    while client.get("/ayuda/buscar", query_string=query).headers["X-Found-By"] != BY_MEANING:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    answers = client.get("/ayuda/buscar", query_string=query).json["answers"]
    assert answers[0]["id"] == "correo-adjuntos" and len(answers) <= 6


def test_the_front_door_searches_without_rasa_tensorflow_and_torch(model: Path) -> None:
    script = (
        "import sys; from pathlib import Path; import webhook_app;"
        "from bot.channels.help_meaning import Meaning; from bot.faq.live import published;"
        f"meaning = Meaning(Path({str(model)!r}), published().current); assert meaning.settled();"
        "assert meaning.match('no sale el adjunto').guesses;"
        "heavy = {'rasa', 'rasa_sdk', 'tensorflow', 'torch', 'sentence_transformers', 'transformers', 'escalation'};"
        "print(sorted(heavy & {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"
