"""What is wrong with the ways out, as the house itself has noted: channels that do not send. Of mail see escalation.mail.watch."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.messenger_models import ChannelAlarm


def troubles(session: Session) -> Iterator[tuple[str, str]]:
    """What it is about, and in words what is wrong and since when."""
    for alarm in session.scalars(select(ChannelAlarm).order_by(ChannelAlarm.since)):
        yield alarm.channel, f"does not send since {alarm.since:%Y-%m-%d %H:%M} UTC ({alarm.kind}): {alarm.detail}"
