"""News of tickets through Messenger: inside the 24 hours as any message, a person's own text up to seven days after."""

from __future__ import annotations

import uuid

from sqlalchemy import Engine

from bot.channels.messenger import tables as t
from bot.channels.messenger.outgoing import Queue, reply_rows, within
from bot.channels.messenger.people import CHANNEL, People
from bot.channels.messenger.rendering import text_messages
from bot.channels.messenger.settings import MessengerSettings
from bot.channels.store import Store


class Teller:
    """Says what the door has to say by itself, in the conversation and through Messenger where it is one of those."""

    def __init__(self, store: Store, news: MessengerNews | None) -> None:
        self._store = store
        self._news = news

    def tell(self, conversation_id: str, text: str) -> None:
        """Once a call."""
        self._store.tell(conversation_id, text)
        if self._news is not None and self._store.channel_of(conversation_id) == CHANNEL:
            self._news.tell(conversation_id, f"told-{uuid.uuid4()}", text, human=False)


class MessengerNews:
    """For conversations of Messenger; ``public_url``: of the front door, for links."""

    def __init__(self, engine: Engine, settings: MessengerSettings, public_url: str) -> None:
        self._people = People(engine, settings.person_hours * 3600, settings.lease_seconds)
        self._queue = Queue(engine, settings)
        self._human_agent = settings.human_agent
        self._public_url = public_url

    def may_tell(self, conversation_id: str, human: bool) -> bool:
        """Whether Meta's windows allow it now."""
        person = self._people.of_conversation(conversation_id)
        return person is not None and person.owner != t.CLOSED and within(person, human and self._human_agent)

    def tell(self, conversation_id: str, key: str, text: str, human: bool) -> None:
        """Put it into the queue, once by ``key``."""
        person = self._people.of_conversation(conversation_id)
        if person is not None:
            messages = text_messages(text, self._public_url)
            self._queue.put(reply_rows(person.id, f"news-{key}", messages, kind=t.NEWS, human=human))
