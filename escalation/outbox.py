"""What leaves the house: rows written in the transaction of their cause, sent at least once, recognisable as duplicates."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from escalation.errors import NotAllowed
from escalation.models import OutboxRow

PENDING, SENDING, SENT, DEAD = "pending", "sending", "sent", "dead"
# Kept back by a cap, or because the address is dead: staff see it, it does not leave.
HELD = "held"
# Waits to be a line of its reader's daily digest.
DIGEST = "digest"
# Written for its time alone, see codes: it never leaves.
VOID = "void"
MAIL, WEBHOOK = "mail", "webhook"
# A worker that holds a row longer than this died in the middle; another one may send it.
LEASE = timedelta(minutes=2)
# Minutes until each further try (RFC 5321 4.5.4.1 wants at least four days in all for mail): then staff see it as dead.
RETRY_MINUTES = (1, 5, 15, 60, 240, 720, 1440, 1440, 1440, 1440)


def enqueue_mail(session: Session, key: str, recipient: str, subject: str, body: str, now: datetime, **headers: str) -> OutboxRow:
    """Write a mail to send. ``key`` is unique for ever and becomes its Message-ID; ``headers`` are further mail headers.

    Header ``useless_after`` (ISO moment): not tried again after it, and its text is forgotten once it left or died.
    Header ``forget_recipient``: his address is, too.
    """
    content: dict[str, Any] = {"subject": subject, "body": body, "headers": headers}
    row = OutboxRow(key=key, channel=MAIL, recipient=recipient, content=content, state=PENDING, due_at=now, created_at=now)
    session.add(row)
    return row


def drop_void(session: Session, before: datetime) -> None:
    """Forget the rows that never leave, written ``before``."""
    session.execute(delete(OutboxRow).where(OutboxRow.state == VOID, OutboxRow.due_at <= before))


def claim(session: Session, now: datetime, channel: str = MAIL) -> OutboxRow | None:
    """The next row of ``channel`` that is due, held for one lease; None where nothing is."""
    due = OutboxRow.state.in_((PENDING, SENDING)) & (OutboxRow.due_at <= now) & (OutboxRow.channel == channel)
    query = select(OutboxRow).where(due).order_by(OutboxRow.due_at, OutboxRow.id).limit(1).with_for_update(skip_locked=True)
    row = session.scalar(query)
    if row is not None:
        row.state, row.due_at, row.attempts = SENDING, now + LEASE, row.attempts + 1
    return row


def mark_sent(session: Session, row_id: int, now: datetime) -> None:
    """It left: true whoever sent it, and whatever a slower worker says later."""
    row = session.get_one(OutboxRow, row_id)
    row.state, row.sent_at, row.last_error = SENT, now, None
    _forget_secret(row)


def mark_failed(session: Session, row_id: int, attempt: int, error: str, hopeless: bool, now: datetime) -> None:
    """Its ``attempt`` failed: try again later, or give up and show it to staff.

    Nothing happens where another worker took the row over in the meantime.
    """
    row = session.get_one(OutboxRow, row_id)
    if row.state != SENDING or row.attempts != attempt:
        return
    row.last_error = error[:300]
    if hopeless or row.attempts > len(RETRY_MINUTES) or _useless(row, now):
        row.state = DEAD
        _forget_secret(row)
        return
    row.state, row.due_at = PENDING, now + timedelta(minutes=RETRY_MINUTES[row.attempts - 1])


def revive(session: Session, row: OutboxRow, now: datetime) -> None:
    """What was given up or held back is tried anew, from the first try: its reason is mended, or somebody knows better.

    Its Message-ID is that of its key, so a mail that did arrive after all is recognised as the same.

    Raises:
        NotAllowed: it waits for nobody, or its text was forgotten.
    """
    if row.state not in (DEAD, HELD):
        raise NotAllowed("only what was given up or held back is sent again")
    if not row.content.get("body") or _useless(row, now):
        raise NotAllowed("its text was forgotten: it held a code or a link that is not valid any more, or is too old")
    row.state, row.due_at, row.attempts, row.last_error = PENDING, now, 0, None


def _useless(row: OutboxRow, now: datetime) -> bool:
    limit = row.content.get("headers", {}).get("useless_after")
    return limit is not None and datetime.fromisoformat(limit) <= now


def _forget_secret(row: OutboxRow) -> None:
    if "forget_recipient" in row.content.get("headers", {}):
        row.recipient = "nobody@invalid"
    if "useless_after" in row.content.get("headers", {}):
        row.content = {**row.content, "body": ""}
