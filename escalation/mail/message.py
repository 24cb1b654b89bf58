"""An outbox row as an Internet message (RFC 5322), the same bytes' identity on every try."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr

import idna

from escalation.models import OutboxRow

LINE_OCTETS = 998


def build(row: OutboxRow, sender: str) -> EmailMessage:
    """The message of ``row``. Its Message-ID comes from the row's key: a second sending is recognisable as the same mail."""
    name, address = parseaddr(sender)
    domain = address.rpartition("@")[2]
    message = EmailMessage()
    message["From"] = Address(name, addr_spec=address)
    message["To"] = Address(addr_spec=_ascii(row.recipient))
    message["Subject"] = " ".join(row.content["subject"].split())
    message["Date"] = row.created_at
    message["Message-ID"] = f"<{row.key}@{domain}>"
    headers = row.content["headers"]
    if headers.get("ticket"):
        # All mails of one ticket stand in one thread in the customer's program.
        message["References"] = f"<ticket-{headers['ticket']}@{domain}>"
    # RFC 3834 and Exchange's own header: no out-of-office answers to a machine.
    message["Auto-Submitted"] = headers.get("auto_submitted", "auto-generated")
    message["X-Auto-Response-Suppress"] = "DR, RN, OOF, AutoReply"
    body = row.content["body"]
    # As it is where servers allow it (RFC 5322 2.1.1: at most 998 octets a line), else in an encoding that folds lines.
    short_lines = all(len(line.encode()) <= LINE_OCTETS for line in body.splitlines())
    message.set_content(body, cte="8bit" if short_lines else "quoted-printable")
    return message


def _ascii(address: str) -> str:
    """The address with its domain as servers know it (RFC 5891)."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{idna.encode(domain, uts46=True).decode()}"
