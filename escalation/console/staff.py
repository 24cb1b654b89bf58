"""Staff, as administrators see them: who there is, who may do what, what all must have."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation import desk_settings, second_factor, sessions, staff_members
from escalation.auth.access import Caller, allow
from escalation.auth.staff_login import actor
from escalation.errors import InvalidReport
from escalation.models import Role
from escalation.sessions import Kind

blueprint = Blueprint("staff", __name__, url_prefix="/consola/personal")


@blueprint.get("/")
@allow(Caller.ADMIN)
def members() -> ResponseReturnValue:
    """All of them."""
    return _members()


@blueprint.post("/")
@allow(Caller.ADMIN)
def add() -> ResponseReturnValue:
    """Somebody new; his password is shown this once."""
    form, now = request.form, datetime.now(UTC)
    try:
        role = Role(form.get("role", Role.AGENT))
        member, password = staff_members.add(g.session, form.get("email", ""), form.get("name", ""), role, actor(), now)
        g.session.commit()
    except (InvalidReport, ValueError) as refused:
        g.session.rollback()
        taken = isinstance(refused, InvalidReport) and refused.fields.get("email") == "taken"
        return _members(_("Esa dirección ya está registrada.") if taken else _("Revise la dirección de correo.")), 422
    return render_template("console_new_password.html", member=member, password=password)


@blueprint.post("/ajustes/segundo-factor")
@allow(Caller.ADMIN)
def require_second_factor() -> ResponseReturnValue:
    """All of staff must have one, or need not. Who decides it has one himself: nobody shuts himself out by it."""
    required = request.form.get("required") == "1"
    if required and not second_factor.is_on(g.session, g.staff):
        flash(_("Active primero su propio segundo factor."))
        return redirect(url_for("me.second_factor_page"))
    desk_settings.require_second_factor(g.session, required, actor(), datetime.now(UTC))
    g.session.commit()
    flash(_("Guardado."))
    return redirect(url_for("staff.members"))


@blueprint.get("/<staff_id>")
@allow(Caller.ADMIN)
def member(staff_id: str) -> ResponseReturnValue:
    """One of them, and where he is logged in."""
    found = staff_members.find(g.session, staff_id)
    return render_template(
        "console_member.html",
        member=found,
        is_on=second_factor.is_on(g.session, found),
        logins=sessions.live_of(g.session, Kind.STAFF, found.id, datetime.now(UTC)),
    )


@blueprint.post("/<staff_id>")
@allow(Caller.ADMIN)
def change(staff_id: str) -> ResponseReturnValue:
    """``do``: role, activate, deactivate, password, second_factor, sessions."""
    found, now, do = staff_members.find(g.session, staff_id), datetime.now(UTC), request.form.get("do", "")
    try:
        if do == "password":
            password = staff_members.new_password_for(g.session, found, actor(), now)
            g.session.commit()
            return render_template("console_new_password.html", member=found, password=password)
        if do == "role":
            staff_members.set_role(g.session, found, Role(request.form.get("role", "")), actor(), now)
        elif do in ("activate", "deactivate"):
            staff_members.set_active(g.session, found, do == "activate", actor(), now)
        elif do == "second_factor":
            staff_members.take_second_factor(g.session, found, actor(), now)
        elif do == "sessions":
            staff_members.end_sessions(g.session, found, actor(), now)
        g.session.commit()
        flash(_("Guardado."))
    except (InvalidReport, ValueError):
        g.session.rollback()
        flash(_("No se puede: siempre queda al menos un administrador activo."))
    return redirect(url_for("staff.member", staff_id=staff_id))


def _members(error: str = "") -> str:
    return render_template(
        "console_staff.html",
        members=staff_members.every(g.session),
        with_factor=second_factor.having(g.session),
        required=desk_settings.second_factor_required(g.session),
        error=error,
        typed=request.form,
    )
