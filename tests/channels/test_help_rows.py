"""The help centre's rows on both databases: opinions, and reports that wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.channels.escalation import EscalationUnavailable
from bot.channels.help_tables import KeptReport
from bot.channels.kept_list import lines
from bot.channels.kept_reports import DELIVERED, REFUSED, SENT, WAITING, KeptReports
from bot.channels.opinions import COMMENT_MAX, Opinions
from bot.channels.report_desk import ReportRefused
from bot.channels.settings import Settings
from bot.channels.store import Store
from tests.channels.test_help_search import LIMIT_ENTRY, NOT_SAFE
from wire.database import new_engine

CONTENT = {"area": "mail", "fields": {"description": "no salen"}, "shown_entries": []}


class Desk:
    """Escalation as the reports see it: ``verdict`` is what a draft gets."""

    def __init__(self) -> None:
        self.verdict: bool | Exception = True
        self.drafts: list[tuple[str, str]] = []
        self.bodies: list[dict[str, Any]] = []

    def save_draft(self, conversation_id: str, key: str, report: dict[str, Any], request_id: str) -> bool:
        if isinstance(self.verdict, Exception):
            raise self.verdict
        self.drafts.append((conversation_id, key))
        self.bodies.append(report)
        return self.verdict

    def open_ticket(self, conversation_id: str, key: str, report: dict[str, Any], request_id: str) -> str:
        return "MDA-7"


def test_an_opinion_changes_by_its_key_and_is_counted_by_its_entry(settings: Settings) -> None:
    opinions = Opinions(new_engine(settings.chat_database_url))
    opinions.keep(LIMIT_ENTRY, "k-1", False, "nada\x00 claro \ud800" + "x" * 2000)
    opinions.keep(LIMIT_ENTRY, "k-1", True, "")
    opinions.keep(LIMIT_ENTRY, "k-2", False, "")
    opinions.keep(NOT_SAFE, "k-3", True, "")
    first, second = opinions.counts(datetime.now(UTC) - timedelta(days=1))
    assert (first.entry_id, first.yes, first.no) == (LIMIT_ENTRY.id, 1, 1)
    assert first.comments[0].startswith("nada claro xx") and len(first.comments[0]) == COMMENT_MAX
    assert (second.entry_id, second.yes, second.no, second.comments) == (NOT_SAFE.id, 1, 0, ())
    assert opinions.counts(datetime.now(UTC) + timedelta(minutes=1)) == []


@pytest.mark.parametrize(
    ("verdict", "done", "state"),
    [
        (True, True, DELIVERED),
        (False, True, SENT),
        (ReportRefused(422), True, REFUSED),
        (EscalationUnavailable("down"), False, WAITING),
    ],
)
def test_each_verdict_on_a_kept_report_leaves_it_where_it_belongs(
    settings: Settings, verdict: bool | Exception, done: bool, state: str
) -> None:
    engine, desk = new_engine(settings.chat_database_url), Desk()
    reports = KeptReports(engine, Store(engine), desk, "secret")  # type: ignore[arg-type]
    kept = [reports.keep(f"area-{number}", CONTENT) for number in range(25)]
    assert reports.keep("area-0", {**CONTENT, "area": "site"}) == kept[0]
    desk.verdict = verdict
    assert reports.deliver() is done
    assert {reports.find(one.key).state for one in kept} == {state}  # type: ignore[union-attr]
    assert (reports.find("area-3").content is None) == (state == SENT)  # type: ignore[union-attr]
    if verdict is True:
        assert {conversation for conversation, _ in desk.drafts} == {one.conversation_id for one in kept}
        assert desk.bodies[0]["fields"]["remark"].startswith("Número provisorio P-")
        assert reports.send(kept[3], "r") == "MDA-7" == reports.send(reports.find("area-3"), "r")  # type: ignore[arg-type]


def test_a_hand_over_that_was_under_way_does_not_undo_the_ticket(settings: Settings) -> None:
    engine, desk = new_engine(settings.chat_database_url), Desk()
    reports = KeptReports(engine, Store(engine), desk, "secret")  # type: ignore[arg-type]
    kept = reports.keep("area-1", CONTENT)
    reports.send(kept, "r")
    assert reports.hand_over(kept)
    found = reports.find("area-1")
    assert found is not None and (found.state, found.ticket) == (SENT, "MDA-7")


def test_where_each_kept_report_stands_is_read_by_a_command(settings: Settings) -> None:
    engine, desk = new_engine(settings.chat_database_url), Desk()
    reports = KeptReports(engine, Store(engine), desk, "secret")  # type: ignore[arg-type]
    assert lines(reports, content=False) == ["No report is kept."]
    kept = reports.keep("area-1", {**CONTENT, "fields": {"description": "no \x1b[31m salen"}})
    desk.verdict = ReportRefused(422)
    reports.deliver()
    [line] = lines(reports, content=False)
    assert line.startswith(f"{kept.number}  refused ") and "salen" not in line
    assert "no \\u001b[31m salen" in lines(reports, content=True)[1]


def test_what_nobody_came_back_for_is_forgotten_after_a_month(settings: Settings) -> None:
    engine = new_engine(settings.chat_database_url)
    reports = KeptReports(engine, Store(engine), Desk(), "secret")  # type: ignore[arg-type]
    reports.keep("area-old", CONTENT)
    reports.keep("area-new", CONTENT)
    with Session(engine) as session, session.begin():
        month_ago = datetime.now(UTC) - timedelta(days=31)
        session.execute(update(KeptReport).where(KeptReport.key == "area-old").values(created_at=month_ago))
    reports.deliver()
    assert reports.find("area-old") is None and reports.find("area-new") is not None
