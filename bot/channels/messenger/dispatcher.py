"""Looks for people with something to be answered or sent, and gives them to threads."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

import structlog

from bot.channels.heartbeats import Heartbeats
from bot.channels.messenger.inbox import Inbox
from bot.channels.messenger.intake import Intake
from bot.channels.messenger.notes import Notes
from bot.channels.messenger.outgoing import Queue
from bot.channels.messenger.page import Page
from bot.channels.messenger.people import Lease, People
from bot.channels.messenger.pool import Pool
from bot.channels.messenger.sender import Sender
from bot.channels.messenger.watch import Watch

log = structlog.get_logger()

IDLE_SECONDS = 0.1
BUSY_SECONDS = 0.02
NOTES_AT_ONCE = 64
# A third of a lease (MessengerSettings.lease_seconds).
RENEW_SECONDS = 3.0
PRUNE_SECONDS = 3600.0


class Rows(NamedTuple):
    """Where the work lies."""

    inbox: Inbox
    people: People
    queue: Queue
    page: Page
    heartbeats: Heartbeats


class Work(NamedTuple):
    """Who does it."""

    notes: Notes
    intake: Intake
    sender: Sender
    watch: Watch


class Dispatcher:
    """``run`` until told to stop; several processes may run at once."""

    def __init__(self, rows: Rows, work: Work) -> None:
        self._rows = rows
        self._work = work
        people = rows.people
        self._takers = Pool(people, Lease.INTAKE, lambda person_id: work.intake.work(people.get(person_id)))
        self._senders = Pool(people, Lease.SENDING, work.sender.work)
        self._renewed = self._pruned = -PRUNE_SECONDS
        self._tending: threading.Thread | None = None

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set."""
        while not stop.is_set():
            try:
                busy = self.round()
            except Exception:
                log.exception("messenger round failed")
                busy = False
            stop.wait(BUSY_SECONDS if busy else IDLE_SECONDS)
        self._takers.stop()
        self._senders.stop()

    def round(self) -> bool:
        """Give out what is due; whether there was anything."""
        self._look_after()
        notes = self._rows.inbox.notes(NOTES_AT_ONCE)
        for event in notes:
            self._work.notes.take(event)
        due = self._rows.inbox.people_due(self._takers.room())
        given = [self._takers.give(self._rows.people.of(*who).id) for who in due]
        if self._rows.page.state().paused_until <= time.time():
            given += [self._senders.give(person_id) for person_id in self._rows.queue.people_due(self._senders.room())]
        return bool(notes) or any(given)

    def _look_after(self) -> None:
        now = time.monotonic()
        if now - self._renewed > RENEW_SECONDS:
            self._renewed = now
            self._takers.renew()
            self._senders.renew()
            self._rows.heartbeats.beat()
            # In a thread of its own: Meta and escalation may be slow, and leases must be renewed meanwhile.
            if self._tending is None or not self._tending.is_alive():
                self._tending = threading.Thread(target=self._tend, daemon=True)
                self._tending.start()
        if now - self._pruned > PRUNE_SECONDS:
            self._pruned = now
            self._rows.inbox.prune()

    def _tend(self) -> None:
        try:
            self._work.watch.tend()
        except Exception:
            log.exception("messenger page not looked after")
