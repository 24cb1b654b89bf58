"""What a customer may have of his chats beside the screen: which of them are his, and a copy by mail to himself."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from escalation.chat_models import ConversationEvent
from escalation.conversation_events import LEFT
from escalation.errors import NotBound, TooManyAttempts
from escalation.mail.rendering import write
from escalation.models import ConversationBond, Customer, OutboxRow
from escalation.outbox import enqueue_mail

# As long as a conversation's token lives at the front door.
OPEN_FOR = timedelta(days=30)
ELSEWHERE_MAX = 20
MAILS_MAX, MAILS_WINDOW = 3, timedelta(hours=1)
# A copy that did not leave within a day is asked for again; its text is forgotten once it left.
USEFUL = timedelta(days=1)
_KEY = "transcript-"


def elsewhere(session: Session, conversation_id: str, customer: Customer, now: datetime) -> list[str]:
    """The other conversations in which ``customer`` logged in lately and that he did not leave, at most twenty, newest first.

    One that he left ("salir") goes on without him: whoever sits at that computer by now still holds its token.
    """
    left = exists().where(ConversationEvent.conversation_id == ConversationBond.conversation_id, ConversationEvent.kind == LEFT)
    query = (
        select(ConversationBond.conversation_id)
        .where(ConversationBond.customer_id == customer.id, ConversationBond.conversation_id != conversation_id)
        .where(ConversationBond.expires_at > now - OPEN_FOR, ~left)
        .order_by(ConversationBond.expires_at.desc(), ConversationBond.conversation_id)
        .limit(ELSEWHERE_MAX)
    )
    return list(session.scalars(query))


def mail_copy(
    session: Session, conversation_id: str, customer: Customer, key: str, text: str, front_url: str, now: datetime
) -> None:
    """Mail ``text`` to the customer's own registered address, never to one that he typed; the same ``key`` again is one mail.

    Raises:
        NotBound: his data were erased, and with them his address.
        TooManyAttempts: three within the hour.
    """
    unique = _KEY + hashlib.sha256(f"{conversation_id} {key}".encode()).hexdigest()[:40]
    if session.scalar(select(OutboxRow.id).where(OutboxRow.key == unique)) is not None:
        return
    if not customer.addresses:
        raise NotBound("this customer has no address any more")
    recipient = customer.addresses[0].address
    copies = OutboxRow.key.startswith(_KEY, autoescape=True) & (OutboxRow.created_at > now - MAILS_WINDOW)
    if (session.scalar(select(func.count(OutboxRow.id)).where(OutboxRow.recipient == recipient, copies)) or 0) >= MAILS_MAX:
        raise TooManyAttempts("three copies within the hour")
    letter = write("transcript", name=customer.name, transcript=text, link=f"{front_url}/#mesa-de-ayuda")
    until = (now + USEFUL).isoformat()
    enqueue_mail(session, unique, recipient, letter.subject, letter.body, now, useless_after=until, auto_submitted="auto-generated")
