"""The page of one ticket in the console: what matters at one look, the thread, the form to answer, and what is beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import g, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from escalation.console import history, words
from escalation.console.listing import args_of, wanted_of
from escalation.desk import answer_drafts, asking, followers, life, links, merging, presence
from escalation.desk.life import TRANSITIONS
from escalation.models import Customer, Staff, Status, Ticket
from escalation.ratings import SCORES

OTHERS_SHOWN = 5
# As the widget and Messenger show them; HEIC is for the telephone's own viewer.
SHOWN_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


@dataclass(frozen=True)
class Typed:
    """What he had put into the form that could not be sent, and why; ``seen``: the last event that his page showed."""

    body: str = ""
    internal: bool = False
    status: str = ""
    error: str = ""
    seen: int = 0
    stays: bool = False


def render(found: Ticket, typed: Typed | None = None) -> str:
    """With what was ``typed`` and the reason why it could not be done; else with the draft that he left."""
    typed = typed or _draft(found)
    listed = wanted_of(request.args)
    return render_template(
        "console_ticket.html",
        typed=typed,
        args=args_of(listed) if "cola" in request.args else {},
        staff=_names(),
        field_names=words.fields(),
        news=[line for line in _history(found) if typed.seen and line.id > typed.seen],
        **thread_of(found),
        **_beside(found),
    )


def thread(found: Ticket) -> str:
    """Only what changes while the page is open: the head and the thread."""
    return render_template("console_thread.html", **thread_of(found), args={}, partial=True)


def thread_of(found: Ticket) -> dict[str, Any]:
    """For ``console_thread.html``."""
    now, lines = datetime.now(UTC), _history(found)
    present = Status(found.status)
    return {
        "ticket": found,
        "now": now,
        "history": lines,
        "last_event": lines[-1].id if lines else 0,
        "here": presence.who_is_here(g.session, found, now, but=g.staff),
        "choices": [present, *(status for status in Status if status in TRANSITIONS[present])],
        "files_by_message": _files_by_message(found),
        "lacking": asking.lacking(found),
        "is_held": lambda message: life.is_held(message, now),
        "shown_pictures": () if g.settings.files_url else SHOWN_PICTURES,
    }


def _beside(found: Ticket) -> dict[str, Any]:
    session, watching = g.session, followers.watchers(g.session, found)
    customer = session.scalars(select(Customer).where(Customer.id == found.customer_id).options(*_SERVICES)).one()
    others = select(Ticket).where(Ticket.customer_id == customer.id, Ticket.id != found.id, Ticket.merged_into_id.is_(None))
    newest = others.order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(OTHERS_SHOWN + 1)
    shown = session.scalars(newest).all()
    return {
        "customer": customer,
        "others": shown[:OTHERS_SHOWN],
        "has_more": len(shown) > OTHERS_SHOWN,
        "priorities": words.priorities(),
        "areas": words.areas(),
        "watching": watching,
        "watches": g.staff.id in {member.id for member in watching},
        "related": links.related(session, found),
        "merged": merging.merged_into(session, found),
        "help_url": f"{g.settings.front_public_url}/ayuda/",
        "scores": SCORES,
    }


_SERVICES = (selectinload(Customer.addresses), selectinload(Customer.domains), selectinload(Customer.mailboxes))


def _draft(found: Ticket) -> Typed:
    draft = answer_drafts.of(g.session, found, g.staff)
    return Typed(draft.body, draft.internal) if draft else Typed()


def _names() -> dict[str, str]:
    if "staff_names" not in g:
        rows = g.session.execute(select(Staff.id, Staff.name).order_by(Staff.name))
        g.staff_names = {staff_id: name for staff_id, name in rows}
    return g.staff_names


def _history(found: Ticket) -> list[history.Line]:
    if "history_lines" not in g:
        g.history_lines = history.lines(merging.history(g.session, found), _names())
    return g.history_lines


def _files_by_message(found: Ticket) -> dict[int | None, list[Any]]:
    files: dict[int | None, list[Any]] = {}
    for item in found.attachments:
        files.setdefault(item.message_id, []).append(item)
    return files
