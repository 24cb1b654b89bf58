"""``python -m bot.channels.worker``: answers what came in over Messenger, in a process of its own, until it is told to stop."""

from __future__ import annotations

import signal
import sys
import threading

import structlog
from sqlalchemy import Engine

from bot.channels.buttons import Buttons
from bot.channels.conversations import Conversations
from bot.channels.escalation import Escalation
from bot.channels.file_rows import FileRows
from bot.channels.files import Files
from bot.channels.heartbeats import Heartbeats
from bot.channels.messenger.attachments import Attachments
from bot.channels.messenger.dispatcher import Dispatcher, Rows, Work
from bot.channels.messenger.graph import Graph
from bot.channels.messenger.inbox import Inbox
from bot.channels.messenger.intake import Addresses, Intake
from bot.channels.messenger.news import MessengerNews, Teller
from bot.channels.messenger.notes import Notes
from bot.channels.messenger.outgoing import Queue
from bot.channels.messenger.page import Page
from bot.channels.messenger.people import People
from bot.channels.messenger.sealing import Seal
from bot.channels.messenger.sender import Sender
from bot.channels.messenger.settings import MessengerSettings
from bot.channels.messenger.turns import Turns as MessengerTurns
from bot.channels.messenger.watch import Watch
from bot.channels.rasa import Rasa
from bot.channels.settings import Settings
from bot.channels.store import Store
from bot.channels.turns import Turns
from wire import linking, logs
from wire.database import new_engine

log = structlog.get_logger()

BEAT_SECONDS = 10.0
# A thread that has the database's write lock must not stand in line for the interpreter: the door, for which Meta waits, waits for
# that lock. Python's own 5 ms a thread showed in the door's slowest acknowledgements.
SWITCH_SECONDS = 0.0005


class Messenger:
    """All that answers Messenger, on one database."""

    def __init__(self, settings: Settings, messenger: MessengerSettings, engine: Engine) -> None:
        store, escalation, buttons = Store(engine), Escalation(settings), Buttons(settings.conversation_secret)
        teller = Teller(store, MessengerNews(engine, messenger, settings.front_public_url))
        files = Files(FileRows(engine), teller.tell, escalation, settings.files_folder)
        conversations = Conversations(store, Turns(engine), Rasa(settings), escalation, files, buttons, settings)
        inbox, page, graph = Inbox(engine), Page(engine), Graph(messenger)
        people = People(engine, messenger.person_hours * 3600, messenger.lease_seconds)
        queue = Queue(engine, messenger)
        turns = MessengerTurns(conversations, store, escalation, buttons, Seal(settings.conversation_secret))
        secure = settings.escalation_public_url.startswith("https://")
        login = f"{settings.escalation_public_url}{linking.PATH}" if secure else ""
        addresses = Addresses(settings.front_public_url, login, settings.conversation_secret)
        page.uses(messenger.page_token)
        self.rows = Rows(inbox, people, queue, page, Heartbeats(engine))
        self.work = Work(
            notes=Notes(inbox, people, queue, store, messenger),
            intake=Intake(inbox, people, queue, turns, Attachments(inbox, files, messenger), addresses),
            sender=Sender(queue, page, people, graph),
            watch=Watch(page, graph, escalation),
        )

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set."""
        Dispatcher(self.rows, self.work).run(stop)


def run(settings: Settings, stop: threading.Event) -> None:
    """Work until ``stop`` is set; with no channel that needs a worker only show life."""
    engine = new_engine(settings.chat_database_url)
    if settings.messenger is not None:
        Messenger(settings, settings.messenger, engine).run(stop)
        return
    heartbeats = Heartbeats(engine)
    while not stop.is_set():
        heartbeats.beat()
        stop.wait(BEAT_SECONDS)


def main() -> None:
    logs.configure("channels")
    settings = Settings.from_environment()
    sys.setswitchinterval(SWITCH_SECONDS)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(settings, stop)


if __name__ == "__main__":
    main()
