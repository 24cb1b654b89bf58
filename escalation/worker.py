"""``python -m escalation.worker``: takes outbox rows out of the house, one after another, until it is told to stop."""

from __future__ import annotations

import signal
import threading
import time
from datetime import UTC, datetime

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from escalation import abandoned, outbox
from escalation.mail.message import build
from escalation.mail.transport import Transport, TransportError, to_folder, to_smtp
from escalation.models import WORKER, Heartbeat, OutboxRow
from escalation.settings import Settings
from wire import logs
from wire.database import new_engine

log = structlog.get_logger()

IDLE_SECONDS = 0.5
# Counting whom we lost is not urgent, and reads two days of events.
SILENCES_SECONDS = 300.0


def send_next(engine: Engine, transport: Transport, sender: str) -> bool:
    """Send one due row; False where there was none. No transaction is open while the mail is on its way."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        row = outbox.claim(session, datetime.now(UTC))
    if row is None:
        return False
    try:
        transport(build(row, sender), row.key)
    except TransportError as failed:
        _give_back(engine, row, str(failed), failed.hopeless)
        return True
    except Exception as broken:
        # A row that cannot even be made into a mail: staff see it as dead; the ones behind it must go on.
        _give_back(engine, row, type(broken).__name__, hopeless=True)
        return True
    with Session(engine) as session, session.begin():
        outbox.mark_sent(session, row.id, datetime.now(UTC))
    log.info("mail sent", row=row.id, attempt=row.attempts)
    return True


def _give_back(engine: Engine, row: OutboxRow, reason: str, hopeless: bool) -> None:
    log.warning("mail not sent", row=row.id, attempt=row.attempts, reason=reason, hopeless=hopeless)
    with Session(engine) as session, session.begin():
        outbox.mark_failed(session, row.id, row.attempts, reason, hopeless, datetime.now(UTC))


def beat(engine: Engine) -> None:
    """Leave a sign of life for ``/health``."""
    with Session(engine) as session, session.begin():
        session.merge(Heartbeat(name=WORKER, at=datetime.now(UTC)))


def note_silences(engine: Engine) -> None:
    """Record which conversations fell silent, and where."""
    with Session(engine) as session, session.begin():
        noted = abandoned.note(session, datetime.now(UTC))
    if noted:
        log.info("conversations fell silent", count=noted)


def run(settings: Settings, stop: threading.Event) -> None:
    """Work until ``stop`` is set."""
    engine = new_engine(settings.database_url)
    transport = to_smtp(settings.smtp_url) if settings.smtp_url else to_folder(settings.mail_folder)
    looked_at = float("-inf")
    while not stop.is_set():
        try:
            beat(engine)
            if time.monotonic() - looked_at > SILENCES_SECONDS:
                looked_at = time.monotonic()
                note_silences(engine)
            while not stop.is_set() and send_next(engine, transport, settings.mail_from):
                beat(engine)
        except Exception:
            # The row stays claimed and comes back when its lease ends: a fault of the database must not end the worker.
            log.exception("worker round failed")
        stop.wait(IDLE_SECONDS)


def main() -> None:
    logs.configure("worker")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(Settings.from_environment(), stop)


if __name__ == "__main__":
    main()
