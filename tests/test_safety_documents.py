"""What docs/threat-model.md and docs/asvs.md name is there, and every point of the list has an answer."""

from __future__ import annotations

import re

import pytest

from tools.stack import ROOT

ROOMS = r"(?:tests|bot|escalation|wire|tools|docs|\.ci)"
NAMED = re.compile(rf"`({ROOMS}/[\w./-]+|[\w-]+\.(?:py|txt|md)|Makefile|Procfile)(?:::(\w+))?`")
UNSHOWN = re.compile(r"(?:open|in part): .{10}|not applicable, because .{10}")
POINT = re.compile(r"^\| (\d+\.\d+\.\d+) \| (.+?) \| (.+?) \|$", re.MULTILINE)
# Chapters of ASVS 4.0.3.
CHAPTERS = set(range(1, 15))


@pytest.mark.parametrize("name", ["threat-model.md", "asvs.md"])
def test_every_file_and_test_that_it_names_is_there(name: str) -> None:
    named = NAMED.findall((ROOT / "docs" / name).read_text(encoding="utf-8"))
    assert len(named) > 40
    for path, test in named:
        assert (ROOT / path).exists(), path
        assert not test or f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{test}"


def test_every_point_of_the_list_is_shown_or_open_or_does_not_apply_with_the_reason() -> None:
    points = POINT.findall((ROOT / "docs/asvs.md").read_text(encoding="utf-8"))
    numbers = [number for number, _, _ in points]
    assert len(numbers) == len(set(numbers)) and {int(number.split(".")[0]) for number in numbers} == CHAPTERS
    for number, _, answer in points:
        assert NAMED.search(answer) or UNSHOWN.match(answer), number
