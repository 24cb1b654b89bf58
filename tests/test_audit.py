"""The audit of the pins: what an advisory's ranges mean, and that what could not be looked up is no clean bill."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tools import audit

ADVISORY = """
id: PYSEC-2026-1
aliases: [CVE-2026-1]
affected:
- package: {name: flask, ecosystem: PyPI}
  ranges:
  - type: ECOSYSTEM
    events: [{introduced: '0'}, {fixed: 3.0.2}, {introduced: 3.1.0}, {last_affected: 3.1.3}]
  versions: ['2.9']
"""


@pytest.mark.parametrize(
    ("version", "affected"),
    [("0.1", True), ("3.0.1", True), ("3.0.2", False), ("3.0.10", False), ("3.1.0", True), ("3.1.3+cpu", True), ("3.1.4", False)],
)
def test_a_version_is_affected_where_a_range_says_so(tmp_path: Path, version: str, affected: bool) -> None:
    (tmp_path / "vulns/flask").mkdir(parents=True)
    (tmp_path / "vulns/flask/PYSEC-2026-1.yaml").write_text(ADVISORY)
    found, unknown = audit.from_folder(tmp_path, {"flask": version, "werkzeug": "3.1.9"})
    assert unknown == [] and bool(found) == affected
    assert not affected or found == [f"flask {version}: PYSEC-2026-1 (CVE-2026-1)"]


def test_a_withdrawn_advisory_counts_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "vulns/flask").mkdir(parents=True)
    (tmp_path / "vulns/flask/PYSEC-2026-1.yaml").write_text(ADVISORY + "withdrawn: '2026-02-01T00:00:00Z'\n")
    assert audit.from_folder(tmp_path, {"flask": "0.1"}) == ([], [])


def test_a_folder_that_holds_no_advisories_is_no_clean_bill(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        audit.from_folder(tmp_path, {"flask": "0.1"})


def test_what_pypi_did_not_tell_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "dependencies": [
            {"name": "flask", "version": "0.1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["0.2"]}]},
            {"name": "torch", "skip_reason": "not found"},
        ]
    }
    answers = iter([json.dumps(told), "no network"])
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, next(answers), ""))
    assert audit.from_pypi() == (["flask 0.1: PYSEC-1, fixed in 0.2"], ["torch"])
    assert audit.from_pypi() == ([], list(audit.pins()))


def test_every_pin_is_looked_up() -> None:
    assert len(audit.pins()) > 100 and audit.pins()["flask"]
