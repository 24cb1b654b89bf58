"""Events that are noted at once and answered by nobody: echoes, reads, deliveries, who has the conversation."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from bot.channels.messenger import words
from bot.channels.messenger.events import ECHO, STANDBY
from bot.channels.messenger.inbox import Inbox
from bot.channels.messenger.outgoing import Queue
from bot.channels.messenger.people import People
from bot.channels.messenger.settings import MessengerSettings
from bot.channels.messenger.speech import speech_of
from bot.channels.messenger.tables import Event, Person
from bot.channels.store import Store
from bot.channels.tables import CUSTOMER, STAFF

log = structlog.get_logger()


class Notes:
    """Dispatches by the event's kind; kinds that are not in the table are kept as they are."""

    def __init__(self, inbox: Inbox, people: People, queue: Queue, store: Store, settings: MessengerSettings) -> None:
        self._inbox = inbox
        self._people = people
        self._queue = queue
        self._store = store
        self._settings = settings
        self._verbs: dict[str, Callable[[Event, Person], None]] = {
            ECHO: self._echo,
            "message": self._standby,
            "delivery": self._delivered,
            "read": self._read,
            "reaction": self._reacted,
            "take_thread_control": self._taken,
            "request_thread_control": self._taken,
            "pass_thread_control": self._passed,
        }

    def take(self, event: Event) -> None:
        """Note it; a second time changes nothing. One that cannot be noted does not hold up the others."""
        try:
            self._note(event)
        except Exception:
            log.exception("messenger event not noted", row=event.id, kind=event.kind)
            self._inbox.failed(event)
        else:
            self._inbox.done(event.id)

    def _note(self, event: Event) -> None:
        verb = self._verbs.get(event.kind)
        if verb is not None and event.psid:
            verb(event, self._people.of(event.page_id, event.psid))
        else:
            log.info("messenger event kept", kind=event.kind)

    def _echo(self, event: Event, person: Person) -> None:
        message = event.content["message"]
        ours = self._queue.echoed(message.get("metadata"), str(message.get("mid", "")), event.at / 1000)
        if not ours and not self._is_ours(message.get("app_id")):
            # Somebody typed it in the Page's inbox (chatwoot/chatwoot#1186), or wrote through another tool.
            text = message.get("text") or words.UNSUPPORTED_SHOWN
            self._store.note(person.conversation_id, event.key, STAFF, text, {})
            self._people.take_over(person.id)

    def _is_ours(self, app_id: object) -> bool:
        return bool(self._settings.app_id) and str(app_id) == self._settings.app_id

    def _standby(self, event: Event, person: Person) -> None:
        """Another app of the Page has the conversation and answers; we hear it all the same."""
        speech = speech_of(event.kind, event.content)
        text = speech.text or speech.shown or words.UNSUPPORTED_SHOWN
        self._store.note(person.conversation_id, event.key, CUSTOMER, text, {})
        self._people.window(person.id, event.at / 1000)
        if STANDBY in event.content:
            self._people.take_over(person.id)

    def _delivered(self, event: Event, person: Person) -> None:
        mids = event.content["delivery"].get("mids")
        sound = [mid for mid in mids if isinstance(mid, str)] if isinstance(mids, list) else []
        if sound:
            self._queue.delivered(person.id, sound, event.at / 1000)

    def _read(self, event: Event, person: Person) -> None:
        watermark = event.content["read"].get("watermark")
        if isinstance(watermark, int):
            self._queue.read(person.id, watermark / 1000)

    def _reacted(self, event: Event, person: Person) -> None:
        # A reaction opens the window as a message does (Messenger Platform, policy).
        self._people.window(person.id, event.at / 1000)

    def _taken(self, event: Event, person: Person) -> None:
        self._people.take_over(person.id)

    def _passed(self, event: Event, person: Person) -> None:
        owner = event.content["pass_thread_control"].get("new_owner_app_id")
        if not self._settings.app_id or self._is_ours(owner):
            self._people.give_back(person.id)
        else:
            self._people.take_over(person.id)
