"""``python -m escalation.mail.reception``: takes mail in from wherever the settings say and processes it, until told to stop."""

from __future__ import annotations

import signal
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from escalation.mail import folder_source, listener
from escalation.mail.imap import Account, Mailbox
from escalation.mail.processing import Room, process_next
from escalation.mail.watch import RECEPTION
from escalation.models import Heartbeat
from escalation.settings import Settings
from wire import logs
from wire.database import new_engine

log = structlog.get_logger()

IDLE_SECONDS = 1.0
STOP_SECONDS = 5.0


def run(settings: Settings, stop: threading.Event) -> None:
    """Work until ``stop`` is set."""
    engine, news = new_engine(settings.database_url), threading.Event()
    room = Room.of(settings, engine)
    with ExitStack() as stack:
        if settings.mail_listen:
            door = listener.Door(engine, settings.mail_raw_folder, room.house.addresses, news.set)
            server = listener.controller(settings.mail_listen, door)
            server.start()
            stack.callback(server.stop)
        for url in settings.imap_urls:
            mailbox = Mailbox(Account.parse(url, settings.mail_ca_file), engine, settings.mail_raw_folder, news.set)
            thread = threading.Thread(target=mailbox.run, args=(stop,), name=mailbox.account.name, daemon=True)
            thread.start()
            stack.callback(thread.join, STOP_SECONDS)
        while not stop.is_set():
            news.clear()
            _round(settings, room, stop)
            news.wait(IDLE_SECONDS)


def _round(settings: Settings, room: Room, stop: threading.Event) -> None:
    try:
        with Session(room.engine) as session, session.begin():
            session.merge(Heartbeat(name=RECEPTION, at=datetime.now(UTC)))
        if settings.mail_in_folder:
            folder_source.take(Path(settings.mail_in_folder), room.engine, settings.mail_raw_folder, lambda: None)
        while not stop.is_set() and process_next(room):
            pass
    except Exception:
        # The mail stays claimed and comes back when its lease ends: a fault of the database must not end the process.
        log.exception("reception round failed")


def main() -> None:
    logs.configure("reception")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(Settings.from_environment(), stop)


if __name__ == "__main__":
    main()
