"""The log of what staff did: added to, paged, filtered, never changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from escalation import audit
from escalation.audit import Actor, Wanted
from escalation.models import Staff
from tests.escalation.conftest import NOW


def test_entries_are_paged_from_the_newest_without_gap_or_repeat(session: Session, agent: Staff) -> None:
    for number in range(7):
        audit.record(session, audit.EXPORTED, Actor(agent, "10.0.0.1"), f"customers {number}", NOW, rows=number)
    session.commit()
    seen, before = [], None
    while True:
        entries, before = audit.page(session, Wanted(), before, limit=3)
        seen += [entry.subject for entry in entries]
        if before is None:
            break
    assert seen == [f"customers {number}" for number in reversed(range(7))]


def test_they_are_found_by_kind_person_and_time(session: Session, agent: Staff, admin: Staff) -> None:
    audit.record(session, audit.LOGIN, Actor(agent), "", NOW)
    audit.record(session, audit.LOGIN, Actor(admin), "", NOW + timedelta(days=1))
    audit.record(session, audit.LOGIN_FAILED, Actor(None, "10.0.0.9"), "", NOW)
    session.commit()

    def names(wanted: Wanted) -> list[str]:
        return [entry.actor_name for entry in audit.rows(session, wanted)]

    assert names(Wanted(kind=audit.LOGIN)) == [agent.name, admin.name]
    assert names(Wanted(actor_id=admin.id)) == [admin.name]
    assert names(Wanted(since=NOW + timedelta(days=1))) == [admin.name]
    assert names(Wanted(until=NOW + timedelta(days=1))) == [agent.name, ""]


@pytest.mark.parametrize("change", ["UPDATE audit_entries SET actor_name = 'nadie'", "DELETE FROM audit_entries"])
def test_the_database_itself_refuses_to_change_or_forget_one(session: Session, agent: Staff, change: str) -> None:
    audit.record(session, audit.ATTACHMENT_READ, Actor(agent), "a-1", NOW)
    session.commit()
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(change))
    session.rollback()
    assert len(list(audit.rows(session, Wanted()))) == 1


@pytest.mark.parametrize(("value", "shown"), [("=HYPERLINK(1)", "'=HYPERLINK(1)"), ("Ana", "Ana"), (-3, "'-3"), ("@x", "'@x")])
def test_a_spreadsheet_never_takes_a_cell_for_a_formula(value: object, shown: str) -> None:
    assert audit.cell(value) == shown
