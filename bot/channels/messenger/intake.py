"""Works through one person's events in order: each becomes a turn, its replies become messages out, together with its end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from bot.channels.escalation import EscalationUnavailable
from bot.channels.messenger import tables as t
from bot.channels.messenger import words
from bot.channels.messenger.attachments import Attachments
from bot.channels.messenger.inbox import Inbox
from bot.channels.messenger.outgoing import Queue, reply_rows
from bot.channels.messenger.people import People
from bot.channels.messenger.rendering import messages
from bot.channels.messenger.tables import Event, Outgoing, Person
from bot.channels.messenger.turns import Reply, Turns
from bot.channels.rasa import RasaUnavailable
from wire import linking

log = structlog.get_logger()

# A person with many messages lets others have a turn.
AT_ONCE = 20
# After such a silence he hears again that a bot speaks (Messenger Platform, policy: "after a long pause").
PAUSE_SECONDS = 12 * 3600.0
RETRY_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
# A message on which the bot itself fails so often must not hold up the ones behind it.
FAILURES_MAX = 4
LINK_TRIES = 5
# What is answered in any case: elsewhere typing might be shown before nothing.
_SPOKEN = frozenset({"message", "postback"})


@dataclass(frozen=True)
class Addresses:
    """``public``: of the front door; ``linking``: of the page where a customer logs in, empty where Messenger cannot open it."""

    public: str
    linking: str
    secret: str

    def linking_for(self, conversation_id: str) -> str | None:
        """Where he logs in to this very conversation."""
        if not self.linking:
            return None
        return f"{self.linking}?{linking.PARAMETER}={linking.issue(conversation_id, self.secret)}"


class Intake:
    """The verbs of whoever holds a person's lease for intake."""

    def __init__(
        self, inbox: Inbox, people: People, queue: Queue, turns: Turns, attachments: Attachments, addresses: Addresses
    ) -> None:
        self._inbox = inbox
        self._people = people
        self._queue = queue
        self._turns = turns
        self._attachments = attachments
        self._addresses = addresses

    def work(self, person: Person) -> None:
        """Answer what is due, oldest first by Meta's clock."""
        for _ in range(AT_ONCE):
            waiting = self._inbox.waiting(person.page_id, person.psid, AT_ONCE)
            for event in waiting:
                # At once, whatever stands before it: Meta's address of a file is good for a while only.
                self._attachments.fetch(event, person.conversation_id)
            if not waiting:
                return
            if waiting[0].due_at > time.time():
                self._inbox.hold_back(person.page_id, person.psid, waiting[0].due_at)
                return
            if not self._tried(person.id, waiting[0]):
                return

    def _tried(self, person_id: int, event: Event) -> bool:
        try:
            return self._answer(person_id, event)
        except Exception:
            log.exception("messenger event not answered", row=event.id, kind=event.kind)
            self._inbox.failed(event)
            return False

    def _answer(self, person_id: int, event: Event) -> bool:
        """Whether the person's next event may come."""
        # What Meta's own pages send (account linking) opens no window.
        person = self._people.heard(person_id, event.at / 1000 if event.kind != "account_linking" else 0.0)
        if person.owner == t.PERSON and self._turns.calls_the_bot(event):
            self._people.give_back(person_id)
            person.owner, person.introduce = t.BOT, True
        silent = person.owner != t.BOT
        if not silent and event.kind in _SPOKEN:
            self._show_life(person, event)
        try:
            replies = self._turns.take(event, person.conversation_id, silent)
        except RasaUnavailable as why:
            log.warning("rasa unavailable", row=event.id, reason=str(why))
            if not why.inside or event.attempts < FAILURES_MAX:
                return self._wait(person, event)
            replies = self._turns.give_up(event, person.conversation_id)
        except EscalationUnavailable as why:
            log.warning("account not linked", row=event.id, reason=str(why))
            if event.attempts < LINK_TRIES:
                self._inbox.later(event, RETRY_SECONDS[0])
                return False
            replies = [{"text": words.LINK_DOWN}]
        self._finish(person, event, [] if silent else replies)
        return True

    def _show_life(self, person: Person, event: Event) -> None:
        # Each its own request and never with a text (Messenger Platform, sender actions); in the queue, so that typing does not
        # come after the answer.
        actions = [{"sender_action": "mark_seen"}, {"sender_action": "typing_on"}]
        self._queue.put(reply_rows(person.id, f"event-{event.id}-seen", actions, kind=t.ACTION))

    def _wait(self, person: Person, event: Event) -> bool:
        self._inbox.later(event, RETRY_SECONDS[min(event.attempts, len(RETRY_SECONDS) - 1)])
        if event.attempts >= 1:
            text = words.NO_BOT.format(help_url=f"{self._addresses.public}/ayuda/")
            # Once an hour, however much he writes.
            self._queue.put(reply_rows(person.id, f"no-bot-{person.id}-{int(time.time() // 3600)}", [{"text": text}]))
        return False

    def _finish(self, person: Person, event: Event, replies: Sequence[Reply]) -> None:
        bodies: list[dict[str, Any]] = []
        login = self._addresses.linking_for(person.conversation_id) if any("card" in reply for reply in replies) else None
        for reply in replies:
            if reply["text"]:
                bodies += messages(reply, self._addresses.public, login)
        if not bodies:
            self._inbox.done(event.id)
            return
        if (introduction := _introduction(person, replies)) is not None:
            bodies.insert(0, {"text": introduction})
        rows: list[Outgoing] = reply_rows(person.id, f"event-{event.id}", bodies)
        self._inbox.answered(event, rows, {"spoke_at": time.time(), "introduce": False})


def _introduction(person: Person, replies: Sequence[Reply]) -> str | None:
    """What he must hear first: that a bot speaks; None where he knows, or the replies say it."""
    long_ago = time.time() - person.spoke_at > PAUSE_SECONDS
    if not (person.introduce or long_ago) or any(words.SAYS_BOT in reply["text"] for reply in replies):
        return None
    return words.BACK_FROM_PERSON if person.introduce and person.spoke_at and not long_ago else words.DISCLOSURE
