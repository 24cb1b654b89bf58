"""Tables of the Messenger channel, in the chat database: people, events in, messages out, the state of the Page.

Moments are seconds since the epoch as floats, Meta's timestamps milliseconds as she sends them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.channels.tables import Base

# Who owns a conversation.
BOT, PERSON, CLOSED = "bot", "person", "closed"
# States of an event.
RECEIVED, DONE, FAILED = "received", "done", "failed"
# Lanes of events: what a customer says waits for its turn; what is only to be noted does not.
TURN, NOTE = "turn", "note"
# States of a message out; the last four never leave any more.
PENDING, SENDING, SENT = "pending", "sending", "sent"
WITHHELD, EXPIRED, REFUSED, DROPPED = "withheld", "expired", "refused", "dropped"
# Kinds of messages out: what the bot says, what is said to a ticket, typing and the like.
REPLY, NEWS, ACTION = "reply", "news", "action"


class Person(Base):
    """Somebody who writes to the Page (``psid`` is Meta's id of him there), and who answers him.

    ``customer_at``: when he last did what opens the 24-hour window. ``spoke_at``: when the bot last spoke; ``introduce``: it has
    to say what it is first. ``owner_until``: how long a person of the company keeps it. ``intake_until`` and ``sending_until``
    are the leases of whoever works on his events and on his messages.
    """

    __tablename__ = "messenger_people"
    __table_args__ = (UniqueConstraint("page_id", "psid"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[str] = mapped_column(String(40))
    psid: Mapped[str] = mapped_column(String(64))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    owner: Mapped[str] = mapped_column(String(10), default=BOT)
    owner_until: Mapped[float] = mapped_column(default=0.0)
    customer_at: Mapped[float] = mapped_column(default=0.0)
    spoke_at: Mapped[float] = mapped_column(default=0.0)
    introduce: Mapped[bool] = mapped_column(default=True)
    intake_until: Mapped[float] = mapped_column(default=0.0)
    sending_until: Mapped[float] = mapped_column(default=0.0)


class Thread(Base):
    """Whose a conversation is, also one that was closed since: news of its tickets still find him."""

    __tablename__ = "messenger_threads"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("messenger_people.id"), index=True)


class Event(Base):
    """An event of a webhook call, once. ``key`` is its ``mid``, or a hash where it has none.

    ``content`` is as Meta sent it, but for secrets. ``sealed`` (encrypted) is the text of a message in which a number may be a
    log-in code; it is forgotten as soon as somebody who knows decided. ``files``: what became of each attachment, None before.
    """

    __tablename__ = "messenger_events"
    __table_args__ = (
        Index("ix_messenger_events_due", "state", "lane", "due_at"),
        Index("ix_messenger_events_person", "psid", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    page_id: Mapped[str] = mapped_column(String(40))
    psid: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(30))
    lane: Mapped[str] = mapped_column(String(10))
    at: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    hidden: Mapped[list[str]] = mapped_column(JSON)
    sealed: Mapped[str | None] = mapped_column(Text)
    files: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    state: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[float]
    attempts: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[float]


class Outgoing(Base):
    """A message on its way to a person: ``body`` is the Send API's ``message``, or a sender action.

    ``human``: a person of the company wrote the text. ``mid`` is Meta's id of what was sent.
    """

    __tablename__ = "messenger_outgoing"
    __table_args__ = (
        Index("ix_messenger_outgoing_due", "state", "due_at"),
        Index("ix_messenger_outgoing_person", "person_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("messenger_people.id"))
    kind: Mapped[str] = mapped_column(String(10))
    human: Mapped[bool] = mapped_column(default=False)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10), default=PENDING)
    due_at: Mapped[float]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[float]
    sending_at: Mapped[float] = mapped_column(default=0.0)
    sent_at: Mapped[float | None]
    delivered_at: Mapped[float | None]
    read_at: Mapped[float | None]
    mid: Mapped[str | None] = mapped_column(String(255), index=True)
    error: Mapped[str | None] = mapped_column(String(300))


class PageState(Base):
    """The one Page: when its next message may leave, until when all wait, and what is wrong with it, if anything.

    ``alarm``: kind of trouble, None while all is well; ``told``: escalation shows the same. ``token_hash``: of the token in use.
    """

    __tablename__ = "messenger_page"

    id: Mapped[int] = mapped_column(primary_key=True)
    next_send_at: Mapped[float] = mapped_column(default=0.0)
    paused_until: Mapped[float] = mapped_column(default=0.0)
    pauses: Mapped[int] = mapped_column(default=0)
    alarm: Mapped[str | None] = mapped_column(String(20))
    alarm_detail: Mapped[str | None] = mapped_column(String(300))
    alarm_since: Mapped[float | None]
    told: Mapped[bool] = mapped_column(default=True)
    token_hash: Mapped[str | None] = mapped_column(String(64))
    checked_at: Mapped[float] = mapped_column(default=0.0)


class ChannelHeartbeat(Base):
    """When the channels' worker was last alive."""

    __tablename__ = "channel_heartbeats"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[float]
