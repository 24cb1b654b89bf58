"""News of a ticket for the conversation that it came from: outbox rows of the channel ``chat``, beside the mail."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from escalation import bonds
from escalation.models import OutboxRow, Ticket, TicketMessage
from escalation.outbox import PENDING

CHAT = "chat"
# Later than this the mail has told it long ago.
USEFUL = timedelta(days=1)
STAFF, BOT = "staff", "bot"


def opened_late(session: Session, ticket: Ticket, promised: str, link: str, now: datetime) -> None:
    """A report that waited for this service has its number at last. ``promised``: the answer time in words."""
    text = (
        f"Su reporte quedó registrado como ticket **{ticket.number}**, que reemplaza al número provisorio. "
        f"Le responderemos **{promised}**.\n\n[Ver el ticket]({link})"
    )
    _put(session, ticket, f"opened-{ticket.id}", BOT, text, now)


def answered(session: Session, ticket: Ticket, message: TicketMessage, status: str, link: str, now: datetime) -> None:
    """Somebody of Soporte wrote. ``status`` as customers read it.

    What he wrote is told only where the ticket's customer is logged in to the conversation: elsewhere somebody else may read it.
    """
    if _reads_it(session, ticket, now):
        text = f"Novedad en su ticket **{ticket.number}** ({status}):\n\n{message.body}\n\n[Ver el ticket]({link})"
        row = _put(session, ticket, f"message-{message.id}", STAFF, text, now, author_name=message.author_name)
    else:
        text = f"Hay una respuesta de Soporte en su ticket **{ticket.number}**. Puede leerla en el [Área de Clientes]({link})."
        row = _put(session, ticket, f"message-{message.id}", BOT, text, now)
    if row is not None:
        # As the mail: its author may still take the answer back.
        row.due_at = message.held_until or now


def status_changed(session: Session, ticket: Ticket, event_id: int, status: str, link: str, now: datetime) -> None:
    """The ticket was solved or closed, or waits on the customer."""
    text = f"El estado de su ticket **{ticket.number}** es ahora: **{status}**.\n\n[Ver el ticket]({link})"
    _put(session, ticket, f"event-{event_id}", BOT, text, now)


def promise_renewed(session: Session, ticket: Ticket, event_id: int, promised: str, link: str, now: datetime) -> None:
    """What we had promised takes longer; ``promised``: the new time as a person says it."""
    text = (
        f"Todavía estamos trabajando en su ticket **{ticket.number}** y necesitamos más tiempo. Le pedimos disculpas por la "
        f"demora: le responderemos {promised}.\n\n[Ver el ticket]({link})"
    )
    _put(session, ticket, f"event-{event_id}", BOT, text, now)


def of_incident(session: Session, conversation_id: str, cause: str, title: str, body: str, now: datetime) -> None:
    """To a conversation whose visitor asked to hear of an incident; nothing of it is anybody's own."""
    content = {
        "body": f"**{title}**\n\n{body}",
        "author": BOT,
        "headers": {"useless_after": (now + USEFUL).isoformat()},
    }
    session.add(
        OutboxRow(
            key=f"{CHAT}-{cause}",
            channel=CHAT,
            recipient=conversation_id,
            content=content,
            state=PENDING,
            due_at=now,
            created_at=now,
        )
    )


def _reads_it(session: Session, ticket: Ticket, now: datetime) -> bool:
    customer = bonds.customer_of(session, ticket.conversation_id, now) if ticket.conversation_id else None
    return customer is not None and customer.id == ticket.customer_id


def _put(session: Session, ticket: Ticket, cause: str, author: str, text: str, now: datetime, **more: str) -> OutboxRow | None:
    if ticket.conversation_id is None:
        return None
    content = {
        "body": text,
        "author": author,
        "ticket": ticket.number,
        # See outbox: not tried after it, and the text is forgotten once it was told.
        "headers": {"useless_after": (now + USEFUL).isoformat()},
        **more,
    }
    row = OutboxRow(
        key=f"{CHAT}-{cause}",
        channel=CHAT,
        recipient=ticket.conversation_id,
        content=content,
        state=PENDING,
        due_at=now,
        created_at=now,
    )
    session.add(row)
    return row
