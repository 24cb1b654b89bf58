"""The words: published answers and the ways to ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.entities.hosts import COMPANY
from bot.faq.corpus import CORPUS_DIR, CorpusError, load_company, load_corpus, load_entry
from bot.faq.lint import lint, problems
from bot.faq.phrasing_check import check, copied, fingerprints, leaks, near_duplicates, normal, shortages
from bot.faq.phrasings import Phrasing, load_phrasings
from bot.faq.report import rows
from bot.wording import filled
from tools.stack import ROOT

EVALUATION = ROOT.parent / "shared" / "eval"


def phrasing(text: str, label: str = "web-lenta") -> Phrasing:
    return Phrasing(text, label, "voseo", "gloss")


def test_the_published_answers_keep_every_rule() -> None:
    assert lint() == []


def test_there_are_a_hundred_answers_or_more() -> None:
    assert len(load_corpus()) >= 100


def test_there_are_enough_ways_to_ask_each_its_own_and_none_of_the_exam() -> None:
    own = Path(__file__).with_name("form_answers.jsonl")
    assert check(against=[own, *sorted(EVALUATION.glob("*questions.jsonl")), *sorted(EVALUATION.glob("*titles.txt"))]) == []


def test_the_policys_ways_to_reach_the_company_are_in_the_settings_file() -> None:
    support = load_company()["support"]
    assert support["email"] == "soporte@csiserver.com"
    assert support["facebook"] == "https://www.facebook.com/CSIserver"
    assert support["twitter"] == "https://twitter.com/CSIserver"
    assert {support["email"].rpartition("@")[2]} == COMPANY


@pytest.mark.parametrize("file", sorted((ROOT / "bot/domain").glob("*.yml")), ids=lambda file: file.stem)
def test_the_bots_wording_names_no_company_value_but_by_its_place_in_the_settings_file(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "csiserver" not in text.lower()
    assert "{{" not in filled(text, load_company())


def test_a_place_that_the_settings_file_lacks_stops_the_training() -> None:
    with pytest.raises(KeyError, match=r"support\.fax"):
        filled({"utter": [{"text": "Llame al {{ support.fax }}"}]}, load_company())


def changed(tmp_path: Path, old: str, new: str) -> list[str]:
    """What the linter says of an entry in which ``old`` was replaced."""
    source = (CORPUS_DIR / "correo-adjuntos.md").read_text(encoding="utf-8")
    assert old in source
    file = tmp_path / "correo-adjuntos.md"
    file.write_text(source.replace(old, new), encoding="utf-8")
    corpus = load_corpus()
    return list(problems(load_entry(file, corpus.company), file.name, set(corpus)))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("id: correo-adjuntos", "id: otro", "file name differ"),
        ("title: ", "title: " + "x" * 80 + " #", "title has"),
        ("## Si sigue sin funcionar", "## Otra cosa", "last three sections"),
        ("## Cómo comprobar", "#### Cómo comprobar", "level 4"),
        ("## Si necesita", "<script>alert(1)</script>\n\n## Si necesita", "no HTML"),
        ("## Si necesita", "[x](/ayuda/no-existe)\n\n## Si necesita", "leads nowhere"),
        ("## Si necesita", "[x](http://inseguro.com)\n\n## Si necesita", "must be https"),
    ],
)
def test_the_linter_refuses_a_broken_entry(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert any(says in problem for problem in changed(tmp_path, old, new))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{{ mail.max_message_mb }}", "{{ mail.no_such_value }}", "no_such_value"),
        ("category: correo", "category: cocina", "unknown category"),
        ("keywords:", "palabras:", "lacks"),
    ],
)
def test_an_entry_that_cannot_be_published_names_its_file(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(CorpusError, match=says) as refused:
        changed(tmp_path, old, new)
    assert "correo-adjuntos.md" in str(refused.value)


def test_too_few_phrasings_and_missing_glosses_are_named() -> None:
    found = list(shortages([phrasing("la pagina anda lenta"), Phrasing("x", "web-lenta", "gritado", "")], {"web-lenta"}))
    assert "web-lenta: 2 phrasings; at least 50" in found
    assert any("needs a register" in line for line in found)


def test_near_duplicates_are_found_and_neighbours_are_not() -> None:
    pair = [phrasing("la pagina me tarda una eternidad en abrir"), phrasing("La página me tarda una eternidad en abrir!!")]
    assert len(list(near_duplicates(pair))) == 1
    assert list(near_duplicates([pair[0], phrasing("el panel me tarda una eternidad en cargar")])) == []


def test_a_leaked_question_is_found_by_text_and_by_fingerprint() -> None:
    exam = ["hola que tal queria saber por que mi tienda demora tanto en abrir desde el celular"]
    leaked = [phrasing("que tal, queria saber por que mi tienda demora tanto en abrir desde el celular")]
    honest = [phrasing("los clientes se quejan de que el catalogo tarda muchisimo")]
    assert list(leaks(leaked, exam)) and list(copied(leaked, fingerprints(exam)))
    assert not list(leaks(honest, exam)) and not list(copied(honest, fingerprints(exam)))


def test_accents_case_and_signs_do_not_hide_a_twin() -> None:
    assert normal("¿CÓMO está?") == normal("como esta") and normal("👍") == "👍"


def test_the_report_has_a_row_for_every_label_that_tells_its_nearest_neighbour(encoder) -> None:  # type: ignore[no-untyped-def]
    phrasings = [p for p in load_phrasings() if p.label in ("ssl-renovar", "ssl-instalar", "pago-medios")]
    table = {row["label"]: row for row in rows(phrasings, encoder)}
    assert set(table) == {"ssl-renovar", "ssl-instalar", "pago-medios"}
    assert str(table["ssl-renovar"]["nearest"]).startswith("ssl-instalar")
