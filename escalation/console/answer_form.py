"""Taking the form under a ticket: an answer or a note, a status, or both; then the next ticket opens."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from escalation import tickets
from escalation.console import ticket_page
from escalation.console.acts import hold_of
from escalation.console.listing import args_of, wanted_of
from escalation.console.ticket_page import Typed
from escalation.desk import answer_drafts, queues
from escalation.desk.queues import Onlooker
from escalation.errors import InvalidReport, NotAllowed, StaleTicket
from escalation.models import Status, Ticket
from escalation.tickets import StaffUpdate


def take(number: str) -> ResponseReturnValue:
    """What was typed comes back with the reason where it cannot be done; it is his draft as well, on any device."""
    found, now = tickets.find(g.session, number), datetime.now(UTC)
    try:
        # Where the list goes on from here is asked before the answer moves the ticket.
        following = _following(found, now)
        tickets.update_as_staff(g.session, found, g.staff, _change(found), g.settings.area_url, now, g.settings.business_hours)
        g.session.commit()
    except (StaleTicket, StaleDataError):
        return _again(number, _("Otra persona cambió este ticket. Revise lo nuevo y vuelva a enviar."), 409)
    except NotAllowed:
        return _again(number, _("Ese cambio de estado no es posible."), 409)
    except (InvalidReport, ValueError):
        return _again(number, _("Escriba una respuesta o elija otro estado."), 422)
    flash(_("Enviado.") if found.number == number else _("Enviado a %(number)s.", number=found.number))
    return redirect(following)


def _change(found: Ticket) -> StaffUpdate:
    form = request.form
    return StaffUpdate(
        body=form.get("body", ""),
        status=Status(form.get("then") or form.get("status", found.status)),
        version=int(form.get("version", "0")),
        internal=form.get("internal") == "1",
        hold=hold_of(form.get("hold")),
    )


def _following(found: Ticket, now: datetime) -> str:
    """The next ticket of the list that he came from; this one again where he wants to stay or only noted something."""
    wanted, form = wanted_of(request.args), request.form
    stays = form.get("stay") == "1" or (form.get("internal") == "1" and not form.get("then"))
    if stays or "cola" not in request.args:
        return url_for("console.ticket", number=found.number, **_args())
    other = queues.following(g.session, wanted, Onlooker(g.staff, now, g.settings.business_hours), found)
    if other is None:
        return url_for("console.queue", **args_of(wanted))
    return url_for("console.ticket", number=other.number, **args_of(wanted))


def _again(number: str, error: str, status: int) -> tuple[str, int]:
    g.session.rollback()
    found, form = tickets.find(g.session, number), request.form
    try:
        answer_drafts.keep(g.session, found, g.staff, form.get("body", ""), form.get("internal") == "1", datetime.now(UTC))
        g.session.commit()
    except InvalidReport:
        g.session.rollback()
    seen = form.get("seen", "")
    typed = Typed(
        body=form.get("body", ""),
        internal=form.get("internal") == "1",
        status=form.get("then") or form.get("status", ""),
        error=error,
        seen=int(seen) if seen.isdecimal() else 0,
        stays=form.get("stay") == "1",
    )
    return ticket_page.render(tickets.find(g.session, number), typed), status


def _args() -> dict[str, object]:
    return args_of(wanted_of(request.args)) if "cola" in request.args else {}
