"""What the desk's own work tells: mails of merging, splitting and late promises, and the words of its messages (es-AR, usted)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from escalation import chat_news
from escalation.mail.rendering import write
from escalation.models import Staff, Ticket, TicketMessage
from escalation.notices import FIELD_NAMES, to_customer, to_staff
from escalation.outbox import enqueue_mail

# What a field of the report is asked for with, one sentence each.
QUESTIONS: dict[str, str] = {
    "description": "¿Puede contarnos con más detalle qué quería hacer y qué pasó?",
    "error_message": "¿Qué mensaje de error aparece exactamente? Puede copiarlo y pegarlo tal cual.",
    "site": "¿Qué sitio web o qué cuenta tiene el problema?",
    "scope": "¿Pasa con una sola casilla, con varias o con todas las del dominio?",
    "mail_program": "¿Desde qué programa se presenta el problema (Outlook, Thunderbird, Webmail, el celular)?",
    "frequency": "¿Pasa siempre, sólo en ciertos casos, o pasó una sola vez?",
    "circumstances": "¿En qué situaciones pasa? Por ejemplo, sólo al enviar con adjuntos o sólo desde la oficina.",
    "since": "¿Desde cuándo pasa?",
    "attachments": "¿Puede enviarnos una captura de pantalla con el error, o el mail devuelto por el servidor?",
}


def questions(names: Sequence[str], remark: str) -> str:
    """What the customer is asked, as the message that he gets."""
    asked = "\n".join(f"- {QUESTIONS[name]}" for name in names)
    more = f"\n\n{remark.strip()}" if remark.strip() else ""
    return (
        "Para poder ayudarlo mejor y más rápido, le pedimos por favor que nos indique lo siguiente:\n\n"
        f"{asked}{more}\n\nPuede responder por el medio que le resulte más cómodo. En cuanto recibamos su respuesta seguimos "
        "trabajando en su ticket. Muchas gracias."
    )


def merged_report(source: Ticket) -> str:
    """What stands in the thread of the ticket that ``source`` went into."""
    report = "\n".join(f"{FIELD_NAMES.get(name, name)}: {value}" for name, value in source.fields.items() if value)
    head = (
        f"Unimos a este ticket el {source.number} («{source.subject}»), que trata de lo mismo. Lo que usted nos había contado allí:"
    )
    # As long as a message may be: the report itself is kept whole where it was written.
    return f"{head}\n\n{report}"[:19_000]


def merged(session: Session, source: Ticket, target: Ticket, message: TicketMessage, link: str, now: datetime) -> None:
    """The customer learns where his ticket went."""
    letter = write("merged", source=source.number, number=target.number, name=target.customer.name, link=link)
    to_customer(session, target, f"message-{message.id}", letter, now)


def split_off(session: Session, old: Ticket, new: Ticket, link: str, promised: str, now: datetime) -> None:
    """The customer learns that a part of his ticket has a number of its own."""
    letter = write(
        "split_off", old=old.number, number=new.number, topic=new.subject, name=new.customer.name, link=link, promised=promised
    )
    to_customer(session, new, f"ticket-{new.number}-received", letter, now)


def promise_renewed(session: Session, ticket: Ticket, event_id: int, times: tuple[str, str], link: str, now: datetime) -> None:
    """The customer gets another time, and our apology; ``times``: what we had said, what we say now."""
    before, after = times
    letter = write("promise_renewed", number=ticket.number, name=ticket.customer.name, before=before, after=after, link=link)
    to_customer(session, ticket, f"event-{event_id}", letter, now, unasked=True)
    chat_news.promise_renewed(session, ticket, event_id, after, link, now)


def promise_ends(session: Session, ticket: Ticket, event_id: int, promised: str, now: datetime) -> None:
    """Staff learn that the customer is about to wait longer than we said."""
    subject = f"Por vencer, se prometió {promised}: {ticket.number}: {ticket.subject}"
    to_staff(session, ticket, f"event-{event_id}", subject, now, urgent=True)


def assigned(session: Session, ticket: Ticket, event_id: int, member: Staff, now: datetime) -> None:
    """He learns that it is his now."""
    letter = write("assigned", number=ticket.number, topic=ticket.subject, customer=ticket.customer.name)
    headers = {"ticket": ticket.number, "auto_submitted": "auto-generated"}
    enqueue_mail(session, f"event-{event_id}-{member.id}", member.email, letter.subject, letter.body, now, **headers)
