"""Who writes to the Page, who answers him (bot, a person of the company, nobody), and who works on him at the moment."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.channels.messenger.tables import BOT, CLOSED, PERSON, Person, Thread
from bot.channels.tables import Conversation
from wire.database import for_reading

CHANNEL = "messenger"
# Who comes back after so long comes with another matter (the widget's conversations live as long: wire.tokens).
FORGOTTEN_SECONDS = 30 * 24 * 3600.0


class Lease(StrEnum):
    """What of a person is worked on; the names are columns."""

    INTAKE = "intake_until"
    SENDING = "sending_until"


class People:
    """Each method is one transaction. ``person_seconds``: how long a person of the company keeps a conversation."""

    def __init__(self, engine: Engine, person_seconds: float, lease_seconds: float) -> None:
        self._engine = engine
        self._reader = for_reading(engine)
        self._person_seconds = person_seconds
        self._lease_seconds = lease_seconds

    def of(self, page_id: str, psid: str) -> Person:
        """The person of an id; met for the first time he gets a conversation."""
        his = select(Person).where(Person.page_id == page_id, Person.psid == psid)
        with Session(self._reader, expire_on_commit=False) as session:
            known = session.scalar(his)
        if known is not None:
            return known
        with Session(self._engine, expire_on_commit=False) as session:
            try:
                person = Person(page_id=page_id, psid=psid, conversation_id=_new_conversation(session))
                session.add(person)
                session.flush()
                session.add(Thread(conversation_id=person.conversation_id, person_id=person.id))
                session.commit()
            except IntegrityError:
                session.rollback()
                person = session.scalars(his).one()
            return person

    def get(self, person_id: int) -> Person:
        """As he stands now."""
        with Session(self._reader, expire_on_commit=False) as session:
            return session.get_one(Person, person_id)

    def of_conversation(self, conversation_id: str) -> Person | None:
        """Whose conversation it is or was."""
        his = select(Person).join(Thread, Thread.person_id == Person.id).where(Thread.conversation_id == conversation_id)
        with Session(self._reader, expire_on_commit=False) as session:
            return session.scalar(his)

    def heard(self, person_id: int, at: float) -> Person:
        """The customer spoke ``at`` (seconds, Meta's clock): the 24-hour window opens, and it is decided who owns the conversation.

        A person of the company whose time is over gives it back to the bot; a closed or long forgotten one begins anew, without
        what the bot knew in the old one.
        """
        now = time.time()
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            person = session.get_one(Person, person_id)
            if person.owner == CLOSED or 0 < person.customer_at < now - FORGOTTEN_SECONDS:
                person.conversation_id = _new_conversation(session)
                session.add(Thread(conversation_id=person.conversation_id, person_id=person.id))
                person.owner, person.introduce = BOT, True
            elif person.owner == PERSON and person.owner_until <= now:
                person.owner, person.introduce = BOT, True
            # A clock that goes wrong, or an old event that comes late, must not move the window.
            person.customer_at = max(person.customer_at, min(at, now))
            return person

    def window(self, person_id: int, at: float) -> None:
        """He did something that opens the window and asks for no answer."""
        later = (Person.id == person_id) & (Person.customer_at < min(at, time.time()))
        with Session(self._engine) as session, session.begin():
            session.execute(update(Person).where(later).values(customer_at=min(at, time.time())))

    def take_over(self, person_id: int) -> None:
        """A person of the company wrote: the bot is silent for a while."""
        self._change(person_id, owner=PERSON, owner_until=time.time() + self._person_seconds)

    def give_back(self, person_id: int) -> None:
        """To the bot, which says that it is one before it speaks."""
        self._change(person_id, owner=BOT, owner_until=0.0, introduce=True)

    def close(self, person_id: int) -> None:
        """Nobody writes to him until he writes."""
        self._change(person_id, owner=CLOSED)

    def claim(self, person_id: int, lease: Lease) -> bool:
        """Be the only one who does this work for him; False: somebody else is."""
        now = time.time()
        free = (Person.id == person_id) & (getattr(Person, lease) < now)
        with Session(self._engine) as session, session.begin():
            taken = session.execute(update(Person).where(free).values({lease.value: now + self._lease_seconds}))
            return taken.rowcount == 1

    def renew(self, people: Collection[int], lease: Lease) -> None:
        """Whoever holds them is alive."""
        if people:
            self._lease(people, lease, time.time() + self._lease_seconds)

    def release(self, person_id: int, lease: Lease) -> None:
        """The work is done for now."""
        self._lease([person_id], lease, 0.0)

    def _lease(self, people: Collection[int], lease: Lease, until: float) -> None:
        with Session(self._engine) as session, session.begin():
            session.execute(update(Person).where(Person.id.in_(people)).values({lease.value: until}))

    def _change(self, person_id: int, **values: object) -> None:
        with Session(self._engine) as session, session.begin():
            session.execute(update(Person).where(Person.id == person_id).values(**values))


def _new_conversation(session: Session) -> str:
    conversation_id = str(uuid.uuid4())
    session.add(Conversation(id=conversation_id, channel=CHANNEL, created_at=datetime.now(UTC)))
    session.flush()
    return conversation_id
