"""Nothing is lost, doubled or moved: the fault run, small enough for every day (field notes 11 and 12)."""

from __future__ import annotations

from pathlib import Path

from tests.messenger.fault_run import run


def test_with_doubles_disorder_failures_and_processes_killed_each_message_is_taken_once_and_each_reply_read_in_order(
    tmp_path: Path,
) -> None:
    outcome = run(300, rate=40, folder=tmp_path, patience=240)
    assert not any(outcome.wrong.values()), str(outcome)
    assert outcome.shown["events delivered a second time"] > 0 and outcome.shown["faults at Meta's side"] > 0
