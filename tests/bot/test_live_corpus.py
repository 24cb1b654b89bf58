"""An edit of the answers is live without training; a broken one leaves the old in place."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from bot.faq.corpus import CORPUS_DIR, load_corpus
from bot.faq.encoder import SentenceEncoder
from bot.faq.entry_index import EntryIndex
from bot.faq.live import LiveCorpus
from bot.faq.matcher import Matcher
from bot.faq.training import entry_phrasings, fit

KEPT = ("correo-rebota", "correo-firma", "php-version", "web-lenta", "ssl-renovar")
NEW = """---
id: web-tienda-multimoneda
category: web
title: "Cobrar en dólares y euros en mi tienda multimoneda"
keywords: [multimoneda, cotización, dólar, euro]
related: [php-version, web-lenta]
updated: 2026-11-23
answer: |
  La tienda multimoneda muestra el precio en pesos, dólares o euros según quién la visite. Se activa en la configuración
  de la tienda, pestaña Monedas, y toma la cotización del día.
steps:
  - "Abra la configuración de la tienda."
  - "Entre en Monedas y agregue dólar y euro."
  - "Guarde y mire la tienda desde otra ventana."
---

"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small corpus of real entries whose references stay within it."""
    shutil.copy(CORPUS_DIR / "company.yaml", tmp_path)
    for entry_id in KEPT:
        text = (CORPUS_DIR / f"{entry_id}.md").read_text(encoding="utf-8")
        lines = ["related: [php-version, web-lenta]" if line.startswith("related:") else line for line in text.splitlines()]
        (tmp_path / f"{entry_id}.md").write_text(within(lines), encoding="utf-8")
    return tmp_path


def within(lines: list[str]) -> str:
    """``lines`` with every link to another answer turned to one of :data:`KEPT`."""
    import re

    return re.sub(r"\]\(/ayuda/[^)]*\)", "](/ayuda/web-lenta)", "\n".join(lines)) + "\n"


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    # Two edits within one tick of the file system's clock would look like one.
    os.utime(path, ns=(0, int.from_bytes(os.urandom(6), "big")))


def test_nothing_changes_while_no_file_does(folder: Path) -> None:
    live = LiveCorpus(folder, pause=0)
    assert live.current() is live.current()


def test_an_edited_answer_is_published_and_the_others_stay_the_same_objects(folder: Path) -> None:
    live = LiveCorpus(folder, pause=0)
    before = live.current()
    path = folder / "correo-firma.md"
    write(path, path.read_text(encoding="utf-8").replace("title: ", 'title: "Firma nueva" #', 1))
    after = live.current()
    assert after["correo-firma"].title == "Firma nueva"
    assert all(after[entry_id] is before[entry_id] for entry_id in KEPT if entry_id != "correo-firma")


@pytest.mark.parametrize(
    ("harm", "line", "says"),
    [
        (lambda text: text.replace("category: correo", "category: nada"), 3, "unknown category"),
        (lambda text: text.replace("updated:", "updated: [", 1), 9, "cannot be read"),
        (lambda text: text.replace("{{ ", "{{ nada.", 1) if "{{" in text else text + "{{ nada.de }}", None, "placeholders"),
        (lambda text: text.replace("## Si sigue sin funcionar", "## Otra cosa"), 1, "last three sections"),
    ],
)
def test_a_broken_entry_is_refused_with_file_and_line_and_the_old_one_stays(folder: Path, harm, line, says) -> None:
    live = LiveCorpus(folder, pause=0)
    before = live.current()
    path = folder / "correo-firma.md"
    write(path, harm(path.read_text(encoding="utf-8")))
    with capture_logs() as logs:
        after = live.current()
    assert after["correo-firma"] == before["correo-firma"]
    refused = next(entry for entry in logs if entry["event"] == "entry refused, the old one stays")
    assert says in refused["reason"]
    prefix = f"{path}:{line}:" if line else f"{path}:"
    assert refused["reason"].startswith(prefix)


def test_broken_company_values_change_nothing_until_they_are_mended(folder: Path) -> None:
    live = LiveCorpus(folder, pause=0)
    before = live.current()
    good = (folder / "company.yaml").read_text(encoding="utf-8")
    write(folder / "company.yaml", "company: [")
    assert live.current()["correo-firma"] == before["correo-firma"]
    write(folder / "company.yaml", good)
    assert live.current()["correo-firma"] == before["correo-firma"]
    assert live.current().company == before.company


def test_a_new_answer_is_found_by_its_own_words_and_a_removed_one_no_longer(folder: Path, encoder: SentenceEncoder) -> None:
    corpus = load_corpus(folder)
    model = fit(encoder, entry_phrasings(corpus), frozenset(corpus))
    live = LiveCorpus(folder, pause=0)
    matcher = Matcher(model, encoder, live.current)
    question = "quiero cobrar en dolares en la tienda"

    def first() -> str:
        return matcher.match(question, encoder.encode([question])[0]).guesses[0].label

    assert first() in KEPT
    body = (folder / "web-lenta.md").read_text(encoding="utf-8").split("---", 2)[2]
    write(folder / "web-tienda-multimoneda.md", NEW + body)
    assert first() == "web-tienda-multimoneda"
    (folder / "web-tienda-multimoneda.md").unlink()
    assert first() in KEPT
    assert "web-tienda-multimoneda" not in matcher.topics


def test_only_changed_entries_are_embedded_again(folder: Path, encoder: SentenceEncoder) -> None:
    class Counting:
        texts = 0

        def encode(self, texts: list[str]) -> np.ndarray:
            self.texts += len(texts)
            return encoder.encode(texts)

    counting = Counting()
    corpus = load_corpus(folder)
    model = fit(encoder, entry_phrasings(corpus), frozenset(corpus))
    live = LiveCorpus(folder, pause=0)
    first = EntryIndex.of(live.current(), counting, model.lexicon)
    assert counting.texts == 3 * len(KEPT)
    path = folder / "correo-firma.md"
    write(path, path.read_text(encoding="utf-8").replace("title: ", 'title: "Firma nueva" #', 1))
    second = EntryIndex.of(live.current(), counting, model.lexicon, first)
    assert counting.texts == 3 * len(KEPT) + 3
    changed = np.flatnonzero(~np.isclose(first.vectors, second.vectors).all(axis=1))
    assert [second.ids[row] for row in changed] == ["correo-firma"]
    assert (first.columns != second.columns).nnz > 0
    assert EntryIndex.of(live.current(), counting, model.lexicon, second) is second
