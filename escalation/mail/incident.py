"""News of an incident by mail: one to each affected customer, however many tickets he has, and none of it twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation.mail import caps
from escalation.mail.rendering import write
from escalation.mail_models import DeadAddress
from escalation.models import Customer, OutboxRow, Ticket
from escalation.outbox import HELD, PENDING, enqueue_mail

PREFIX = "incident"
# So many customers in one transaction: SQLite has one writer, and a log-in must not wait for thousands of rows.
BATCH_MAX = 200
# Between two of them on their way out: a code that somebody waits for must not stand behind five thousand letters.
SPREAD = timedelta(milliseconds=100)


class Phase(StrEnum):
    """What kind of news it is."""

    STARTED = "started"
    UPDATE = "update"
    SOLVED = "solved"


@dataclass(frozen=True)
class News:
    """One piece of news. ``incident`` and ``key`` (unique in it) are short ids; ``title`` and ``text`` as customers read them.

    ``next_news``: when we write again ("antes de las 12"); ``link``: the page that tells how it stands; both may be empty.
    """

    incident: str
    key: str
    phase: Phase
    title: str
    text: str
    next_news: str = ""
    link: str = ""


@dataclass(frozen=True)
class Affected:
    """A customer, and his ticket where it is attached to the incident: his answer lands there.

    ``unsubscribe``: where he ends these news, only where he may (a customer whose ticket waits on it is told in any case).
    """

    customer: Customer
    ticket: Ticket | None = None
    unsubscribe: str = ""


@dataclass(frozen=True)
class Queued:
    """How many were written, and of these were held back for staff to see; how many cannot be reached by mail at all."""

    written: int
    held: int
    unreachable: int


def queue(session: Session, news: News, affected: Sequence[Affected], now: datetime) -> Queued:
    """Write the mails of at most :data:`BATCH_MAX` customers; called again with the same ones, nothing is doubled.

    Held back where his address is dead, or where he got too many (caps.INCIDENT_NEWS and those of any address).

    Raises:
        ValueError: more customers than fit into one transaction.
    """
    if len(affected) > BATCH_MAX:
        raise ValueError(f"at most {BATCH_MAX} customers in one transaction")
    prefix = f"{PREFIX}-{news.incident}-{news.key}"
    told = set(session.scalars(select(OutboxRow.key).where(OutboxRow.key.in_([_key(prefix, one) for one in affected]))))
    # One of a customer, the one with a ticket first.
    each = {one.customer.id: one for one in sorted(affected, key=lambda one: one.ticket is not None)}
    fresh = [one for one in each.values() if _key(prefix, one) not in told and not one.customer.blocked]
    dead = _dead(session, [item.address for one in fresh for item in one.customer.addresses], now)
    recipients = {one.customer.id: _recipient(one.customer, dead) for one in fresh if one.customer.addresses}
    full = caps.full_of(session, set(recipients.values()), PREFIX, now)
    start, held = _after(session, prefix, now), 0
    for number, one in enumerate(one for one in fresh if one.customer.id in recipients):
        row = _write(session, _key(prefix, one), news, one, recipients[one.customer.id], now)
        row.due_at = start + SPREAD * number
        if row.recipient in dead or row.recipient in full:
            row.state = HELD
            row.last_error = "the address does not exist, says its server" if row.recipient in dead else "too many in a short time"
            held += 1
    session.flush()
    return Queued(len(recipients), held, len(fresh) - len(recipients))


def _key(prefix: str, one: Affected) -> str:
    return f"{prefix}-{one.customer.id}"


def _dead(session: Session, given: Sequence[str], now: datetime) -> set[str]:
    return set(session.scalars(select(DeadAddress.address).where(DeadAddress.address.in_(given), DeadAddress.until > now)))


def _recipient(customer: Customer, dead: set[str]) -> str:
    own = [item.address for item in customer.addresses]
    return next((address for address in own if address not in dead), own[0])


def _after(session: Session, prefix: str, now: datetime) -> datetime:
    """Behind those of an earlier batch that still wait."""
    waiting = (OutboxRow.state == PENDING) & OutboxRow.key.like(f"{prefix}-%")
    last = session.scalar(select(func.max(OutboxRow.due_at)).where(waiting))
    return max(now, last + SPREAD) if last is not None else now


def _write(session: Session, key: str, news: News, one: Affected, recipient: str, now: datetime) -> OutboxRow:
    number = one.ticket.number if one.ticket is not None else ""
    letter = write(
        "incident",
        phase=news.phase,
        title=news.title,
        text=news.text,
        next_news=news.next_news,
        link=news.link,
        name=one.customer.name,
        number=number,
        unsubscribe=one.unsubscribe,
    )
    headers = {"thread": f"{PREFIX}-{news.incident}", "auto_submitted": "auto-generated"}
    if number:
        headers |= {"ticket": number, "reply": "1"}
    if one.unsubscribe:
        headers["unsubscribe"] = one.unsubscribe
    return enqueue_mail(session, key, recipient, letter.subject, letter.body, now, **headers)
