"""What is wrong with the ways in and out, as the house itself has noted: mailboxes that are not read, channels that are silent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.mail.watch import SILENCE_MAX
from escalation.mail_models import MailCursor
from escalation.messenger_models import ChannelAlarm
from escalation.settings import Settings


def troubles(session: Session, settings: Settings, now: datetime) -> Iterator[tuple[str, str]]:
    """What it is about, and in words what is wrong and since when."""
    for alarm in session.scalars(select(ChannelAlarm).order_by(ChannelAlarm.since)):
        yield alarm.channel, f"does not send since {alarm.since:%Y-%m-%d %H:%M} UTC ({alarm.kind}): {alarm.detail}"
    if not settings.imap_urls:
        return
    cursors = session.scalars(select(MailCursor).order_by(MailCursor.mailbox)).all()
    if not cursors:
        yield "mail in", "IMAP_URL is set and no mailbox was read yet: is the worker well?"
    for cursor in cursors:
        if now - cursor.fetched_at > SILENCE_MAX:
            since, why = f"{cursor.fetched_at:%Y-%m-%d %H:%M}", cursor.last_error or "look at IMAP_URL"
            yield "mail in", f"{cursor.mailbox} was last read at {since} UTC: {why}"
