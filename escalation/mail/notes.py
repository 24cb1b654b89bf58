"""The mails that mail itself causes: a refusal, a question to the sender, and what a returned mail says to staff."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import notices, tickets
from escalation.customers import typed_address
from escalation.desk import merging
from escalation.mail import addresses, caps, machines
from escalation.mail.addresses import DEAD_FOR
from escalation.mail.bounces import Bounce
from escalation.mail.rendering import Letter, write
from escalation.mail_models import InboundMail
from escalation.models import OutboxRow, Ticket
from escalation.outbox import enqueue_mail
from wire.redaction import redact

LINK_DAYS = 7
# Without those that look like another.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXY"
CODE_LETTERS = 10
CODE_TYPED_MAX = 40
REFUSAL, CHECK = "refusal", "check"


@dataclass(frozen=True)
class Links:
    """Where the mails to strangers lead; ``secret`` signs the link that only the reader of an address gets."""

    secret: str
    public_url: str
    chat_url: str

    @property
    def area(self) -> str:
        """The Área de Clientes."""
        return f"{self.public_url}/area-clientes/"

    def check(self, address: str) -> str:
        """To say that he wrote what was held back."""
        return f"{self.public_url}/correo/confirmar/{self._signer().dumps(address)}"

    def address_of(self, token: str) -> str | None:
        """The address of such a link, or None where it was forged or is older than a week."""
        try:
            return str(self._signer().loads(token, max_age=int(timedelta(days=LINK_DAYS).total_seconds())))
        except BadSignature:
            return None

    @property
    def code_page(self) -> str:
        """Where the code is typed, on whatever machine he reads no mail."""
        return f"{self.public_url}/correo/confirmar"

    def code(self, address: str, day: date) -> str:
        """The same as :meth:`check`, to be typed: ten letters of thirty, more than anybody tries within a week."""
        digest = hmac.new(self.secret.encode(), f"mail sender code|{address}|{day.isoformat()}".encode(), hashlib.sha256).digest()
        number, letters = int.from_bytes(digest[:16]), []
        for _ in range(CODE_LETTERS):
            number, place = divmod(number, len(ALPHABET))
            letters.append(ALPHABET[place])
        return "-".join("".join(letters[start : start + 5]) for start in range(0, CODE_LETTERS, 5))

    def is_code_of(self, address: str, typed: str, now: datetime) -> bool:
        """Whether he typed a code that was sent to the address within the week."""
        given = re.sub(r"[^0-9A-Z]", "", typed[:CODE_TYPED_MAX].upper()).encode()
        days = (now.astimezone(UTC).date() - timedelta(days=age) for age in range(LINK_DAYS + 1))
        # All of them, so that the time taken says nothing.
        return bool(sum(hmac.compare_digest(self.code(address, day).replace("-", "").encode(), given) for day in days))

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret, salt="mail sender check")


def refuse(session: Session, row: InboundMail, links: Links, now: datetime) -> bool:
    """Tell the sender once a day that it was not received; always in the same words. Returns whether it was told now.

    Only a proven sender gets here: to anybody else's address it would be a nuisance that we send (backscatter).
    """
    if machines.NOBODY.match(row.sender) or not caps.may_write_unasked(session, row.sender, REFUSAL, now):
        return False
    letter = write("refused", area_link=links.area, chat_link=links.chat_url)
    _to_stranger(session, f"{REFUSAL}-{row.id}", row, letter, now)
    return True


def ask_sender(session: Session, row: InboundMail, links: Links, now: datetime) -> bool:
    """Ask the owner of a registered address whether he wrote this; once a day. Returns whether he was asked now."""
    if not caps.may_write_unasked(session, row.sender, CHECK, now) or addresses.is_dead(session, row.sender, now):
        return False
    code = links.code(row.sender, now.astimezone(UTC).date())
    letter = write("sender_check", link=links.check(row.sender), code=code, code_page=links.code_page, days=LINK_DAYS)
    _to_stranger(session, f"{CHECK}-{row.id}", row, letter, now)
    return True


def file_bounce(session: Session, row: InboundMail, bounce: Bounce, now: datetime) -> bool:
    """Note a returned mail in its ticket and mark a dead address; False where it speaks of no mail of ours."""
    if bounce.original is None or bounce.receipt:
        return False
    sent = session.scalar(select(OutboxRow).where(OutboxRow.key == bounce.original.key))
    ticket = session.scalar(select(Ticket).where(Ticket.number == bounce.original.number)) if bounce.original.number else None
    ticket = merging.final(session, ticket) if ticket else None
    # A report may only speak of the address that we really wrote to; a forwarding behind it is not ours to judge.
    recipient = sent.recipient if sent is not None else ""
    dead = bounce.dead and bool(recipient) and typed_address(bounce.recipient or recipient) == recipient
    if dead:
        _bury(session, recipient, bounce.reason, ticket, now)
    if ticket is not None and caps.may_note(session, ticket, now):
        row.ticket_id = ticket.id
        tickets.note_by_system(session, ticket, redact(_said(bounce, bounce.recipient or recipient, dead)).text, now)
    return True


def refused_at_the_door(session: Session, sent: OutboxRow, reason: str, now: datetime) -> None:
    """The recipient's server said already while we were sending that there is no such mailbox."""
    if not addresses.DEAD_CODES.search(reason):
        return
    number = sent.content["headers"].get("ticket")
    ticket = session.scalar(select(Ticket).where(Ticket.number == number)) if number else None
    _bury(session, sent.recipient, reason, ticket, now)


def _bury(session: Session, address: str, reason: str, ticket: Ticket | None, now: datetime) -> None:
    if addresses.mark_dead(session, address, reason, now):
        until = (now + DEAD_FOR).strftime("%d/%m/%Y")
        notices.address_died(session, address, reason, until, ticket.number if ticket else "", now)


def _said(bounce: Bounce, recipient: str, dead: bool) -> str:
    if bounce.late:
        return f"El correo a {recipient} está demorado; su servidor sigue intentando entregarlo.\n\n{bounce.reason}"
    more = f"\n\nNo se le enviarán avisos durante {DEAD_FOR.days} días." if dead else ""
    return f"El correo a {recipient} volvió sin entregarse.\n\n{bounce.reason}{more}"


def _to_stranger(session: Session, key: str, row: InboundMail, letter: Letter, now: datetime) -> None:
    # Subject and text say nothing of the mail that they answer: a forged one must not make us carry its words.
    headers = {"auto_submitted": "auto-replied", "null_sender": "1", "in_reply_to": row.message_id}
    enqueue_mail(session, key, row.sender, letter.subject, letter.body, now, **headers)
