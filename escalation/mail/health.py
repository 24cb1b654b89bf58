"""What ``/health`` tells of mail that comes in. Anybody may ask: figures and kinds, no address and no server's name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from escalation.mail import watch
from escalation.mail.watch import Sources


def mail_health(session: Session, sources: Sources, now: datetime) -> dict[str, Any]:
    """``mail``: seconds since the mailbox that was read longest ago, and since the last mail; ``alarms``: what does not work.

    An alarm leaves the status alone: chat and pages work while a mailbox cannot be read, and must not be taken off the net.
    """
    ages = [age.total_seconds() for age in watch.ages(session, sources, now).values()]
    received = watch.last_received(session, now)
    told = {
        "last_fetch_seconds": round(max(ages)) if ages else None,
        "last_received_seconds": round(received.total_seconds()) if received is not None else None,
    }
    return {"mail": told, "alarms": sorted({f"mail: {trouble.kind}" for trouble in watch.troubles(session, sources, now)})}
