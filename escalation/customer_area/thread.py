"""One ticket: what was said and done, reply, solved, reopen, and its files."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm.exc import StaleDataError

from escalation import attachments, customer_tickets, form_drafts, promises, ratings, ticket_list, tickets
from escalation.auth.access import Caller, allow
from escalation.body_limits import SEVERAL_FILES, body_up_to
from escalation.customer_area import replies, uploads
from escalation.customer_area.door import blueprint, write_aside
from escalation.customer_area.kept import PAGE_LAPSED, keeps_text, stale
from escalation.downloads import download
from escalation.errors import NotAllowed
from escalation.models import Status, Ticket
from escalation.timeline import awaited, timeline

KEY_MAX = 60


@blueprint.get("/tickets/<number>")
@allow(Caller.CUSTOMER)
def ticket(number: str) -> ResponseReturnValue:
    """One ticket with its thread; internal notes stay inside the house. A merged one leads to where it went."""
    found = tickets.find(g.session, number, g.customer)
    if found.number != number:
        return redirect(url_for("area.ticket", number=found.number))
    draft = form_drafts.kept(g.session, g.customer, found.number, datetime.now(UTC))
    page = _page(found, draft.get("body", ""), key=draft.get("key", ""), recovered=bool(draft))
    if ticket_list.is_unread(g.session, found, datetime.now(UTC)):
        write_aside(lambda session: ticket_list.mark_seen(session, found.id, datetime.now(UTC)))
    return page


@blueprint.post("/tickets/<number>")
@body_up_to(SEVERAL_FILES)
@keeps_text
@allow(Caller.CUSTOMER)
def reply(number: str) -> ResponseReturnValue:
    """He writes, with files if he likes. What was typed comes back with the reason where it cannot be taken."""
    found = tickets.find(g.session, number, g.customer)
    # Browsers count a line's end as one character and send two.
    body, key = request.form.get("body", "").replace("\r\n", "\n"), request.form.get("key", "")[:KEY_MAX] or str(uuid.uuid4())
    if stale():
        return _page(found, body, PAGE_LAPSED, key), 400
    reason = replies.write(found.number, body, key, uploads.chosen())
    if reason is not None:
        return _page(tickets.find(g.session, number, g.customer), body, reason, key), 422
    flash("Su mensaje fue agregado al ticket.")
    return redirect(url_for("area.ticket", number=found.number))


@blueprint.post("/tickets/<number>/resuelto")
@allow(Caller.CUSTOMER)
def solve(number: str) -> ResponseReturnValue:
    """He says that it is solved."""
    return _change(number, Status.SOLVED, "Gracias por avisarnos: el ticket quedó resuelto.")


@blueprint.post("/tickets/<number>/reabrir")
@allow(Caller.CUSTOMER)
def reopen(number: str) -> ResponseReturnValue:
    """He says that it is not, after all."""
    return _change(number, Status.OPEN, "El ticket está abierto de nuevo. Cuéntenos qué sigue pasando.")


@blueprint.get("/adjuntos/<attachment_id>")
@allow(Caller.CUSTOMER)
def attachment(attachment_id: str) -> ResponseReturnValue:
    """A file of his own, to be saved."""
    return download(attachments.find(g.session, attachment_id, g.customer))


def _change(number: str, status: Status, said: str) -> ResponseReturnValue:
    try:
        _moved(number, status)
    except StaleDataError:
        # Somebody of Soporte was faster by a moment: do it on what is there now.
        g.session.rollback()
        _moved(number, status)
    except NotAllowed:
        g.session.rollback()
        said = "El ticket cambió mientras tanto; así está ahora."
    flash(said)
    return redirect(url_for("area.ticket", number=number.strip().upper()))


def _moved(number: str, status: Status) -> None:
    found = tickets.find(g.session, number, g.customer)
    customer_tickets.change(g.session, found, status, datetime.now(UTC), g.settings.business_hours)
    g.session.commit()


def _page(found: Ticket, typed: str = "", error: str = "", key: str = "", recovered: bool = False) -> str:
    now = datetime.now(UTC)
    promised = overdue = None
    if found.promised_at is not None and found.status in (Status.NEW, Status.OPEN):
        promised = promises.spoken(found.promised_at, now, g.settings.business_hours)
        overdue = found.promised_at < now
    return render_template(
        "area_ticket.html",
        ticket=found,
        timeline=timeline(found, now),
        awaited=awaited(found, now),
        promised=promised,
        overdue=overdue,
        may_solve=found.status in customer_tickets.CUSTOMER_MAY[Status.SOLVED],
        may_reopen=found.status in customer_tickets.CUSTOMER_MAY[Status.OPEN],
        may_rate=ratings.is_open(found, now),
        scores=ratings.SCORES,
        typed=typed,
        error=error,
        key=key or str(uuid.uuid4()),
        recovered=recovered,
    )
