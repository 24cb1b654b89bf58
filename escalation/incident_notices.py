"""The mails about an incident to whoever has no ticket for it, and to staff about one that is only suspected."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.incident_models import Incident
from escalation.mail import incident as incident_mail
from escalation.mail.incident import Affected, News, Phase
from escalation.mail.rendering import write
from escalation.models import Customer, Staff
from escalation.notices import AREA_NAMES
from escalation.outbox import enqueue_mail


def told(session: Session, incident: Incident, customer: Customer, text: str, key: str, is_over: bool, now: datetime) -> None:
    """News of it, or that it is over. ``key``: unique in the incident."""
    phase = Phase.SOLVED if is_over else Phase.UPDATE
    incident_mail.queue(session, News(incident.id, key, phase, incident.title, text), [Affected(customer)], now)


def suspected(session: Session, area: str, place: str, numbers: list[str], key: str, now: datetime) -> None:
    """To each of active staff: several customers report the same."""
    where = f"{AREA_NAMES[area]}{f', {place}' if place else ''}"
    letter = write("incident_suspected", where=where, numbers=numbers)
    for member in session.scalars(select(Staff).where(Staff.active).order_by(Staff.email)):
        enqueue_mail(session, f"{key}-{member.id}", member.email, letter.subject, letter.body, now, auto_submitted="auto-generated")
