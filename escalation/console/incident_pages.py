"""Incidents in the console: what is down, what is suspected, declaring, telling all, closing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from escalation import incidents, suspicion
from escalation.auth.access import Caller, allow
from escalation.auth.staff_login import actor
from escalation.errors import DeskError, InvalidReport, NotAllowed, NotFound, StaleTicket
from escalation.incident_models import Incident
from escalation.incidents import Declared, Desk
from escalation.models import Staff, Ticket
from escalation.services import several

# More are no id of ours, and no number that a database takes.
ID_DIGITS = 10

blueprint = Blueprint("incidents", __name__, url_prefix="/consola/incidentes")


@blueprint.get("/")
@allow(Caller.AGENT)
def listing() -> ResponseReturnValue:
    """What is down, what is suspected, what is over."""
    return render_template(
        "console_incidents.html",
        current=incidents.current(g.session),
        closed=incidents.closed(g.session),
        sizes=incidents.sizes(g.session),
        suspected=suspicion.standing(g.session, datetime.now(UTC)),
    )


@blueprint.get("/declarar")
@allow(Caller.AGENT)
def form() -> ResponseReturnValue:
    """To be filled in; from a suspicion some of it is."""
    return _form()


@blueprint.post("/declarar")
@allow(Caller.AGENT)
def declare() -> ResponseReturnValue:
    """From now on the bot says it first."""
    now = datetime.now(UTC)
    try:
        incident = incidents.declare(g.session, _declared(), g.staff, actor(), now)
        incidents.attach(g.session, incident, _numbers(), now)
        suspected = request.form.get("suspected", "")
        if suspected.isdecimal() and len(suspected) < ID_DIGITS:
            suspicion.dismiss(g.session, int(suspected), now)
        g.session.commit()
    except (InvalidReport, NotFound) as refused:
        g.session.rollback()
        return _form(_said(refused)), 422
    flash(_("Incidente declarado. Desde ahora el asistente lo dice primero a quien toca."))
    return redirect(url_for("incidents.one", incident_id=incident.id))


@blueprint.post("/sospechas/<suspected_id>/descartar")
@allow(Caller.AGENT)
def dismiss(suspected_id: str) -> ResponseReturnValue:
    """It is none."""
    if suspected_id.isdecimal() and len(suspected_id) < ID_DIGITS:
        suspicion.dismiss(g.session, int(suspected_id), datetime.now(UTC))
    g.session.commit()
    return redirect(url_for("incidents.listing"))


@blueprint.get("/<incident_id>")
@allow(Caller.AGENT)
def one(incident_id: str) -> ResponseReturnValue:
    """Its tickets, who waits, what was told, and the forms."""
    return _page(incidents.find(g.session, incident_id))


@blueprint.post("/<incident_id>/cambiar")
@allow(Caller.AGENT)
def change(incident_id: str) -> ResponseReturnValue:
    """What customers are told of it, and whom it touches."""
    return _do(incident_id, lambda incident: incidents.change(g.session, incident, _declared(), actor(), datetime.now(UTC)))


@blueprint.post("/<incident_id>/tickets")
@allow(Caller.AGENT)
def attach(incident_id: str) -> ResponseReturnValue:
    """These tickets are about it, or with ``remove`` one is not."""

    def verb(incident: Incident) -> None:
        if request.form.get("remove"):
            incidents.detach(g.session, incident, request.form["remove"])
            return
        incidents.attach(g.session, incident, _numbers(), datetime.now(UTC))

    return _do(incident_id, verb)


@blueprint.post("/<incident_id>/mensaje")
@allow(Caller.AGENT)
def tell(incident_id: str) -> ResponseReturnValue:
    """One message to all; with ``close`` it is the last one."""
    verb = incidents.close if request.form.get("close") == "1" else incidents.tell
    desk, body = Desk(g.settings.area_url, g.settings.business_hours), request.form.get("body", "")

    def work(incident: Incident) -> str:
        reached = verb(g.session, incident, body, g.staff, actor(), desk, datetime.now(UTC))
        return _("Enviado a %(count)s.", count=reached)

    return _do(incident_id, work, typed=body)


@blueprint.app_template_global("incidents_for")
def incidents_for(ticket: Ticket) -> tuple[Incident | None, list[Incident]]:
    """What a ticket is attached to, and the current ones that it could be."""
    own = incidents.of_ticket(g.session, ticket)
    return own, [incident for incident in incidents.current(g.session) if own is None or incident.id != own.id]


def _do(incident_id: str, verb: Callable[[Incident], str | None], typed: str = "") -> ResponseReturnValue:
    incident = incidents.find(g.session, incident_id)
    try:
        done = verb(incident)
        g.session.commit()
    except (StaleDataError, StaleTicket):
        g.session.rollback()
        return _page(incidents.find(g.session, incident_id), _("Un ticket cambió en ese momento. Pruebe de nuevo."), typed), 409
    except DeskError as refused:
        g.session.rollback()
        return _page(incidents.find(g.session, incident_id), _said(refused), typed), 422
    flash(done or _("Guardado."))
    back = request.form.get("back")
    return redirect(url_for("console.ticket", number=back) if back else url_for("incidents.one", incident_id=incident_id))


def _page(incident: Incident, error: str = "", typed: str = "") -> str:
    return render_template(
        "console_incident.html",
        incident=incident,
        tickets=incidents.tickets_of(g.session, incident),
        waiting=incidents.subscribers(g.session, incident),
        messages=incidents.messages(g.session, incident),
        declared_by=g.session.get(Staff, incident.declared_by),
        error=error,
        typed=typed,
    )


def _form(error: str = "") -> str:
    typed = request.form if request.method == "POST" else request.args
    return render_template("console_declare.html", typed=typed, areas=typed.getlist("area"), error=error)


def _declared() -> Declared:
    form = request.form
    return Declared(
        title=form.get("title", ""),
        text=form.get("text", ""),
        areas=tuple(form.getlist("area")),
        server=form.get("server", ""),
        domains=tuple(several(form.get("domains"))),
    )


def _numbers() -> list[str]:
    return [number for number in re.split(r"[\s,;]+", request.form.get("numbers", "")) if number]


def _said(refused: DeskError) -> str:
    if isinstance(refused, NotAllowed):
        return _("El incidente ya está cerrado.")
    if isinstance(refused, NotFound):
        return _("Uno de esos números no es de ningún ticket.")
    if "domains" in refused.fields:
        return _("Uno de los dominios no es válido.")
    return _("Escriba un título y un texto para los clientes, no demasiado largos.")
