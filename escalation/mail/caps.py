"""How much the machine writes, and takes, on its own: loops that no header gives away end here.

What a person of Soporte writes is never held back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from escalation.mail_models import InboundMail
from escalation.models import Author, OutboxRow, Status, Ticket, TicketEvent
from escalation.outbox import DIGEST, VOID

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Windows = Sequence[tuple[timedelta, int]]

# Zammad's windows for one recipient; the ten in three hours are FreeScout's.
TO_ONE_ADDRESS: Windows = ((10 * MINUTE, 10), (30 * MINUTE, 15), (HOUR, 25), (3 * HOUR, 50), (10 * HOUR, 100))
# What a member of staff reads one by one; what comes faster reaches him as one list, see digest.soon.
TO_ONE_OF_STAFF: Windows = ((10 * MINUTE, 20), (HOUR, 60))
# News of incidents, on top of the windows for one address: an outage with hourly news must not fill a mailbox.
INCIDENT_NEWS: Windows = ((DAY, 8),)
CONFIRMATIONS: Windows = ((3 * HOUR, 10),)
SAME_SUBJECT: Windows = ((3 * HOUR, 2),)
# All confirmations of the desk together: a flood of mail must not become a flood of ours.
CONFIRMATIONS_TOGETHER: Windows = ((HOUR, 500),)
REFUSALS: Windows = ((DAY, 1),)
REFUSALS_TOGETHER: Windows = ((HOUR, 60),)
# What one address, one ticket, and all of them may bring in before staff look at it.
FROM_ONE_ADDRESS: Windows = ((HOUR, 30), (DAY, 120))
TICKETS_OF_ONE_ADDRESS: Windows = ((HOUR, 10), (DAY, 40))
INTO_ONE_TICKET: Windows = ((HOUR, 20), (DAY, 80))
FROM_ALL: Windows = ((HOUR, 2000),)
REOPENINGS: Windows = ((DAY, 5),)


def may_confirm(session: Session, recipient: str, subject_key: str, now: datetime) -> bool:
    """Whether one more confirmation of reception may go to the address, for a mail of this subject."""
    his = (OutboxRow.recipient == recipient) & (OutboxRow.state != VOID)
    confirmations = OutboxRow.key.like("ticket-%-received")
    same = (InboundMail.sender == recipient) & (InboundMail.subject_key == subject_key) & InboundMail.ticket_id.is_not(None)
    return (
        _sent_below(session, his, TO_ONE_ADDRESS, now)
        and _sent_below(session, his & confirmations, CONFIRMATIONS, now)
        and _sent_below(session, confirmations, CONFIRMATIONS_TOGETHER, now)
        and _came_below(session, same, SAME_SUBJECT, now)
    )


def may_notify(session: Session, recipient: str, now: datetime) -> bool:
    """Whether one more mail that the machine writes by itself may go to a customer's address."""
    return _sent_below(session, (OutboxRow.recipient == recipient) & (OutboxRow.state != VOID), TO_ONE_ADDRESS, now)


def may_notify_staff(session: Session, recipient: str, now: datetime) -> bool:
    """Whether one more notice may go to a member of staff by itself."""
    by_itself = OutboxRow.state.not_in((VOID, DIGEST)) & ~OutboxRow.key.like("digest-%")
    return _sent_below(session, (OutboxRow.recipient == recipient) & by_itself, TO_ONE_OF_STAFF, now)


def full_of(session: Session, recipients: Collection[str], prefix: str, now: datetime) -> set[str]:
    """Those of many addresses to which no more news of the kind ``prefix`` (of its outbox keys) may go; few queries for all."""
    full: set[str] = set()
    theirs = OutboxRow.recipient.in_(recipients) & (OutboxRow.state != VOID)
    kind = OutboxRow.key.like(f"{prefix}-%")
    for which, windows in ((theirs, TO_ONE_ADDRESS), (theirs & kind, INCIDENT_NEWS)):
        for window, most in windows:
            query = select(OutboxRow.recipient).where(which, OutboxRow.created_at > now - window)
            full |= set(session.scalars(query.group_by(OutboxRow.recipient).having(func.count() >= most)))
    return full


def may_write_unasked(session: Session, recipient: str, prefix: str, now: datetime) -> bool:
    """Whether one more notice of the kind ``prefix`` (of its outbox keys) may go to an address that may be anybody's."""
    kind = OutboxRow.key.like(f"{prefix}-%")
    to_him = _sent_below(session, kind & (OutboxRow.recipient == recipient), REFUSALS, now)
    return to_him and _sent_below(session, kind, REFUSALS_TOGETHER, now)


def may_come_in(session: Session, mail: InboundMail, ticket: Ticket | None, now: datetime) -> bool:
    """Whether the mail may be taken without a person of Soporte looking at it first."""
    taken = InboundMail.ticket_id.is_not(None) & (InboundMail.id != mail.id)
    his = taken & (InboundMail.sender == mail.sender)
    if not _came_below(session, taken, FROM_ALL, now) or not _came_below(session, his, FROM_ONE_ADDRESS, now):
        return False
    if ticket is None:
        return _came_below(session, his & InboundMail.reason.in_(("new_ticket",)), TICKETS_OF_ONE_ADDRESS, now)
    if not _came_below(session, taken & (InboundMail.ticket_id == ticket.id), INTO_ONE_TICKET, now):
        return False
    return ticket.status not in (Status.SOLVED, Status.CLOSED) or _reopenings_below(session, ticket, now)


def may_note(session: Session, ticket: Ticket, now: datetime) -> bool:
    """Whether one more automatic answer or report may be filed on the ticket."""
    return _came_below(session, InboundMail.ticket_id == ticket.id, INTO_ONE_TICKET, now)


def _reopenings_below(session: Session, ticket: Ticket, now: datetime) -> bool:
    of_ticket = (TicketEvent.ticket_id == ticket.id) & (TicketEvent.kind == "status") & (TicketEvent.new == Status.OPEN)
    return _below(session, TicketEvent.at, of_ticket & (TicketEvent.author == Author.CUSTOMER), REOPENINGS, now)


def _sent_below(session: Session, which: ColumnElement[bool], windows: Windows, now: datetime) -> bool:
    return _below(session, OutboxRow.created_at, which, windows, now)


def _came_below(session: Session, which: ColumnElement[bool], windows: Windows, now: datetime) -> bool:
    return _below(session, InboundMail.received_at, which, windows, now)


def _below(session: Session, moment: ColumnElement[datetime], which: ColumnElement[bool], windows: Windows, now: datetime) -> bool:
    counted = select(func.count()).where(which)
    return all((session.scalar(counted.where(moment > now - window)) or 0) < most for window, most in windows)
