"""What staff do with a ticket beside answering it. Each route runs one verb and goes back to the ticket with what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError

from escalation import tickets
from escalation.auth.access import Caller, allow
from escalation.console.listing import args_of, wanted_of
from escalation.desk import answer_drafts, asking, followers, links, merging, presence, properties, splitting, taking_back
from escalation.desk.life import Act
from escalation.errors import DeskError, InvalidReport, NotAllowed, NotFound, StaleTicket
from escalation.models import Area, Ticket, TicketMessage

blueprint = Blueprint("acts", __name__, url_prefix="/consola/tickets/<number>")


def _texts() -> dict[type[DeskError], str]:
    return {
        StaleTicket: _("Otra persona cambió este ticket. Revise lo nuevo y vuelva a intentarlo."),
        NotAllowed: _("Eso no es posible con este ticket."),
        InvalidReport: _("Falta algún dato o no es válido."),
        NotFound: _("No existe ese ticket o ese mensaje."),
    }


def _do(number: str, verb: Callable[[Ticket, Act], Ticket | None], done: str) -> ResponseReturnValue:
    """Run the verb on the ticket as he saw it; it may lead to another ticket."""
    found = tickets.find(g.session, number)
    try:
        act = Act(g.staff, int(request.form.get("version", "0")), datetime.now(UTC))
        shown = verb(found, act) or found
        g.session.commit()
        flash(done)
    except (DeskError, StaleDataError, ValueError) as refused:
        g.session.rollback()
        kind = StaleTicket if isinstance(refused, StaleDataError) else type(refused)
        flash(_texts().get(kind, _texts()[InvalidReport]))
        shown = tickets.find(g.session, number)
    listed = args_of(wanted_of(request.args)) if "cola" in request.args else {}
    return redirect(url_for("console.ticket", number=shown.number, **listed))


@blueprint.post("/propiedades")
@allow(Caller.AGENT)
def properties_form(number: str) -> ResponseReturnValue:
    """Priority, area, subject, assignee, tags: what the form has of them."""
    form = request.form
    wanted: dict[str, object] = {name: form[name] for name in ("priority", "area", "subject") if name in form}
    if "assignee" in form:
        wanted["assignee"] = form["assignee"] or None
    if "tags" in form:
        wanted["tags"] = form["tags"].replace(",", " ").split()
    hours = g.settings.business_hours
    return _do(number, lambda ticket, act: properties.change(g.session, ticket, wanted, act, hours), _("Guardado."))


@blueprint.post("/seguir")
@allow(Caller.AGENT)
def watch(number: str) -> ResponseReturnValue:
    """He follows it, or with ``stop`` not any more."""
    verb = followers.unwatch if request.form.get("stop") else followers.watch
    return _do(number, lambda ticket, act: verb(g.session, ticket, act.member, act.at), _("Guardado."))


@blueprint.post("/unir")
@allow(Caller.AGENT)
def merge(number: str) -> ResponseReturnValue:
    """It goes into the ticket ``other``."""

    def verb(ticket: Ticket, act: Act) -> Ticket:
        target = tickets.find(g.session, request.form.get("other", ""))
        merging.merge(g.session, ticket, target, act, g.settings.area_url, g.settings.business_hours)
        return target

    return _do(number, verb, _("Los tickets quedaron unidos."))


@blueprint.post("/separar")
@allow(Caller.AGENT)
def split(number: str) -> ResponseReturnValue:
    """The messages that are marked go to a ticket of their own."""

    def verb(ticket: Ticket, act: Act) -> Ticket:
        form = request.form
        chosen = [int(text) for text in form.getlist("message")]
        wanted = splitting.Split(chosen, form.get("subject", ""), Area(form.get("area", ticket.area)), copy="copy" in form)
        return splitting.split(g.session, ticket, wanted, act, g.settings.area_url, g.settings.business_hours)

    return _do(number, verb, _("Se abrió un ticket aparte."))


@blueprint.post("/relacionar")
@allow(Caller.AGENT)
def relate(number: str) -> ResponseReturnValue:
    """It has to do with the ticket ``other``, or with ``stop`` not any more."""

    def verb(ticket: Ticket, act: Act) -> None:
        other = tickets.find(g.session, request.form.get("other", ""))
        (links.unlink if request.form.get("stop") else links.link)(g.session, ticket, other, act.by)

    return _do(number, verb, _("Guardado."))


@blueprint.post("/preguntar")
@allow(Caller.AGENT)
def ask(number: str) -> ResponseReturnValue:
    """Ask the customer for fields of the report."""

    def verb(ticket: Ticket, act: Act) -> None:
        names, remark = request.form.getlist("name"), request.form.get("remark", "")
        asking.ask(g.session, ticket, names, act, g.settings.area_url, g.settings.business_hours, remark)

    return _do(number, verb, _("Se le preguntó al cliente."))


@blueprint.post("/deshacer")
@allow(Caller.AGENT)
def take_back(number: str) -> ResponseReturnValue:
    """His answer does not leave after all, and is his draft again."""

    def verb(ticket: Ticket, act: Act) -> None:
        message = g.session.get(TicketMessage, int(request.form.get("message", "0")))
        if message is None or message.ticket_id != ticket.id:
            raise NotFound("there is no such message")
        taking_back.take_back(g.session, message, act.member, act.at, g.settings.business_hours)

    return _do(number, verb, _("La respuesta no se envió; quedó como borrador."))


@blueprint.post("/borrador")
@allow(Caller.AGENT)
def keep_draft(number: str) -> ResponseReturnValue:
    """Keep what he has typed so far."""
    found, form = tickets.find(g.session, number), request.form
    try:
        answer_drafts.keep(g.session, found, g.staff, form.get("body", ""), form.get("internal") == "1", datetime.now(UTC))
    except InvalidReport:
        return {"kept": False}, 422
    g.session.commit()
    return {"kept": True}


@blueprint.post("/presencia")
@allow(Caller.AGENT)
def look(number: str) -> ResponseReturnValue:
    """His page is open, ``writing`` or not: tells who else is there. Called every :data:`escalation.desk.presence.TELL_EVERY`."""
    found, now = tickets.find(g.session, number), datetime.now(UTC)
    presence.look(g.session, found, g.staff, request.form.get("writing") == "1", now)
    g.session.commit()
    others = presence.who_is_here(g.session, found, now, but=g.staff)
    return {"here": [{"name": other.member.name, "writing": other.is_writing} for other in others]}


def hold_of(form_value: str | None) -> timedelta:
    """How long an answer waits before it leaves, by the form's field ``hold``."""
    return taking_back.TAKE_BACK if form_value == "1" else timedelta()
