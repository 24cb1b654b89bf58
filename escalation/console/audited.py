"""What a page that only reads leaves in the audit log."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import g
from sqlalchemy.orm import Session

from escalation import audit
from escalation.auth.staff_login import actor


def note_apart(kind: str, subject: str, **detail: str | int | bool) -> None:
    """In a transaction of its own: the request's may only read. What cannot be written down is not shown: the error stands."""
    writer = g.session.get_bind().execution_options(only_reads=False)
    with Session(writer) as own, own.begin():
        audit.record(own, kind, actor(), subject, datetime.now(UTC), **detail)
