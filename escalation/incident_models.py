"""The data of incidents: what is down, whose tickets belong to it, who wants to hear that it is back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from escalation.models import Base, new_id


class Incident(Base):
    """A declared outage. ``areas`` and ``domains``: whom it touches, see incidents; ``text`` is what customers are told."""

    __tablename__ = "incidents"
    __table_args__ = (Index("ix_incidents_closed_at", "closed_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    areas: Mapped[list[Any]]
    server: Mapped[str] = mapped_column(String(120))
    domains: Mapped[list[Any]]
    declared_by: Mapped[str] = mapped_column(String(36))
    declared_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closing_text: Mapped[str | None] = mapped_column(Text)


class IncidentTicket(Base):
    """A ticket that is about the incident; of one at a time."""

    __tablename__ = "incident_tickets"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    attached_at: Mapped[datetime]


class IncidentSubscriber(Base):
    """Who asked in a chat to be told when it is back; ``customer_id`` where he was logged in there."""

    __tablename__ = "incident_subscribers"
    __table_args__ = (UniqueConstraint("incident_id", "conversation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"))
    conversation_id: Mapped[str] = mapped_column(String(64))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"), index=True)
    asked_at: Mapped[datetime]


class IncidentMessage(Base):
    """What all attached customers were told, once more or at its end."""

    __tablename__ = "incident_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    staff_id: Mapped[str] = mapped_column(String(36))
    body: Mapped[str] = mapped_column(Text)
    reached: Mapped[int]
    at: Mapped[datetime]


class SuspectedIncident(Base):
    """A burst of similar reports, once staff were told of it. ``place`` is a domain, or empty; ``numbers`` of its tickets."""

    __tablename__ = "suspected_incidents"

    id: Mapped[int] = mapped_column(primary_key=True)
    area: Mapped[str] = mapped_column(String(10))
    place: Mapped[str] = mapped_column(String(253))
    numbers: Mapped[list[Any]]
    noticed_at: Mapped[datetime] = mapped_column(index=True)
    dismissed_at: Mapped[datetime | None]
