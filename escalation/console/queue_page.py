"""The page that staff work from: the queues with their numbers, filters, saved views, and one page of tickets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import g, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select

from escalation import search
from escalation.console import words
from escalation.console.listing import args_of, wanted_of
from escalation.desk import merging, presence, queues, views
from escalation.desk.queues import Onlooker, Page
from escalation.desk.wanted import NOBODY, Queue, Wanted, wanted_from
from escalation.models import Staff, Ticket

QUERY_MAX = 200
NUMBER = re.compile(r"MDA-[0-9A-Z]{6}")


def render() -> str:
    """The whole page, or only its list where htmx asks for that part."""
    wanted, now = wanted_of(request.args), datetime.now(UTC)
    query = request.args.get("q", "")[:QUERY_MAX].strip()
    by = Onlooker(g.staff, now, g.settings.business_hours)
    page = _found(query, wanted, by) if query else queues.page(g.session, wanted, by, request.args.get("desde", ""))
    shown: dict[str, Any] = {
        "tickets": page.tickets,
        "next_key": page.next_key,
        "wanted": wanted,
        "args": args_of(wanted),
        "query": query,
        "place": request.args.get("antes" if query else "desde", ""),
        "here": presence.of_tickets(g.session, [ticket.id for ticket in page.tickets], now, but=g.staff),
        "now": now,
        "queue_names": words.queues(),
    }
    if request.headers.get("HX-Target") == "lista":
        return render_template("console_list.html", **shown)
    return render_template("console_queue.html", **shown, **_around(by))


def _found(query: str, wanted: Wanted, by: Onlooker) -> Page:
    # A whole number names one ticket; as words, its first half would be looked for in every ticket there is.
    if NUMBER.fullmatch(query.upper()):
        ticket = g.session.scalar(select(Ticket).where(Ticket.number == query.upper()))
        if ticket is not None:
            return Page(queues.listed(g.session, [merging.final(g.session, ticket).id]))
    # Who searches looks for a ticket wherever it is, unless he says where.
    everywhere = wanted if "cola" in request.args else replace(wanted, queue=Queue.ALL)
    conditions = queues.conditions(everywhere, by)
    before = request.args.get("antes", "")
    found = search.find(g.session, query, *conditions, before=int(before) if before.isdecimal() else None)
    tickets = queues.listed(g.session, [ticket.id for ticket in found.tickets])
    return Page(tickets, str(found.next_key) if found.next_key is not None else None)


def _around(by: Onlooker) -> dict[str, Any]:
    staff = _staff()
    return {
        "counts": queues.counts(g.session, by),
        "count_max": queues.COUNT_MAX,
        "views": [(view, args_of(wanted_from(view.wanted))) for view in views.of(g.session, g.staff)],
        "staff": staff,
        "assignees": [(NOBODY, _("Nadie")), *((member.id, member.name) for member in staff)],
        "sorts": words.sorts(),
        "statuses": words.statuses(),
        "areas": words.areas(),
        "priorities": words.priorities(),
    }


def _staff() -> Sequence[Staff]:
    return g.session.scalars(select(Staff).where(Staff.active).order_by(Staff.name)).all()


def promise_of(ticket: Ticket, now: datetime) -> dict[str, str]:
    """How long until its promise breaks, in words and with a sign; ``kind`` is for the colour, which says nothing of its own."""
    if ticket.promised_at is None:
        rests = ticket.promise_left is not None
        return {"kind": "rests", "sign": "⏸", "text": _("en pausa")} if rests else {"kind": "none", "sign": "", "text": ""}
    left = ticket.promised_at - now
    if left.total_seconds() < 0:
        return {"kind": "late", "sign": "⚠", "text": _("venció hace %(time)s", time=words.duration(-left))}
    soon = ticket.promised_at <= g.settings.business_hours.add(now, queues.CLOSE_WITHIN)
    return {
        "kind": "soon" if soon else "fine",
        "sign": "◔" if soon else "◷",
        "text": _("faltan %(time)s", time=words.duration(left)),
    }
