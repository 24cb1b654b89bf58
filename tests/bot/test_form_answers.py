"""Answers to the report's questions that training never saw, through the trained model and the rules.

``form_answers.jsonl``: ``first`` says whether a row was right when it was seen first; what was wrong was mended then, with other
phrasings. The second and third ``batch`` were written after the first was mended.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.form_answers import Judged, judge, trained
from bot.actions.report_fields import FIELDS
from bot.evaluate import read_rows
from bot.faq.encoder import SentenceEncoder
from bot.faq.phrasing_check import normal
from bot.faq.phrasings import load_phrasings

ROWS = read_rows(Path(__file__).with_name("form_answers.jsonl"))


@pytest.fixture(scope="module")
def judged(instance_folder: Path, encoder: SentenceEncoder) -> list[Judged]:
    return judge(ROWS, trained(instance_folder / "models" / "mesa-de-ayuda.tar.gz"), encoder)


def test_the_answers_are_of_every_field_and_kind_and_none_is_trained_on() -> None:
    assert len(ROWS) >= 200 and {row["step"] for row in ROWS} >= set(FIELDS)
    kinds = {"answer", "none", "dont_know", "done", "go_back", "correct", "later", "cancel", "start_over", "yes", "no", "skip"}
    assert {row["means"].split(":")[0] for row in ROWS} >= kinds
    known = {normal(phrasing.text) for phrasing in load_phrasings()}
    assert [row["text"] for row in ROWS if normal(row["text"]) in known] == []


@pytest.mark.parametrize(("steers", "at_least"), [(True, 0.93), (False, 0.95)], ids=["control words", "answers"])
def test_nearly_every_one_does_what_the_customer_meant(judged: list[Judged], steers: bool, at_least: float) -> None:
    rows = [row for row in judged if row.steers is steers]
    wrong = [(row.row["step"], row.row["text"], row.row["means"], row.did) for row in rows if not row.right]
    assert 1 - len(wrong) / len(rows) >= at_least, wrong


def test_nothing_is_sent_by_what_is_no_yes(judged: list[Judged]) -> None:
    did = Counter(row.did for row in judged if row.row["means"] != "yes")
    assert did["yes"] == 0
