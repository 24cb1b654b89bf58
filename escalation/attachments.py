"""Files of customers: they wait in their conversation, go along with the ticket or message that it leads to, and are his alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from escalation.chat_models import Attachment
from escalation.errors import FileRefused, NotFound
from escalation.file_store import MEGABYTE, StoredFile
from escalation.models import Customer, Ticket, TicketMessage

WAITING_MAX = 10
TOGETHER_MAX = 40 * MEGABYTE


def add(session: Session, stored: StoredFile, conversation_id: str, customer: Customer | None, now: datetime) -> Attachment:
    """A file waits in the conversation. The same one again (a repeated upload) gives the row that is there.

    Raises:
        FileRefused: ten wait already, or they would be more than 40 MB together.
    """
    waiting = (Attachment.conversation_id == conversation_id) & Attachment.ticket_id.is_(None)
    same = (Attachment.sha256 == stored.sha256) & (Attachment.name == stored.name)
    there = session.scalar(select(Attachment).where(waiting, same))
    if there is not None:
        return there
    count, together = session.execute(select(func.count(), func.sum(Attachment.size)).where(waiting)).one()
    _check_room(count + 1, (together or 0) + stored.size)
    return _row(session, stored, conversation_id, customer, now)


def add_to_message(session: Session, stored: Sequence[StoredFile], ticket: Ticket, message: TicketMessage) -> None:
    """Files that came with a message; raises like :func:`add`."""
    _check_room(len(stored), sum(file.size for file in stored))
    for file in stored:
        row = _row(session, file, ticket.conversation_id, ticket.customer, message.created_at)
        row.ticket_id, row.message_id = ticket.id, message.id


def add_to_report(session: Session, stored: Sequence[StoredFile], ticket: Ticket) -> None:
    """Files that came with a report which is no conversation's; raises like :func:`add`."""
    _check_room(len(stored), sum(file.size for file in stored))
    for file in stored:
        _row(session, file, None, ticket.customer, ticket.created_at).ticket_id = ticket.id
    session.expire(ticket, ["attachments"])


def attach_waiting(
    session: Session, conversation_id: str, customer: Customer, ticket: Ticket, message: TicketMessage | None = None
) -> None:
    """What waits in the conversation goes along. Not the files of another customer who had logged in there before."""
    his = or_(Attachment.customer_id.is_(None), Attachment.customer_id == customer.id)
    waiting = (Attachment.conversation_id == conversation_id) & Attachment.ticket_id.is_(None) & his
    values = {"ticket_id": ticket.id, "message_id": message.id if message else None, "customer_id": customer.id}
    session.execute(update(Attachment).where(waiting).values(values))
    session.expire(ticket, ["attachments"])


def find(session: Session, attachment_id: str, customer: Customer | None = None) -> Attachment:
    """The file of an id; for a customer only his own.

    Raises:
        NotFound: there is none, or it is somebody else's (the same answer).
    """
    attachment = session.get(Attachment, attachment_id)
    if attachment is None or (customer is not None and attachment.customer_id != customer.id):
        raise NotFound("there is no such file")
    return attachment


def _check_room(count: int, together: int) -> None:
    if count > WAITING_MAX:
        raise FileRefused(f"at most {WAITING_MAX} files at a time", file="count")
    if together > TOGETHER_MAX:
        raise FileRefused(f"at most {TOGETHER_MAX // MEGABYTE} MB together", file="together")


def _row(session: Session, stored: StoredFile, conversation_id: str | None, customer: Customer | None, now: datetime) -> Attachment:
    attachment = Attachment(
        conversation_id=conversation_id,
        customer_id=customer.id if customer else None,
        name=stored.name,
        media_type=stored.media_type,
        size=stored.size,
        sha256=stored.sha256,
        path=stored.path,
        created_at=now,
    )
    session.add(attachment)
    session.flush()
    return attachment
