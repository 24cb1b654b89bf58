"""One mail a day instead of one for each piece of news, for members of staff who chose that."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.business_hours import BusinessHours
from escalation.desk.rows import add_once
from escalation.mail.rendering import write
from escalation.mail_models import StaffMailChoice
from escalation.models import OutboxRow, Staff
from escalation.outbox import DIGEST, SENT, enqueue_mail

LINES_MAX = 200
SOON = timedelta(minutes=15)


def choose(session: Session, member: Staff, digest: bool, now: datetime, hours: BusinessHours) -> None:
    """From now on he gets a digest, or each notice at once; what waits comes in a last digest right away."""
    row = session.get(StaffMailChoice, member.id) or StaffMailChoice(staff_id=member.id)
    session.add(row)
    row.digest, row.digest_at = digest, next_morning(now, hours) if digest else now
    session.flush()


def chosen(session: Session, member: Staff) -> bool:
    """Whether he gets a digest."""
    row = session.get(StaffMailChoice, member.id)
    return row is not None and row.digest


def soon(session: Session, member: Staff, now: datetime) -> None:
    """So much came at once that the rest reaches him as one list, in a quarter of an hour; what he chose stays."""
    row = session.get(StaffMailChoice, member.id)
    if row is None:
        # Another process may be telling him of another ticket in this moment.
        add_once(session, StaffMailChoice(staff_id=member.id, digest=False, digest_at=now + SOON))
    elif not row.digest and not now < row.digest_at <= now + SOON:
        row.digest_at = now + SOON


def write_due(session: Session, preferences_url: str, now: datetime, hours: BusinessHours) -> int:
    """Write the digests whose hour has come; returns how many. A day without news has none."""
    due = select(StaffMailChoice).where(StaffMailChoice.digest_at <= now).with_for_update(skip_locked=True)
    written = 0
    for choice in session.scalars(due).all():
        written += _write(session, session.get_one(Staff, choice.staff_id), preferences_url, now, hours)
        choice.digest_at = next_morning(now, hours)
    return written


def next_morning(now: datetime, hours: BusinessHours) -> datetime:
    """The opening of the next working day."""
    local = hours.local(now)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)
    return hours.next_opening(midnight)


def _write(session: Session, member: Staff, preferences_url: str, now: datetime, hours: BusinessHours) -> int:
    waiting = select(OutboxRow).where(OutboxRow.recipient == member.email, OutboxRow.state == DIGEST).order_by(OutboxRow.id)
    rows = session.scalars(waiting).all()
    if not rows:
        return 0
    lines = [f"{hours.local(row.created_at):%d/%m %H:%M} · {row.content['subject']}" for row in rows]
    more = [f"… y {len(lines) - LINES_MAX} más"] if len(lines) > LINES_MAX else []
    day = f"{hours.local(now):%d/%m/%Y}"
    letter = write(
        "staff_digest", day=day, lines=[*lines[:LINES_MAX], *more], chosen=chosen(session, member), preferences=preferences_url
    )
    key = f"digest-{member.id}-{rows[-1].id}"
    enqueue_mail(session, key, member.email, letter.subject, letter.body, now, unsubscribe=preferences_url)
    for row in rows:
        row.state, row.sent_at = SENT, now
    return 1
