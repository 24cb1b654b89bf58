"""What was held back, refused or failed: staff see it, let it in, say where it belongs, or drop it; a sender clears himself."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.customers import customer_of_address
from escalation.errors import NotAllowed, NotFound
from escalation.mail import intake
from escalation.mail.intake import State
from escalation.mail_models import InboundMail
from escalation.models import Customer, CustomerAddress, Staff, Ticket

SHOWN = (State.QUARANTINED, State.FAILED, State.REFUSED)
LIST_LENGTH = 100
BY_SENDER = "sender"
# As long as the link to it is valid, see notes.
SENDER_MAY_FOR = timedelta(days=7)
DROPPED = "dropped"


def listed(session: Session, states: Collection[State] = SHOWN) -> list[InboundMail]:
    """The newest hundred that wait for somebody."""
    query = select(InboundMail).where(InboundMail.state.in_(states)).order_by(InboundMail.received_at.desc())
    return list(session.scalars(query.limit(LIST_LENGTH)))


def find(session: Session, mail_id: str) -> InboundMail:
    """Raises:
    NotFound: there is no such mail.
    """
    mail = session.get(InboundMail, mail_id, with_for_update=True)
    if mail is None:
        raise NotFound("there is no such mail")
    return mail


def release(session: Session, mail: InboundMail, member: Staff, now: datetime, customer: Customer | None = None) -> None:
    """Let it in as the mail of its sender, or of ``customer`` where the address is nobody's; it is processed anew.

    Raises:
        NotAllowed: it does not wait, or nobody knows whose it would be.
    """
    _check_waiting(mail)
    owner = customer or customer_of_address(session, mail.sender)
    if owner is None or owner.blocked:
        raise NotAllowed("say whose mail it is: its address is nobody's, or its owner is blocked")
    intake.again(mail, now)
    mail.released_by, mail.customer_id = member.id, owner.id


def link(session: Session, mail: InboundMail, member: Staff, ticket: Ticket, now: datetime) -> None:
    """It belongs to this ticket, whoever wrote it.

    Raises:
        NotAllowed: it does not wait.
    """
    _check_waiting(mail)
    intake.again(mail, now)
    mail.released_by, mail.customer_id, mail.ticket_id = member.id, ticket.customer_id, ticket.id


def drop(session: Session, mail: InboundMail, now: datetime) -> None:
    """It is nothing; kept all the same.

    Raises:
        NotAllowed: it does not wait.
    """
    _check_waiting(mail)
    intake.settle(mail, State.IGNORED, DROPPED, now)


def retry(session: Session, mail: InboundMail, now: datetime) -> None:
    """What failed is tried once more, as after a fault of ours was mended.

    Raises:
        NotAllowed: it did not fail.
    """
    if mail.state != State.FAILED:
        raise NotAllowed("only a mail that failed is tried again")
    intake.again(mail, now)


def senders_own(session: Session, address: str, now: datetime) -> list[InboundMail]:
    """What waits under an address because nobody could prove that its owner wrote it."""
    mine = (InboundMail.sender == address) & (InboundMail.state == State.QUARANTINED) & (InboundMail.reason == "unproven")
    query = select(InboundMail).where(mine, InboundMail.received_at > now - SENDER_MAY_FOR).order_by(InboundMail.received_at)
    return list(session.scalars(query.limit(LIST_LENGTH).with_for_update()))


def clear_by_sender(session: Session, address: str, chosen: Collection[str], now: datetime) -> int:
    """Whoever reads the mail of ``address`` says which of these he wrote; returns how many. The others stay where they are."""
    mine = [mail for mail in senders_own(session, address, now) if mail.id in chosen]
    for mail in mine:
        intake.again(mail, now)
        mail.released_by = BY_SENDER
    return len(mine)


def take_up_registered(session: Session, now: datetime) -> int:
    """Mails that were refused lately from an address that has been registered since are taken after all; returns how many."""
    refused = (InboundMail.state == State.REFUSED) & (InboundMail.reason == "unknown_address")
    query = select(InboundMail).join(CustomerAddress, CustomerAddress.address == InboundMail.sender).where(refused)
    found = session.scalars(query.where(InboundMail.received_at > now - SENDER_MAY_FOR).with_for_update()).all()
    for mail in found:
        intake.again(mail, now)
    return len(found)


def _check_waiting(mail: InboundMail) -> None:
    if mail.state not in SHOWN:
        raise NotAllowed("this mail does not wait for anybody")
