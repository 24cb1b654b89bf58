"""Asking the customer for what his report lacks: one stroke for the agent, courteous questions for the customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from escalation.business_hours import BusinessHours
from escalation.desk import mails
from escalation.desk.answering import StaffUpdate, update_as_staff
from escalation.desk.history import record
from escalation.desk.life import Act
from escalation.desk.reports import NOT_KNOWN
from escalation.errors import InvalidReport
from escalation.models import Area, Status, Ticket, TicketMessage

# What a good report of each area holds, after the support policy; the same as the chat's form asks for.
_BREAKS = ("error_message", "site", "circumstances", "since", "attachments")
WANTED: dict[str, tuple[str, ...]] = {
    Area.MAIL: ("error_message", "site", "scope", "mail_program", "frequency", "circumstances", "since", "attachments"),
    Area.SITE: ("error_message", "site", "frequency", "circumstances", "since", "attachments"),
    Area.DOMAIN: _BREAKS,
    Area.PAYMENT: ("site", "attachments"),
    Area.ACCOUNT: ("error_message", "site", "frequency", "circumstances", "since", "attachments"),
    Area.OTHER: ("error_message", "site", "frequency", "circumstances", "since", "attachments"),
}


def lacking(ticket: Ticket) -> list[str]:
    """Names of the fields that would help and that he did not fill in, in the order of the form."""
    sent_files = bool(ticket.attachments)
    empty = [name for name in WANTED[ticket.area] if (ticket.fields.get(name) or NOT_KNOWN) == NOT_KNOWN]
    return [name for name in empty if name != "attachments" or not sent_files]


def ask(
    session: Session,
    ticket: Ticket,
    names: Sequence[str],
    act: Act,
    area_url: str,
    hours: BusinessHours,
    remark: str = "",
    hold: timedelta = timedelta(),
) -> TicketMessage | None:
    """Ask for the fields ``names``, with a ``remark`` of one's own; the ticket waits on the customer, and so does the promise.

    His answer in any channel lands in the ticket and opens it again.

    Raises:
        InvalidReport: no name, or an unknown one.
        StaleTicket, NotAllowed: see answering.update_as_staff.
    """
    unknown = [name for name in names if name not in mails.QUESTIONS]
    if unknown or not names:
        raise InvalidReport("name fields of the report", names=", ".join(unknown) or "none")
    wanted = list(dict.fromkeys(names))
    question = StaffUpdate(mails.questions(wanted, remark), Status.WAITING, act.version, hold=hold, asks=True)
    message = update_as_staff(session, ticket, act.member, question, area_url, act.at, hours)
    record(session, ticket, "asked", act.by, None, ", ".join(wanted))
    return message
