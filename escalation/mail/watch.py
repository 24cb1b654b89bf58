"""Is mail being taken in? How long ago each mailbox was read, whether the process lives, and alarms where that is too long."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation.business_hours import BusinessHours
from escalation.mail.intake import State
from escalation.mail.rendering import Letter, write
from escalation.mail_models import InboundMail, MailCursor
from escalation.models import Heartbeat, Role, Staff
from escalation.outbox import enqueue_mail
from escalation.settings import Settings

# FreeScout's alert_fetch_period.
SILENCE_MAX = timedelta(minutes=15)
# The sign of life of the process, and the row that remembers what was said of its silence: no mailbox has such a name.
RECEPTION = "reception"


@dataclass(frozen=True)
class Sources:
    """Where the settings say that mail comes from; ``mailboxes`` by name. A mailbox of earlier settings is nobody's alarm."""

    mailboxes: tuple[str, ...] = ()
    takes_mail: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Sources:
        """The dropped files of a trial are no mail that a customer waits for."""
        return cls(tuple(map(name_of, settings.imap_urls)), bool(settings.imap_urls or settings.mail_listen))


@dataclass(frozen=True)
class Trouble:
    """``kind``: mailbox (``name`` is not read), reception (the process is silent), or backlog (mail that came is not processed)."""

    kind: str
    name: str
    age: timedelta


def name_of(url: str) -> str:
    """Of a mailbox, for rows, logs and staff: without the password."""
    parts = urlsplit(url)
    return f"{unquote(parts.username or '')}@{parts.hostname}/{unquote(parts.path.strip('/')) or 'INBOX'}"


def ages(session: Session, sources: Sources, now: datetime) -> dict[str, timedelta]:
    """For each mailbox, how long ago it was read to its end; one that was never looked at is missing."""
    mine = select(MailCursor).where(MailCursor.mailbox.in_(sources.mailboxes)).order_by(MailCursor.mailbox)
    return {cursor.mailbox: now - cursor.fetched_at for cursor in session.scalars(mine)}


def last_received(session: Session, now: datetime) -> timedelta | None:
    """How long ago the last mail came in, by any way; None before the first."""
    last = session.scalar(select(func.max(InboundMail.received_at)))
    return now - last if last is not None else None


def troubles(session: Session, sources: Sources, now: datetime) -> list[Trouble]:
    """What does not work now."""
    silent = [Trouble("mailbox", name, age) for name, age in ages(session, sources, now).items() if age > SILENCE_MAX]
    beat = session.get(Heartbeat, RECEPTION)
    if sources.takes_mail and (beat is None or now - beat.at > SILENCE_MAX):
        silent.append(Trouble("reception", RECEPTION, now - beat.at if beat else SILENCE_MAX))
    oldest = session.scalar(select(func.min(InboundMail.due_at)).where(InboundMail.state == State.RECEIVED))
    if oldest is not None and now - oldest > SILENCE_MAX:
        silent.append(Trouble("backlog", RECEPTION, now - oldest))
    return silent


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


def raise_alarms(session: Session, sources: Sources, now: datetime, hours: BusinessHours) -> int:
    """Tell the admins (without any: all of staff) once of each silence; returns of how many."""
    if sources.takes_mail:
        _note_sign_of_life(session, now)
    mine = MailCursor.mailbox.in_((*sources.mailboxes, *([RECEPTION] if sources.takes_mail else [])))
    silent = mine & (MailCursor.fetched_at < now - SILENCE_MAX) & MailCursor.alarmed_at.is_(None)
    found = session.scalars(select(MailCursor).where(silent).with_for_update(skip_locked=True)).all()
    for cursor in found:
        cursor.alarmed_at = now
        letter = _alarm(cursor, f"{hours.local(cursor.fetched_at):%H:%M del %d/%m}")
        for member in _told(session):
            enqueue_mail(session, f"silence-{uuid.uuid4()}", member.email, letter.subject, letter.body, now)
    return len(found)


def _note_sign_of_life(session: Session, now: datetime) -> None:
    beat, row = session.get(Heartbeat, RECEPTION), cursor_of(session, RECEPTION, now)
    # One that never ran counts as silent from the first time that anybody looked.
    if beat is not None and beat.at > row.fetched_at:
        row.fetched_at, row.alarmed_at = beat.at, None


def _alarm(cursor: MailCursor, since: str) -> Letter:
    if cursor.mailbox == RECEPTION:
        return write("reception_silent", since=since)
    return write("mailbox_silent", mailbox=cursor.mailbox, since=since, error=cursor.last_error or "ninguno conocido")


def _told(session: Session) -> list[Staff]:
    active = select(Staff).where(Staff.active)
    return list(session.scalars(active.where(Staff.role == Role.ADMIN))) or list(session.scalars(active))
