"""An outbox row as an Internet message (RFC 5322), the same bytes' identity on every try."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import parseaddr

import idna

from escalation.mail.marks import THREAD, Marks
from escalation.mail.rendering import html_of
from escalation.models import OutboxRow

LINE_OCTETS = 998
NULL_SENDER = "<>"
REPLY_ABOVE = "—— Para responder, escriba por encima de esta línea ——"
REFERENCES_MAX = 20
_ID = re.compile(r"<[!-;=?-~]{3,250}>")
_ID_HEADERS = ("message-id", "in-reply-to", "references")


class ThreadPolicy(EmailPolicy):
    """Python folds a Message-ID longer than a line into encoded words, in which no program recognises it; one a line instead."""

    def fold(self, name: str, value: str) -> str:
        if name.lower() in _ID_HEADERS:
            return f"{name}: " + f"{self.linesep} ".join(str(value).split()) + self.linesep
        return super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode() if name.lower() in _ID_HEADERS else super().fold_binary(name, value)


POLICY = ThreadPolicy(linesep="\r\n")


@dataclass(frozen=True)
class Letterhead:
    """Who writes (``"Name <address>"``) and the signature of his marks."""

    sender: str
    marks: Marks

    @property
    def domain(self) -> str:
        return parseaddr(self.sender)[1].rpartition("@")[2]


def build(row: OutboxRow, letterhead: Letterhead) -> EmailMessage:
    """The message of ``row``. Its Message-ID comes from the row's key: a second sending is recognisable as the same mail.

    Headers of the row: ``ticket`` (its number), ``reply`` ("1": an answer by mail lands in the ticket), ``in_reply_to`` and
    ``references`` (of the customer's own mail), ``auto_submitted``, ``null_sender`` ("1"), ``unsubscribe`` (a URL), ``thread``
    (of mails without a ticket that belong together).
    """
    headers, number = row.content["headers"], row.content["headers"].get("ticket")
    name, address = parseaddr(letterhead.sender)
    message = EmailMessage(policy=POLICY)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = Address(addr_spec=_ascii(row.recipient))
    message["Subject"] = " ".join(row.content["subject"].split())
    message["Date"] = row.created_at
    message["Message-ID"] = letterhead.marks.message_id(row.key, number, letterhead.domain)
    _thread(message, letterhead, number, headers)
    # RFC 3834 and Exchange's own header: no out-of-office answers to a machine.
    message["Auto-Submitted"] = headers.get("auto_submitted", "auto-generated")
    message["X-Auto-Response-Suppress"] = "DR, RN, OOF, AutoReply"
    if headers.get("null_sender"):
        # Read by the transport as MAIL FROM:<>: nothing that answers mail may answer this one (RFC 3834 3.3).
        message["Return-Path"] = NULL_SENDER
    if headers.get("unsubscribe"):
        message["List-Unsubscribe"] = f"<{headers['unsubscribe']}>"
    reply_to = letterhead.marks.reply_address(number, letterhead.sender) if number and headers.get("reply") else None
    if reply_to:
        message["Reply-To"] = Address(name, addr_spec=reply_to)
    _write(message, _marked(row.content["body"], letterhead, number) if reply_to else row.content["body"])
    return message


def known_ids(text: str) -> list[str]:
    """The Message-IDs in a header that somebody else wrote, without anything that is none."""
    return _ID.findall(text)


def _thread(message: EmailMessage, letterhead: Letterhead, number: str | None, headers: dict[str, str]) -> None:
    his = known_ids(headers.get("in_reply_to", ""))[:1]
    # All mails of one ticket stand in one thread in the customer's program, under his own first mail where he began by mail.
    own = [letterhead.marks.message_id(THREAD, number, letterhead.domain)] if number else []
    if not number and headers.get("thread"):
        own = [letterhead.marks.message_id(headers["thread"], None, letterhead.domain)]
    before = known_ids(headers.get("references", ""))[-REFERENCES_MAX:]
    references = list(dict.fromkeys([*before, *his, *own]))
    if his:
        message["In-Reply-To"] = his[0]
    if references:
        message["References"] = " ".join(references)


def _marked(body: str, letterhead: Letterhead, number: str | None) -> str:
    return f"{REPLY_ABOVE}\n\n{body}\n\n{letterhead.marks.quoted(number or '')}"


def _write(message: EmailMessage, body: str) -> None:
    message.set_content(body, cte=_encoding(body))
    html = html_of(body)
    message.add_alternative(html, subtype="html", cte=_encoding(html))


def _encoding(text: str) -> str:
    # As it is where servers allow it (RFC 5322 2.1.1: at most 998 octets a line), else in an encoding that folds lines.
    return "8bit" if all(len(line.encode()) <= LINE_OCTETS for line in text.splitlines()) else "quoted-printable"


def _ascii(address: str) -> str:
    """The address with its domain as servers know it (RFC 5891)."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{idna.encode(domain, uts46=True).decode()}"
