"""Every mail that reaches us becomes one row before anything else is done with it, however often it is delivered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from escalation.mail import raw_store
from escalation.mail.parsing import SUBJECT_MAX, Envelope, envelope, made_id, subject_key
from escalation.mail_models import InboundMail
from wire.database import for_reading
from wire.redaction import redact

MESSAGE_ID_MAX = 255
# Who holds a mail longer than this died in the middle; another process takes it.
LEASE = timedelta(minutes=5)
# Minutes until each further try of a mail that ended in an error of ours; then it is shown as failed, and never tried by itself.
RETRY_MINUTES = (1, 5, 30)


class State(StrEnum):
    """Of a mail that came in."""

    RECEIVED = "received"
    PROCESSED = "processed"
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    FAILED = "failed"
    IGNORED = "ignored"


@dataclass(frozen=True)
class Origin:
    """Where it came from: the mailbox by a name without password, and its place in it (IMAP)."""

    mailbox: str
    uid: int | None = None
    uid_validity: int | None = None


def receive(engine: Engine, folder: Path, raw: bytes, origin: Origin, now: datetime, failed: str = "") -> bool:
    """Store the mail; False where it was there already. When this returns it is on the disk and in the database.

    ``failed``: why nothing will be made of it (too large, say); it is shown to staff as it is.
    """
    seen = envelope(raw)
    with Session(for_reading(engine)) as session:
        if _identity(session, seen, raw) is None:
            return False
    path = raw_store.keep(folder, raw)
    try:
        with Session(engine) as session, session.begin():
            identity = _identity(session, seen, raw)
            if identity is None:
                return False
            row = _row(seen, identity, path, len(raw), origin, now)
            session.add(row)
            if failed:
                settle(row, State.FAILED, failed, now)
        return True
    except IntegrityError:
        # The same mail, by another mailbox, in the same moment.
        return False


def shown_subject(subject: str) -> str:
    """Without secrets: it stands in lists, notes and mails."""
    return redact(subject).text[:SUBJECT_MAX]


def claim(session: Session, now: datetime) -> InboundMail | None:
    """The next mail to process, held for one lease; one that has ended several processes is given up and shown instead."""
    due = (InboundMail.state == State.RECEIVED) & (InboundMail.due_at <= now)
    query = select(InboundMail).where(due).order_by(InboundMail.received_at, InboundMail.id).limit(1)
    mail = session.scalar(query.with_for_update(skip_locked=True))
    if mail is None:
        return None
    mail.attempts, mail.due_at = mail.attempts + 1, now + LEASE
    return mail


def give_back(mail: InboundMail, error: str, now: datetime) -> None:
    """Processing failed by a fault of ours: later again, or shown to staff as failed."""
    mail.last_error = error[:300]
    if mail.attempts > len(RETRY_MINUTES):
        settle(mail, State.FAILED, "error", now)
    else:
        mail.due_at = now + timedelta(minutes=RETRY_MINUTES[mail.attempts - 1])


def settle(mail: InboundMail, state: State, reason: str, now: datetime) -> None:
    """Where it ended, and why."""
    mail.state, mail.reason, mail.processed_at = state, reason, now


def again(mail: InboundMail, now: datetime) -> None:
    """Process it once more, from the beginning."""
    mail.state, mail.reason, mail.attempts, mail.due_at, mail.processed_at = State.RECEIVED, "", 0, now, None
    mail.last_error = None


def _identity(session: Session, seen: Envelope, raw: bytes) -> str | None:
    """The key of the row to write, or None where this mail has one.

    An id that somebody else used, or the same person on another day, is no proof that it is the same mail: it must not be lost.
    """
    given = seen.message_id if len(seen.message_id) <= MESSAGE_ID_MAX else made_id(seen.message_id, raw)
    same = session.scalar(select(InboundMail).where(InboundMail.message_id == given))
    if same is None:
        return given
    if (same.sender, same.written_at) == (seen.sender, seen.written_at):
        return None
    other = made_id(f"{seen.sender} {seen.written_at} {given}", raw)
    return other if session.scalar(select(InboundMail.id).where(InboundMail.message_id == other)) is None else None


def _row(seen: Envelope, identity: str, path: str, size: int, origin: Origin, now: datetime) -> InboundMail:
    subject = shown_subject(seen.subject)
    return InboundMail(
        message_id=identity,
        mailbox=origin.mailbox,
        uid=origin.uid,
        uid_validity=origin.uid_validity,
        raw_path=path,
        size=size,
        sender=seen.sender,
        subject=subject,
        subject_key=subject_key(subject),
        written_at=seen.written_at,
        received_at=now,
        state=State.RECEIVED,
        due_at=now,
    )
