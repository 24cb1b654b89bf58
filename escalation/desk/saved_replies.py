"""Answers that are written again and again, with variables that each ticket fills in."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import promises
from escalation.business_hours import BusinessHours
from escalation.console_models import SavedReply
from escalation.desk.life import BODY_MAX
from escalation.desk.reports import NOT_KNOWN
from escalation.desk.text import storable
from escalation.errors import InvalidReport, NotFound
from escalation.models import Area, Staff, Ticket

TITLE_MAX = 80
REPLIES_MAX = 500
# Spanish, as the agent types them: {cliente}.
VARIABLES = ("cliente", "nombre", "numero", "asunto", "sitio", "agente", "promesa")
_VARIABLE = re.compile(r"\{(\w+)\}")
GAP = "___"


def save(session: Session, member: Staff, reply_id: str, title: str, body: str, area: str, now: datetime) -> SavedReply:
    """A new one where ``reply_id`` is empty.

    Raises:
        InvalidReport: ``fields`` names what is missing, too long, doubled, or a variable that there is none of.
        NotFound: there is none of that id.
    """
    called, text = " ".join(storable(title).split()), storable(body).replace("\r\n", "\n").strip()
    _check(session, reply_id, called, text)
    reply = session.get(SavedReply, reply_id) if reply_id else SavedReply()
    if reply is None:
        raise NotFound("there is no such reply")
    reply.title, reply.body, reply.area = called, text, area if area in set(Area) else None
    reply.changed_by_id, reply.changed_at = member.id, now
    session.add(reply)
    session.flush()
    return reply


def remove(session: Session, reply_id: str) -> None:
    """Raises:
    NotFound: there is none of that id.
    """
    session.delete(find(session, reply_id))
    session.flush()


def find(session: Session, reply_id: str) -> SavedReply:
    """Raises:
    NotFound: there is none of that id.
    """
    reply = session.get(SavedReply, reply_id)
    if reply is None:
        raise NotFound("there is no such reply")
    return reply


def all_of(session: Session, area: str | None = None) -> list[SavedReply]:
    """By title; those of ``area`` first, where one is given."""
    found = list(session.scalars(select(SavedReply).order_by(SavedReply.title).limit(REPLIES_MAX)))
    return sorted(found, key=lambda reply: reply.area != area) if area else found


def filled(reply: SavedReply, ticket: Ticket, member: Staff, now: datetime, hours: BusinessHours) -> str:
    """Its text for this ticket; what the ticket does not tell is a gap that is seen before it is sent."""
    site = ticket.fields.get("site") or NOT_KNOWN
    values = {
        "cliente": ticket.customer.name,
        "nombre": ticket.customer.name.partition(" ")[0],
        "numero": ticket.number,
        "asunto": ticket.subject,
        "sitio": GAP if site == NOT_KNOWN else str(site),
        "agente": member.name,
        "promesa": promises.spoken(ticket.promised_at, now, hours) if ticket.promised_at else GAP,
    }
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), reply.body)


def _check(session: Session, reply_id: str, title: str, body: str) -> None:
    wrong: dict[str, str] = {}
    if not title or len(title) > TITLE_MAX:
        wrong["title"] = "length"
    elif session.scalar(select(SavedReply.id).where(SavedReply.title == title, SavedReply.id != reply_id)):
        wrong["title"] = "used"
    if not body or len(body) > BODY_MAX:
        wrong["body"] = "length"
    elif unknown := sorted(set(_VARIABLE.findall(body)) - set(VARIABLES)):
        wrong["body"] = "unknown " + ", ".join(unknown)
    if wrong:
        raise InvalidReport("this reply cannot be kept", **wrong)
