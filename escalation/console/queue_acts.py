"""What is done to a list of tickets: one thing to many of them, and keeping the list itself as a view."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.auth.access import Caller, allow
from escalation.console.listing import args_of, wanted_of
from escalation.desk import bulk, views
from escalation.desk.bulk import Many, Outcome
from escalation.errors import DeskError, InvalidReport
from escalation.models import Status

blueprint = Blueprint("queues", __name__, url_prefix="/consola")

MINE = "yo"

# By the name of the form's button; the value is what its field says.
ACTIONS: dict[str, Callable[[Many, str], Outcome]] = {
    "assign": lambda many, value: bulk.assign(g.session, many, g.staff.id if value == MINE else value or None),
    "status": lambda many, value: bulk.set_status(g.session, many, Status(value)),
    "priority": lambda many, value: bulk.set_priority(g.session, many, value),
    "tag": lambda many, value: bulk.add_tag(g.session, many, value),
}


@blueprint.post("/acciones")
@allow(Caller.AGENT)
def act() -> ResponseReturnValue:
    """``action`` on the tickets that are marked, each as ``id:version``; back to the list with what came of it."""
    action = request.form.get("action", "")
    try:
        if action not in ACTIONS:
            raise InvalidReport("there is no such action", action="unknown")
        many = Many(g.staff, _versions(), datetime.now(UTC), g.settings.business_hours, g.settings.area_url)
        outcome = ACTIONS[action](many, request.form.get(action, "").strip())
        g.session.commit()
        _tell(outcome)
    except (DeskError, ValueError):
        g.session.rollback()
        flash(_("Marque uno o más tickets y elija qué hacer con ellos."))
    return _back()


@blueprint.post("/vistas")
@allow(Caller.AGENT)
def save_view() -> ResponseReturnValue:
    """Keep the list under ``name``."""
    try:
        shared = request.form.get("shared") == "1"
        views.save(g.session, g.staff, request.form.get("name", ""), wanted_of(request.args), shared, datetime.now(UTC))
        g.session.commit()
        flash(_("La vista quedó guardada."))
    except InvalidReport:
        g.session.rollback()
        flash(_("Escriba un nombre de hasta 60 letras para la vista."))
    return _back()


@blueprint.post("/vistas/<view_id>/quitar")
@allow(Caller.AGENT)
def remove_view(view_id: str) -> ResponseReturnValue:
    """It is not needed any more."""
    try:
        views.remove(g.session, g.staff, view_id)
        g.session.commit()
        flash(_("La vista se quitó."))
    except DeskError:
        g.session.rollback()
        flash(_("Esa vista es de otra persona o ya no existe."))
    return redirect(url_for("console.queue"))


def _versions() -> dict[int, int]:
    pairs = (text.partition(":") for text in request.form.getlist("ticket")[: bulk.AT_ONCE_MAX + 1])
    return {int(ticket_id): int(version) for ticket_id, _colon, version in pairs}


def _tell(outcome: Outcome) -> None:
    if outcome.done:
        flash(_("Hecho en %(count)s: %(numbers)s.", count=len(outcome.done), numbers=", ".join(outcome.done)))
    if outcome.stale:
        flash(_("Otra persona los cambió mientras tanto; revíselos: %(numbers)s.", numbers=", ".join(outcome.stale)))
    if outcome.refused:
        flash(_("No es posible con: %(numbers)s.", numbers=", ".join(outcome.refused)))


def _back() -> ResponseReturnValue:
    return redirect(url_for("console.queue", **args_of(wanted_of(request.args))))
