"""What was said, stored before it is acknowledged: conversations and messages of every chat channel."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.channels.tables import ANSWERED, BOT, CUSTOMER, RECEIVED, Conversation, Message
from wire.database import for_reading

# A turn that holds its conversation longer than this died with its process; the next message may go on.
TURN_LEASE_SECONDS = 45.0
_CLAIM_PAUSE_SECONDS = 0.05


class ConversationBusy(RuntimeError):
    """Another message of the conversation is still being worked on."""


class Store:
    """Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = for_reading(engine)

    def open_conversation(self, channel: str) -> str:
        """Start a conversation; returns its id."""
        conversation_id = str(uuid.uuid4())
        with Session(self._engine) as session, session.begin():
            session.add(Conversation(id=conversation_id, channel=channel, created_at=datetime.now(UTC)))
        return conversation_id

    def has_conversation(self, conversation_id: str) -> bool:
        """Whether it was ever opened here."""
        with Session(self._reader) as session:
            return session.get(Conversation, conversation_id) is not None

    def accept(self, conversation_id: str, client_id: str, text: str, payload: str | None) -> Message:
        """Store an incoming message once; the same ``client_id`` again gives the row of the first time."""
        with Session(self._engine, expire_on_commit=False) as session:
            message = Message(
                conversation_id=conversation_id,
                client_id=client_id,
                author=CUSTOMER,
                text=text,
                payload=payload,
                extras={},
                status=RECEIVED,
                created_at=datetime.now(UTC),
            )
            session.add(message)
            try:
                session.commit()
            except IntegrityError:
                session.rollback()
                query = select(Message).where(Message.conversation_id == conversation_id, Message.client_id == client_id)
                message = session.scalars(query).one()
            return message

    def replies_to(self, message_id: int) -> list[Message] | None:
        """The replies of an answered message in order; None while it has not been answered."""
        with Session(self._reader, expire_on_commit=False) as session:
            if session.get_one(Message, message_id).status != ANSWERED:
                return None
            query = select(Message).where(Message.reply_to == message_id).order_by(Message.id)
            return list(session.scalars(query))

    def answer(self, message: Message, replies: list[dict[str, Any]]) -> list[Message]:
        """Store the replies (``{"text", …extras}``) and mark the message answered, together."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            rows = [
                Message(
                    conversation_id=message.conversation_id,
                    reply_to=message.id,
                    author=BOT,
                    text=reply["text"],
                    extras={key: value for key, value in reply.items() if key != "text"},
                    created_at=datetime.now(UTC),
                )
                for reply in replies
            ]
            session.add_all(rows)
            session.get_one(Message, message.id).status = ANSWERED
        return rows

    def history(self, conversation_id: str, after: int = 0, limit: int = 200) -> list[Message]:
        """Messages after the row id ``after``, oldest first."""
        with Session(self._reader, expire_on_commit=False) as session:
            query = select(Message).where(Message.conversation_id == conversation_id, Message.id > after)
            return list(session.scalars(query.order_by(Message.id).limit(limit)))

    def claim(self, conversation_id: str, patience: float) -> None:
        """Hold the conversation for one turn; waits up to ``patience`` seconds.

        Raises:
            ConversationBusy: somebody else held it all the time.
        """
        # Rasa's own lock loses messages when several of one conversation arrive together (measured), so the door
        # lets them in one by one; a row holds across processes and machines.
        deadline = time.monotonic() + patience
        while not self._try_claim(conversation_id):
            if time.monotonic() > deadline:
                raise ConversationBusy(conversation_id)
            time.sleep(_CLAIM_PAUSE_SECONDS)

    def _try_claim(self, conversation_id: str) -> bool:
        now = time.time()
        free = (Conversation.id == conversation_id) & (Conversation.busy_until < now)
        with Session(self._engine) as session, session.begin():
            held = session.execute(update(Conversation).where(free).values(busy_until=now + TURN_LEASE_SECONDS))
            return held.rowcount == 1

    def release(self, conversation_id: str) -> None:
        """Let the next message in."""
        with Session(self._engine) as session, session.begin():
            session.execute(update(Conversation).where(Conversation.id == conversation_id).values(busy_until=0.0))
