"""The audit log, for administrators: by kind, person and day; as a page and as a CSV, which is noted in turn."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from escalation import audit, staff_members
from escalation.audit import Wanted
from escalation.auth.access import Caller, allow
from escalation.console.admin_words import AUDIT_NAMES
from escalation.console.audited import note_apart
from escalation.console.csv_answer import csv_answer
from escalation.incident_models import Incident
from escalation.models import Customer, Staff
from escalation.pages import TIME_ZONE, local_time

blueprint = Blueprint("audit", __name__, url_prefix="/consola/auditoria")

HEAD = ("momento", "qué", "quién", "sobre", "detalle", "desde")


@blueprint.get("/")
@allow(Caller.ADMIN)
def entries() -> ResponseReturnValue:
    """The newest first."""
    before = request.args.get("before", "")
    found, following = audit.page(g.session, _wanted(), int(before) if before.isdecimal() and len(before) < 19 else None)
    return render_template(
        "console_audit.html",
        entries=found,
        names=_names({entry.subject for entry in found}),
        next_key=following,
        kinds=AUDIT_NAMES,
        staff=[(member.id, member.name) for member in staff_members.every(g.session)],
        chosen=request.args,
    )


@blueprint.get("/csv")
@allow(Caller.ADMIN)
def as_csv() -> ResponseReturnValue:
    """All that the filter leaves, the oldest first."""
    note_apart(audit.EXPORTED, "audit")
    rows = (
        (local_time(row.at), AUDIT_NAMES[row.kind], row.actor_name, row.subject, said(row.detail), row.origin)
        for row in audit.rows(g.session, _wanted())
    )
    return csv_answer("auditoria", HEAD, rows)


def said(detail: dict[str, object]) -> str:
    """A line's details."""
    return ", ".join(f"{name}: {value}" for name, value in detail.items())


def _names(subjects: set[str]) -> dict[str, str]:
    """Of the members of staff, customers and incidents among them, by id."""
    found: dict[str, str] = {}
    for table, name in ((Staff, Staff.name), (Customer, Customer.name), (Incident, Incident.title)):
        found |= {key: text for key, text in g.session.execute(select(table.id, name).where(table.id.in_(subjects)))}
    return found


def _wanted() -> Wanted:
    kind = request.args.get("kind", "")
    until = _day(request.args.get("until", ""))
    return Wanted(
        kind=kind if kind in audit.KINDS else None,
        actor_id=request.args.get("actor") or None,
        since=_day(request.args.get("since", "")),
        until=until + timedelta(days=1) if until else None,
    )


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=TIME_ZONE)
    except ValueError:
        return None
