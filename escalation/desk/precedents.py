"""Tickets that were solved and are about the same, by the likeness of their descriptions' embeddings, with what was answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from escalation.models import Author, Customer, Status, Ticket, TicketMessage

DONE = (Status.SOLVED, Status.CLOSED)
# Of each status, the freshest of the same service area: what was answered years ago may not be true any more, and however
# many there are, so many vectors (0.8 MB) are read.
READ_MAX = 1_000
# Below it, pairs of our customers' descriptions had little more in common than the service area.
COSINE_AT = 0.6
SHOWN = 3
HIDDEN = "[…]"


@dataclass(frozen=True)
class Precedent:
    """A solved ticket, how alike its description is (cosine), and the last answer that its customer got, without his data."""

    ticket: Ticket
    likeness: float
    answer: str


def alike(session: Session, area: str, vector: bytes, but: int, limit: int = SHOWN) -> list[Precedent]:
    """The most alike first; of ``area``, and not the ticket with the id ``but``."""
    scored = _scored(session, area, vector, but)
    best = sorted(scored, reverse=True)[: 2 * limit]
    tickets = _tickets(session, [row_id for _likeness, row_id in best])
    answers = _answers(session, list(tickets))
    told = [
        Precedent(tickets[row_id], likeness, neutral(answers[row_id], tickets[row_id].customer))
        for likeness, row_id in best
        if row_id in tickets and row_id in answers
    ]
    return told[:limit]


def neutral(text: str, customer: Customer) -> str:
    """Without the names by which this customer is known: what was written to one must not be read by another."""
    own = [customer.name, *customer.name.split(), *(item.address for item in customer.addresses)]
    own += [item.name for item in (*customer.domains, *customer.mailboxes)]
    # Short words of a name ("de", "la") are words of any text.
    names = sorted({name for name in own if len(name) > 3}, key=len, reverse=True)
    if not names:
        return text
    return re.sub("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names), HIDDEN, text, flags=re.IGNORECASE)


def _scored(session: Session, area: str, vector: bytes, but: int) -> list[tuple[float, int]]:
    wanted = np.frombuffer(vector, "<f2").astype(np.float32)
    found: list[tuple[float, int]] = []
    for status in DONE:
        query = select(Ticket.id, Ticket.vector).where(Ticket.status == status, Ticket.area == area, Ticket.vector.is_not(None))
        freshest = query.where(Ticket.id != but, Ticket.merged_into_id.is_(None)).order_by(Ticket.updated_at.desc()).limit(READ_MAX)
        # One of another length was made by an earlier model.
        rows = [(row_id, packed) for row_id, packed in session.execute(freshest) if len(packed) == len(vector)]
        found += _cosines(wanted, rows)
    return [(likeness, row_id) for likeness, row_id in found if likeness >= COSINE_AT]


def _cosines(wanted: np.ndarray, rows: Sequence[tuple[int, bytes]]) -> list[tuple[float, int]]:
    if not rows:
        return []
    matrix = np.frombuffer(b"".join(packed for _id, packed in rows), "<f2").astype(np.float32).reshape(len(rows), -1)
    lengths = np.linalg.norm(matrix, axis=1) * np.linalg.norm(wanted)
    likenesses = (matrix @ wanted) / np.maximum(lengths, np.finfo(np.float32).tiny)
    return [(float(likeness), row_id) for likeness, (row_id, _packed) in zip(likenesses, rows, strict=True)]


def _tickets(session: Session, ids: Sequence[int]) -> dict[int, Ticket]:
    query = select(Ticket).where(Ticket.id.in_(ids)).options(joinedload(Ticket.customer))
    return {ticket.id: ticket for ticket in session.scalars(query)}


def _answers(session: Session, ids: Sequence[int]) -> dict[int, str]:
    public = (TicketMessage.author == Author.STAFF) & TicketMessage.internal.is_(False)
    query = select(TicketMessage.ticket_id, TicketMessage.body).where(TicketMessage.ticket_id.in_(ids), public)
    # The last one of each stays.
    return {ticket_id: body for ticket_id, body in session.execute(query.order_by(TicketMessage.id))}
