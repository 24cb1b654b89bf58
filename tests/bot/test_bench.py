"""The side-by-side bench counts rightly."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from benchmarks import page, public
from benchmarks.diet import Epochs
from benchmarks.diet import judged as judged_diet
from benchmarks.figures import Bin, Result, confusions, interval, markdown, reliability, result, risk_coverage
from benchmarks.parse import Parsed, Times
from benchmarks.rankers import Bm25, CharacterNgrams, Nearest, Ranker
from benchmarks.report import Diet, Report, systems_table
from benchmarks.scale import Load, array_bytes, grown
from bot.evaluate import Judged
from bot.faq.corpus import load_corpus
from bot.faq.decision import NEEDS_TICKET, OFF_TOPIC
from bot.faq.encoder import SentenceEncoder
from bot.faq.entry_index import EntryIndex
from bot.faq.lexical import Lexicon

TOPICS = frozenset({"correo", "php", "web"})
TEXTS = ["No puedo enviar correos", "Cambiar la versión de PHP", "Mi sitio está lento"]
LABELS = ["correo", "php", "web"]


def asked(ranker: Ranker, text: str, *labels: str) -> Judged:
    return Nearest(ranker, TOPICS)((text, frozenset(labels)))


@pytest.mark.parametrize("kind", [CharacterNgrams, Bm25])
def test_the_nearest_entry_comes_first_whatever_the_accents(kind: type[CharacterNgrams] | type[Bm25]) -> None:
    ranker = kind(TEXTS, LABELS)
    assert asked(ranker, "que VERSION de php uso", "php").ranking[0] == "php"
    assert asked(ranker, "el sitio esta lento", "web").ranking[0] == "web"
    assert set(asked(ranker, "enviar", "correo").ranking) == TOPICS


def test_character_ngrams_forgive_a_typo_that_words_do_not() -> None:
    assert asked(CharacterNgrams(TEXTS, LABELS), "correoss", "correo").ranking[0] == "correo"
    assert not Bm25(TEXTS, LABELS).scores("correoss").any()


def test_a_message_without_words_is_near_to_nothing() -> None:
    assert Bm25(TEXTS, LABELS).scores("¿?").tolist() == [0, 0, 0]


def test_of_many_texts_the_best_counts_and_off_topic_texts_lower_the_scope() -> None:
    ranker = CharacterNgrams([*TEXTS, "no sale ningún mail", "quién ganó el partido"], [*LABELS, "correo", OFF_TOPIC])
    found = asked(ranker, "no sale mail", "correo")
    assert found.ranking[0] == "correo"
    assert OFF_TOPIC not in found.ranking
    assert asked(ranker, "quien gano el partido", OFF_TOPIC).in_scope < 0 < found.in_scope


def test_the_bootstrap_interval_of_a_hand_worked_case() -> None:
    # Means of two draws from {0, 1} are 0, ½, 1 with chances ¼, ½, ¼: the middle 95 % reach from 0 to 1.
    assert interval([0, 1]) == (0.0, 1.0)
    assert interval([1, 1, 1]) == (1.0, 1.0)
    assert interval([]) is None
    # The normal approximation: 1.96 times the root of .5 * .5 / 400 is .049.
    low, high = interval([0, 1] * 200) or (0, 0)
    assert (low, high) == pytest.approx((0.451, 0.549), abs=0.006)
    assert interval([0, 1] * 200) == (low, high)


def test_risk_coverage_lets_the_most_certain_through_first() -> None:
    coverage, risk = risk_coverage(np.array([0.2, 0.9, 0.6, 0.7]), np.array([False, True, False, True]))
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk.tolist() == pytest.approx([0, 0, 1 / 3, 1 / 2])


def test_reliability_bins() -> None:
    bins = reliability(np.array([0.05, 0.95, 0.97, 1.0]), np.array([False, True, True, False]))
    assert [part.count for part in bins] == [1, 3]
    assert bins[0] == Bin(0.05, 0.0, 1)
    assert (bins[1].probability, bins[1].right) == pytest.approx((0.9733, 2 / 3), abs=1e-4)


def test_confusions_count_the_right_topic_that_came_first() -> None:
    ranker = CharacterNgrams(TEXTS, LABELS)
    rows = [
        asked(ranker, "mi sitio lento", "web", "php"),
        asked(ranker, "mi sitio lento", "php", "correo"),
        asked(ranker, "mi sitio lento", OFF_TOPIC),
        asked(ranker, "mi sitio lento", NEEDS_TICKET),
    ]
    assert confusions(rows) == Counter({("web", "web"): 1, ("correo", "web"): 1})


def test_the_table_writer() -> None:
    table = markdown(("system", "a", "b"), [("x|y", 0.5, None), ("z", 3, (0.1, 0.25))])
    assert table.splitlines() == [
        "| system | a | b |",
        "| --- | ---: | ---: |",
        "| x\\|y | 0.500 | – |",
        "| z | 3 | 0.100–0.250 |",
    ]


def test_a_row_of_systems_and_of_one_that_could_not_be_run() -> None:
    ranker = CharacterNgrams(TEXTS, LABELS)
    rows = [asked(ranker, "php", "php"), asked(ranker, "quien gano", OFF_TOPIC), asked(ranker, "lento", "correo")]
    found = result("toy", rows)
    assert (found.n, found.accuracy_at_1, found.hit_at_3, found.mrr) == (3, 0.5, 1.0, pytest.approx(0.75, abs=0.1))
    lines = systems_table([found, Result("big", "not available offline")]).splitlines()
    assert lines[2].startswith("| toy | 3 | 0.500 (0.000–1.000) | 1.000 (1.000–1.000) |")
    assert lines[3] == "| big (not available offline) | – | – | – | – | – | – | – |"


def test_rasas_ranking_is_counted_like_ours() -> None:
    parsed = Parsed({"faq": 0.8, OFF_TOPIC: 0.1}, (("faq/php", 0.5), ("faq/gone", 0.3), ("faq/web", 0.2)), 7.0, 6.0)
    row = judged_diet(("cambiar php", frozenset({"php"})), parsed, TOPICS)
    assert row.ranking == ("php", "web")
    assert (row.in_scope, row.decision.probability) == pytest.approx((0.9, 0.4))


def test_figures_of_an_earlier_run_come_back_as_they_were(tmp_path: Path) -> None:
    ranker = CharacterNgrams(TEXTS, LABELS)
    found = result("diet", [asked(ranker, "php", "php"), asked(ranker, "mail", "correo")])
    made = Diet(found, Times(1.0, 2.0, 0.5, 3), "digest", Epochs(12, 40), 60.5, 11, "exam")
    (tmp_path / "diet.json").write_text(json.dumps(asdict(made)), encoding="utf-8")
    assert Diet.read(tmp_path / "diet.json") == made


@pytest.mark.parametrize("with_diet", [True, False])
def test_the_page_speaks_of_diet_only_where_it_was_measured(tmp_path: Path, with_diet: bool) -> None:
    corpus = load_corpus()
    ranker = CharacterNgrams([entry.title for entry in corpus.values()], list(corpus))
    rows = [
        Nearest(ranker, frozenset(corpus))((text, frozenset({label})))
        for text, label in (("php", "php-version"), ("no", OFF_TOPIC))
    ]
    took = Times(1.0, 2.0, 0.5, 3)
    rasas = Diet(result("DIET", rows), took, "digest", Epochs(12, 40), 60.5, 11, "exam") if with_diet else None
    loads = [Load(100, 1, 2, 0.1, 1.0, 2.0, 0.5)]
    page.write(Report([result("ours", rows), result("other", rows)], rows, corpus, loads, took, rasas, 0, 9), tmp_path)
    assert ("Training took" in (tmp_path / page.PAGE).read_text()) is with_diet
    assert ("were not measured" in (tmp_path / page.PAGE).read_text()) is not with_diet
    assert (tmp_path / page.PICTURES / page.DIET_FILE).exists() is with_diet
    assert all(picture.stat().st_size < 80_000 for picture in tmp_path.rglob("*.png"))


def test_a_corpus_is_grown_alike_each_time() -> None:
    corpus = load_corpus()
    many = grown(corpus, len(corpus) + 50)
    assert len(many) == len(corpus) + 50
    assert list(many)[: len(corpus)] == list(corpus)
    assert [entry.title for entry in many.values()] == [entry.title for entry in grown(corpus, len(corpus) + 50).values()]
    assert len(grown(corpus, 10)) == 10


def test_ten_thousand_answers_fit_beside_the_model(encoder: SentenceEncoder) -> None:
    corpus = load_corpus()
    lexicon = Lexicon.fit([entry.title for entry in corpus.values()] * 2)
    few, many = (array_bytes(EntryIndex.of(grown(corpus, size), encoder, lexicon)) for size in (200, 700))
    assert (many - few) / 500 * 10_000 < 30e6


def test_shared_memory_is_weighed_once() -> None:
    block = np.zeros(100, dtype=np.float32)
    assert array_bytes({"whole": block, "half": block[:50], "name": "x", "again": [block]}) == 400


def test_the_public_metrics() -> None:
    truth, said = np.array(["a", "b", OFF_TOPIC, OFF_TOPIC]), np.array(["a", OFF_TOPIC, OFF_TOPIC, "a"])
    assert public.score(truth, said) == (50.0, 50.0)
    # Below .5 lie one right in-scope message and three of the others: one lost, three won.
    truth, sure = np.array([OFF_TOPIC, "a", OFF_TOPIC, OFF_TOPIC, "a"]), np.array([0.1, 0.15, 0.2, 0.25, 0.5])
    assert public.best_threshold(truth, np.array(["a"] * 5), sure) == 0.5


def test_public_rows_have_one_name_for_out_of_scope() -> None:
    assert [row.label for row in public.rows_of([[["hi", "greet"], ["x", "oos"]]])] == ["greet", OFF_TOPIC]
