"""How the help was: the customer's verdict on a finished ticket, in the Área de Clientes or from the link in the mail."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.area_models import RatingLink, TicketRating
from escalation.errors import InvalidReport, NotAllowed, NotFound
from escalation.links import hash_of, new_token
from escalation.models import Author, Status, Ticket, TicketEvent

SCORES = {"good": "Sí, me sirvió", "fair": "Más o menos", "bad": "No me sirvió"}
FINISHED = frozenset({Status.SOLVED, Status.CLOSED})
# Second thoughts come within days; a verdict that is counted already should not move.
CHANGEABLE_FOR = timedelta(days=7)
LINK_LIFETIME = timedelta(days=30)
COMMENT_MAX = 2_000


def is_open(ticket: Ticket, now: datetime) -> bool:
    """Whether it may be rated, or its rating changed."""
    rating: TicketRating | None = ticket.rating  # type: ignore[attr-defined]
    return ticket.status in FINISHED and (rating is None or now < rating.created_at + CHANGEABLE_FOR)


def rate(session: Session, ticket: Ticket, score: str, comment: str, now: datetime) -> TicketRating:
    """His verdict, in place of an earlier one. An empty ``comment`` leaves the earlier one.

    Raises:
        NotAllowed: the ticket is not finished, or was rated more than seven days ago.
        InvalidReport: ``fields``: an unknown score, or a comment past 2,000 characters.
    """
    if not is_open(ticket, now):
        raise NotAllowed("this ticket cannot be rated now")
    if score not in SCORES:
        raise InvalidReport(f"score: one of {', '.join(SCORES)}", score="unknown")
    text = comment.replace("\x00", "").strip()
    if len(text) > COMMENT_MAX:
        raise InvalidReport(f"at most {COMMENT_MAX} characters", comment="long")
    rating = session.get(TicketRating, ticket.id, with_for_update=True)
    old = rating.score if rating else None
    if rating is None:
        rating = TicketRating(ticket_id=ticket.id, created_at=now, comment="")
        session.add(rating)
    rating.score, rating.comment, rating.updated_at = score, text or rating.comment, now
    if old != score:
        event = TicketEvent(ticket_id=ticket.id, kind="rated", author=Author.CUSTOMER, author_id=ticket.customer_id, at=now)
        event.old, event.new = old, score
        session.add(event)
    session.flush()
    session.expire(ticket, ["rating"])
    return rating


def rating_link(session: Session, ticket: Ticket, link: str, now: datetime) -> str:
    """For the mail that says that it is solved; empty where it is not. ``link``: of the ticket's page.

    It rates this ticket and shows nothing of it; a page with buttons stands between, for mail scanners follow links.
    """
    if ticket.status != Status.SOLVED:
        return ""
    token = new_token()
    session.add(RatingLink(token_hash=hash_of(token), ticket_id=ticket.id, expires_at=now + LINK_LIFETIME))
    return f"{link}/valorar/{token}"


def ticket_of_link(session: Session, number: str, token: str, now: datetime) -> Ticket:
    """Which ticket the link of the mail is about.

    Raises:
        NotFound: never issued, another ticket's, older than thirty days, or of a customer who was blocked; always the same words.
    """
    row = session.get(RatingLink, hash_of(token))
    ticket = session.scalar(select(Ticket).where(Ticket.id == row.ticket_id)) if row and row.expires_at > now else None
    if ticket is None or ticket.customer.blocked or ticket.number != number.strip().upper():
        raise NotFound("there is no such ticket")
    return ticket
