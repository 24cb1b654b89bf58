"""Is the mail being read? How long ago each mailbox was, and an alarm to the admins when that is too long."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.business_hours import BusinessHours
from escalation.mail.rendering import write
from escalation.mail_models import MailCursor
from escalation.models import Role, Staff
from escalation.outbox import enqueue_mail

# FreeScout's alert_fetch_period.
SILENCE_MAX = timedelta(minutes=15)


def ages(session: Session, now: datetime) -> dict[str, timedelta]:
    """For each mailbox, how long ago it was read to its end; empty where none is read by IMAP."""
    return {cursor.mailbox: now - cursor.fetched_at for cursor in session.scalars(select(MailCursor))}


def fetched(session: Session, mailbox: str, now: datetime) -> None:
    """It was just read to its end."""
    cursor = cursor_of(session, mailbox, now)
    cursor.fetched_at, cursor.last_error, cursor.alarmed_at = now, None, None


def failed(session: Session, mailbox: str, error: str, now: datetime) -> None:
    """It could not be read."""
    cursor_of(session, mailbox, now).last_error = error[:300]


def cursor_of(session: Session, mailbox: str, now: datetime) -> MailCursor:
    """The mailbox's row; a new one begins at the beginning."""
    cursor = session.get(MailCursor, mailbox)
    if cursor is None:
        cursor = MailCursor(mailbox=mailbox, uid_validity=0, last_uid=0, fetched_at=now)
        session.add(cursor)
        session.flush()
    return cursor


def raise_alarms(session: Session, now: datetime, hours: BusinessHours) -> int:
    """Tell the admins (without any: all of staff) once of each silence; returns of how many mailboxes."""
    silent = (MailCursor.fetched_at < now - SILENCE_MAX) & MailCursor.alarmed_at.is_(None)
    found = session.scalars(select(MailCursor).where(silent).with_for_update(skip_locked=True)).all()
    for cursor in found:
        cursor.alarmed_at = now
        since = f"{hours.local(cursor.fetched_at):%H:%M del %d/%m}"
        letter = write("mailbox_silent", mailbox=cursor.mailbox, since=since, error=cursor.last_error or "ninguno conocido")
        for member in _told(session):
            enqueue_mail(session, f"silence-{uuid.uuid4()}", member.email, letter.subject, letter.body, now)
    return len(found)


def _told(session: Session) -> list[Staff]:
    active = select(Staff).where(Staff.active)
    return list(session.scalars(active.where(Staff.role == Role.ADMIN))) or list(session.scalars(active))
