"""What is due by the clock in the mail room: digests, alarms, refused mails whose address has been registered since."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from escalation.mail import digest, quarantine, watch
from escalation.mail.watch import Sources
from escalation.settings import Settings


def go(engine: Engine, settings: Settings) -> None:
    """One round; each step is a transaction of its own, and finds nothing to do where another process did it."""
    now, hours = datetime.now(UTC), settings.business_hours
    with Session(engine) as session, session.begin():
        watch.raise_alarms(session, Sources.of(settings), now, hours)
    with Session(engine) as session, session.begin():
        digest.write_due(session, f"{settings.public_url}/consola/correo/preferencias", now, hours)
    with Session(engine) as session, session.begin():
        quarantine.take_up_registered(session, now)
