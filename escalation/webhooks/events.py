"""Which ticket events are told to whom, as outbox rows in the transaction of the event."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.integration_models import Webhook
from escalation.models import Author, OutboxRow, Ticket, TicketEvent, TicketMessage
from escalation.outbox import PENDING, WEBHOOK

OPENED, STATUS_CHANGED = "ticket.opened", "ticket.status_changed"
BY_CUSTOMER, BY_STAFF = "ticket.replied_by_customer", "ticket.replied_by_staff"
EVENTS = (OPENED, BY_CUSTOMER, BY_STAFF, STATUS_CHANGED)


def announce(session: Session, ticket: Ticket, event: TicketEvent) -> None:
    """Tell each webhook that wants this kind of event; internal notes are told to none."""
    kind = _kind_of(event)
    if kind is None:
        return
    for webhook in session.scalars(select(Webhook).where(Webhook.active)):
        if kind in webhook.events:
            session.add(_row(webhook, kind, ticket, event))


def hold(session: Session, message: TicketMessage, until: datetime) -> None:
    """What was announced together with ``message`` waits ``until`` then: its author may still take it back."""
    for row in _announced_with(session, message):
        row.due_at = until


def drop(session: Session, message: TicketMessage) -> None:
    """It was taken back: nobody hears of it."""
    for row in _announced_with(session, message):
        session.delete(row)


def _announced_with(session: Session, message: TicketMessage) -> list[OutboxRow]:
    session.flush()
    number = session.get_one(Ticket, message.ticket_id).number
    written = (OutboxRow.channel == WEBHOOK) & (OutboxRow.state == PENDING) & (OutboxRow.created_at == message.created_at)
    rows = session.scalars(select(OutboxRow).where(written))
    return [row for row in rows if row.content["body"]["data"]["ticket"]["number"] == number]


def _kind_of(event: TicketEvent) -> str | None:
    if event.kind == "message":
        return BY_CUSTOMER if event.author == Author.CUSTOMER else BY_STAFF
    return {"opened": OPENED, "status": STATUS_CHANGED}.get(event.kind)


def _row(webhook: Webhook, kind: str, ticket: Ticket, event: TicketEvent) -> OutboxRow:
    return OutboxRow(
        key=f"msg_{uuid.uuid4().hex}",
        channel=WEBHOOK,
        recipient=webhook.id,
        content={"event": kind, "body": _body(kind, ticket, event)},
        state=PENDING,
        due_at=event.at,
        created_at=event.at,
    )


def _body(kind: str, ticket: Ticket, event: TicketEvent) -> dict[str, Any]:
    # No words of anybody's: who may read them asks /api/v1/tickets with a token that can be revoked.
    names = ("number", "status", "area", "customer_id")
    data = {"ticket": {name: getattr(ticket, name) for name in names}, "author": event.author}
    if kind == STATUS_CHANGED:
        data |= {"old": event.old, "new": event.new}
    return {"type": kind, "timestamp": event.at.isoformat(), "data": data}
