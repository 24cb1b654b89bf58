"""Reports that the bot keeps while escalation is down: nobody reads them in the file, and none is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.pending import PendingReport, PendingReports, provisional_number
from wire.database import new_engine

BODY = {"conversation_id": "c-1", "area": "mail", "fields": {"description": "no llegan los mails de la panadería"}}


def raw(url: str) -> str:
    with new_engine(url).connect() as connection:
        return str(connection.execute(text("SELECT * FROM pending_reports")).all())


def test_it_lies_sealed_and_comes_back_whole_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'pending.db'}"
    reports = PendingReports(url, "secret")
    assert reports.keep("k-1", BODY) == reports.keep("k-1", {"other": "body"}) == provisional_number("k-1")
    assert "panader" not in raw(url) and b"panader" not in (tmp_path / "pending.db").read_bytes()
    assert [(report.key, report.body) for report in PendingReports(url, "secret").waiting()] == [("k-1", BODY)]
    reports.delivered("k-1")
    assert reports.waiting() == []


def test_with_another_secret_it_stays_and_says_why_and_stands_in_nobodys_way(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'pending.db'}"
    PendingReports(url, "before").keep("k-1", BODY)
    reports = PendingReports(url, "after")
    reports.keep("k-2", BODY)
    assert [report.key for report in reports.waiting(limit=1)] == []
    assert [report.key for report in reports.waiting(limit=1)] == ["k-2"]
    assert "another SERVICE_TOKEN" in raw(url) and "k-1" in raw(url)


def test_a_report_from_before_they_were_sealed_is_still_delivered(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'pending.db'}"
    reports = PendingReports(url, "secret")
    with Session(new_engine(url)) as session, session.begin():
        session.add(PendingReport(key="k-1", body=BODY, created_at=datetime.now(UTC)))
    assert reports.waiting()[0].body == BODY
