"""One ticket as its customer reads it: messages and what happened between them, in order, and what is awaited from him."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from escalation import tickets
from escalation.desk import shown
from escalation.desk.life import is_held, thread_for_customer
from escalation.models import Author, Status, Ticket, TicketEvent, TicketMessage
from escalation.ratings import FINISHED, SCORES

BY_CUSTOMER = {
    Status.SOLVED: "Usted lo dio por resuelto",
    Status.OPEN: "Usted lo reabrió",
}
BY_OTHERS = {
    Status.OPEN: "tiene el ticket en curso",
    Status.WAITING: "espera su respuesta",
    Status.SOLVED: "dio el ticket por resuelto",
    Status.CLOSED: "cerró el ticket",
    Status.NEW: "volvió el ticket a nuevo",
}
WITH_ANOTHER = {
    "split_from": "Soporte abrió este ticket con una parte del {}",
    "split_to": "Soporte abrió aparte el ticket {} con una parte de éste",
}
REOPENED = "volvió a abrir el ticket"
WHO = {Author.STAFF: "Soporte", Author.SYSTEM: "El sistema"}


@dataclass(frozen=True)
class Entry:
    """One thing that happened: a message, or a line about what somebody did."""

    at: datetime
    message: TicketMessage | None = None
    line: str = ""


def timeline(ticket: Ticket, now: datetime) -> list[Entry]:
    """Oldest first. Internal notes and the desk's own affairs (who works on it, how urgent) stay inside the house."""
    said = [Entry(message.created_at, message=message) for message in thread_for_customer(ticket, now)]
    held = {message.created_at for message in ticket.messages if is_held(message, now)}
    done = [Entry(event.at, line=line) for event in shown.visible(ticket.events, held) if (line := _line(event))]
    # A reply reopens: first what he wrote, then what it led to.
    return sorted([*said, *done], key=lambda entry: (entry.at, entry.message is None))


@dataclass(frozen=True)
class Awaited:
    """What Soporte needs from the customer. ``question``: its last message; ``missing``: names of fields that he could not fill."""

    waiting: bool
    question: TicketMessage | None
    missing: tuple[str, ...]


def awaited(ticket: Ticket, now: datetime) -> Awaited | None:
    """None where nothing is: he has answered, left nothing out, or the ticket is done."""
    status = Status(ticket.status)
    if status in (Status.SOLVED, Status.CLOSED):
        return None
    asked = [message for message in thread_for_customer(ticket, now) if message.author == Author.STAFF]
    waiting = status is Status.WAITING
    # What he wrote since may say it; whoever reads it will ask again if not.
    has_written = any(message.author == Author.CUSTOMER for message in ticket.messages)
    missing = () if has_written and not waiting else tickets.missing_of(ticket.fields)
    if not waiting and not missing:
        return None
    return Awaited(waiting, asked[-1] if waiting and asked else None, missing)


def _line(event: TicketEvent) -> str:
    if event.kind == "opened":
        # One that was split off says so below.
        return "Usted abrió el ticket" if event.author == Author.CUSTOMER else ""
    if event.kind in WITH_ANOTHER:
        return WITH_ANOTHER[event.kind].format(event.new)
    if event.kind == "rated":
        return f"Usted valoró la ayuda: «{SCORES[str(event.new)]}»"
    if event.kind != "status":
        return ""
    status, again = Status(str(event.new)), event.old in FINISHED
    if event.author == Author.CUSTOMER:
        # His answer to a question sets it going again: the message says so itself.
        return BY_CUSTOMER.get(status, "") if status is not Status.OPEN or again else ""
    return f"{WHO[Author(event.author)]} {REOPENED if status is Status.OPEN and again else BY_OTHERS[status]}"
