"""``python -m escalation.worker``: what is done in the background, each kind of work in a thread of its own, until told to stop."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from escalation import abandoned, outbox, suspicion
from escalation.chat_news import CHAT
from escalation.chat_transport import FrontDoor
from escalation.clamd import Scanner
from escalation.delivery import deliver_next
from escalation.desk.steps import Steps
from escalation.mail import notes, rounds
from escalation.mail.marks import Marks
from escalation.mail.message import Letterhead, build
from escalation.mail.transport import Transport, to_folder, to_smtp
from escalation.models import WORKER, Heartbeat
from escalation.settings import Settings
from escalation.virus_scan import scan_next
from escalation.webhooks.sending import Sender
from wire import logs
from wire.database import for_reading, new_engine

log = structlog.get_logger()

IDLE_SECONDS = 0.5
# Nothing in the mail room is due by the second.
ROUND_SECONDS = 30.0
# Counting whom we lost is not urgent, and reads two days of events.
SILENCES_SECONDS = 300.0
# Four customers in an hour are no matter of seconds.
SUSPICION_SECONDS = 60.0
# Well within what /health takes for silence.
BEAT_SECONDS = 5.0
# A call over a network may take its time; past this, a thread of work counts as stuck and the worker as silent.
STUCK_SECONDS = 120.0

# Does one piece of work; True: there may be more.
Work = Callable[[], bool]


@dataclass(frozen=True)
class Step:
    """A kind of work. A slow or broken one keeps no other waiting: a webhook that hangs must not hold back mail."""

    name: str
    work: Work
    idle_seconds: float = IDLE_SECONDS


def steps(settings: Settings, engine: Engine) -> list[Step]:
    """All that the worker does."""
    transport = to_smtp(settings.smtp_url, settings.mail_ca_file) if settings.smtp_url else to_folder(settings.mail_folder)
    front = FrontDoor(settings.front_url, settings.service_token)
    webhooks = Sender(engine, loopback_allowed=settings.is_trial)
    scanner = Scanner(settings.clamd_url) if settings.clamd_url else None
    scans = [Step("files", lambda: scan_next(engine, settings.files_folder, scanner), 2.0)] if scanner else []
    desk = Steps(engine, settings)
    letterhead = Letterhead(settings.mail_from, Marks(settings.session_secret))
    return [
        *scans,
        # Apart from the mails: however many of them wait, a promise that is about to lapse does not.
        Step("desk", lambda: desk.run(datetime.now(UTC))),
        Step("mail", lambda: send_next(engine, transport, letterhead)),
        Step("mail room", lambda: _mail_round(engine, settings), ROUND_SECONDS),
        Step("chat", lambda: deliver_next(engine, CHAT, front.deliver)),
        Step("silences", lambda: note_silences(engine), SILENCES_SECONDS),
        Step("suspicion", lambda: watch_for_incidents(engine), SUSPICION_SECONDS),
        Step("webhooks", lambda: deliver_next(engine, outbox.WEBHOOK, webhooks.deliver)),
    ]


def send_next(engine: Engine, transport: Transport, letterhead: Letterhead) -> bool:
    """Send one due mail; False where there was none."""
    return deliver_next(engine, outbox.MAIL, lambda row: transport(build(row, letterhead), row.key), notes.refused_at_the_door)


def _mail_round(engine: Engine, settings: Settings) -> bool:
    rounds.go(engine, settings)
    return False


def beat(engine: Engine) -> None:
    """Leave a sign of life for ``/health``."""
    with Session(engine) as session, session.begin():
        session.merge(Heartbeat(name=WORKER, at=datetime.now(UTC)))


class _Round:
    """One step's thread, and when it last came round."""

    def __init__(self, step: Step, stop: threading.Event) -> None:
        self._step, self._stop = step, stop
        self._last = time.monotonic()
        self._thread = threading.Thread(target=self._go, name=step.name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def is_well(self) -> bool:
        return self._thread.is_alive() and time.monotonic() - self._last < max(STUCK_SECONDS, 2 * self._step.idle_seconds)

    def _go(self) -> None:
        while not self._stop.is_set():
            try:
                while not self._stop.is_set() and self._step.work():
                    self._last = time.monotonic()
            except Exception:
                # A row stays claimed and comes back when its lease ends: a fault of the database must not end the worker.
                log.exception("worker round failed", step=self._step.name)
            self._last = time.monotonic()
            self._stop.wait(self._step.idle_seconds)


def note_silences(engine: Engine) -> bool:
    """Record which conversations fell silent, and where."""
    with Session(engine) as session, session.begin():
        noted = abandoned.note(session, datetime.now(UTC))
    if noted:
        log.info("conversations fell silent", count=noted)
    return False


def watch_for_incidents(engine: Engine) -> bool:
    """Tell staff of bursts of reports that are alike."""
    now = datetime.now(UTC)
    with Session(for_reading(engine)) as session:
        seen = bool(suspicion.bursts(session, now))
    # Looking takes its time; only what is found is worth SQLite's one write lock.
    if seen:
        with Session(engine) as session, session.begin():
            log.info("incidents suspected", count=len(suspicion.look(session, now)))
    return False


def run(settings: Settings, stop: threading.Event) -> None:
    """Work until ``stop`` is set; what is on its way then may arrive within the grace of a call's own time-out."""
    engine = new_engine(settings.database_url)
    threads = [_Round(step, stop) for step in steps(settings, engine)]
    for one in threads:
        one.start()
    while not stop.is_set():
        try:
            if all(one.is_well() for one in threads):
                beat(engine)
        except Exception:
            log.exception("no sign of life could be left")
        stop.wait(BEAT_SECONDS)
    for one in threads:
        one.join(seconds=10)


def main() -> None:
    logs.configure("worker")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(Settings.from_environment(), stop)


if __name__ == "__main__":
    main()
