"""Every mail of the corpus becomes what the table says, and none takes long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mail import outcomes
from tests.mail.conftest import MailRoom
from tests.mail.corpus import CASES
from tests.mail.corpus.case import Case, Context

EXPECTED = outcomes.expected()


@pytest.fixture(scope="module")
def desk() -> Iterator[tuple[MailRoom, Context]]:
    with outcomes.room() as made:
        yield made


def test_the_table_speaks_of_each_mail_and_of_no_other() -> None:
    assert [case.name for case in CASES] == list(EXPECTED)
    assert len(EXPECTED) >= 120


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_becomes_of_it(case: Case, desk: tuple[MailRoom, Context]) -> None:
    found, _ = outcomes.outcome(*desk, case)
    assert found == EXPECTED[case.name]
