"""What was said, stored before it is acknowledged: conversations and messages of every chat channel."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Select, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from bot.channels import codes, commands
from bot.channels.tables import ANSWERED, BOT, CUSTOMER, RECEIVED, Conversation, Message
from wire.database import for_reading


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

    def channel_of(self, conversation_id: str) -> str | None:
        """Where it was opened, None where it never was."""
        with Session(self._reader) as session:
            conversation = session.get(Conversation, conversation_id)
            return conversation.channel if conversation else None

    def accept(
        self, conversation_id: str, client_id: str, text: str, payload: str | None, extras: dict[str, Any] | None = None
    ) -> Message:
        """Store an incoming message once; the same ``client_id`` again gives the row of the first time."""
        with Session(self._engine, expire_on_commit=False) as session:
            message = Message(
                conversation_id=conversation_id,
                client_id=client_id,
                author=CUSTOMER,
                text=text,
                payload=payload,
                extras=extras or {},
                status=RECEIVED,
                created_at=datetime.now(UTC),
            )
            session.add(message)
            try:
                session.commit()
            except IntegrityError:
                session.rollback()
                message = session.scalars(_of_client(conversation_id, client_id)).one()
            return message

    def expects_code(self, conversation_id: str, client_id: str) -> bool:
        """Whether a number in this message is a log-in code: the bot asked for one last, or it was taken for one before.

        A file sent in between does not count: the question still stands.
        """
        asked = aliased(Message)
        about_talk = or_(asked.payload.is_(None), asked.payload != commands.FILE_ADDED)
        last_turn = (
            select(Message.reply_to)
            .join(asked, Message.reply_to == asked.id)
            .where(Message.conversation_id == conversation_id, about_talk)
            .order_by(Message.id.desc())
            .limit(1)
        )
        with Session(self._reader) as session:
            known = session.scalars(_of_client(conversation_id, client_id)).one_or_none()
            if known is not None:
                return known.payload is not None
            replies = session.scalars(select(Message.extras).where(Message.reply_to == last_turn.scalar_subquery()))
            return any(extras.get("card") == codes.CARD for extras in replies)

    def payload_of(self, message_id: int) -> str | None:
        """The command of a message as it stands now."""
        with Session(self._reader) as session:
            return session.get_one(Message, message_id).payload

    def settle(self, message_id: int, payload: str) -> None:
        """The command of a message is decided and stays so, however often it comes."""
        with Session(self._engine) as session, session.begin():
            session.get_one(Message, message_id).payload = payload

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

    def tell(self, conversation_id: str, text: str) -> None:
        """Store a message of ours that answers none of his; the widget reads it with the history or the stream."""
        with Session(self._engine) as session, session.begin():
            row = Message(conversation_id=conversation_id, author=BOT, text=text, extras={}, created_at=datetime.now(UTC))
            session.add(row)

    def note(self, conversation_id: str, client_id: str, author: str, text: str, extras: dict[str, Any]) -> None:
        """Store once, by ``client_id``, what was said and asks for no answer: by a person of the company, or to one."""
        with Session(self._engine) as session:
            row = Message(conversation_id=conversation_id, client_id=client_id, author=author, text=text, extras=extras)
            row.created_at = datetime.now(UTC)
            session.add(row)
            try:
                session.commit()
            except IntegrityError:
                session.rollback()

    def last_replies(self, conversation_id: str) -> list[dict[str, Any]]:
        """The extras of the replies of the last turn, in order: its buttons are the ones that can be chosen."""
        last = select(func.max(Message.reply_to)).where(Message.conversation_id == conversation_id).scalar_subquery()
        with Session(self._reader) as session:
            return list(session.scalars(select(Message.extras).where(Message.reply_to == last).order_by(Message.id)))

    def find(self, conversation_id: str, client_id: str) -> Message | None:
        """The incoming message of this id, if there was one."""
        with Session(self._reader, expire_on_commit=False) as session:
            return session.scalars(_of_client(conversation_id, client_id)).one_or_none()

    def whole(self, conversation_id: str) -> list[Message]:
        """All that was said in it, oldest first, without the asked-for greeting and the like."""
        with Session(self._reader, expire_on_commit=False) as session:
            query = select(Message).where(Message.conversation_id == conversation_id, Message.text != "")
            return list(session.scalars(query.order_by(Message.id)))

    def unread(self, conversation_id: str, after: int) -> int:
        """How many messages of ours came after the row id ``after``."""
        ours = (Message.conversation_id == conversation_id) & (Message.id > after) & (Message.author != CUSTOMER)
        with Session(self._reader) as session:
            return session.scalar(select(func.count(Message.id)).where(ours, Message.text != "")) or 0

    def newest(self, conversation_ids: list[str], channel: str) -> str | None:
        """The one of ``channel`` in which the customer was last heard, None where he said nothing in any."""
        said = Conversation.id.in_(conversation_ids) & (Conversation.channel == channel)
        query = (
            select(Conversation.id)
            .join(Message, Message.conversation_id == Conversation.id)
            .where(said, Message.author == CUSTOMER, Message.text != "")
        )
        with Session(self._reader) as session:
            return session.scalar(query.order_by(Message.id.desc()).limit(1))

    def history(self, conversation_id: str, after: int = 0, limit: int = 200) -> list[Message]:
        """Messages after the row id ``after``, oldest first."""
        with Session(self._reader, expire_on_commit=False) as session:
            query = select(Message).where(Message.conversation_id == conversation_id, Message.id > after)
            return list(session.scalars(query.order_by(Message.id).limit(limit)))


def _of_client(conversation_id: str, client_id: str) -> Select[tuple[Message]]:
    return select(Message).where(Message.conversation_id == conversation_id, Message.client_id == client_id)
