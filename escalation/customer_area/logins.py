"""Where he is logged in: list, end one, end all others."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from escalation import sessions
from escalation.auth.access import Caller, allow
from escalation.customer_area.door import blueprint, own_token
from escalation.sessions import Kind


@blueprint.get("/cuenta/sesiones")
@allow(Caller.CUSTOMER)
def logins() -> ResponseReturnValue:
    """Since when, last used when, with which browser."""
    token = own_token() or ""
    found = sessions.live_of(g.session, Kind.CUSTOMER, g.customer.id, datetime.now(UTC))
    rows = [(sessions.public_id(login), login, sessions.is_of(login, token)) for login in found]
    return render_template("area_logins.html", rows=rows)


@blueprint.post("/cuenta/sesiones/<shown_id>/cerrar")
@allow(Caller.CUSTOMER)
def end_login(shown_id: str) -> ResponseReturnValue:
    """One of them."""
    sessions.end_one(g.session, Kind.CUSTOMER, g.customer.id, shown_id)
    g.session.commit()
    flash("La sesión quedó cerrada.")
    return redirect(url_for("area.logins"))


@blueprint.post("/cuenta/sesiones/cerrar-otras")
@allow(Caller.CUSTOMER)
def end_other_logins() -> ResponseReturnValue:
    """All but this one."""
    sessions.end_all(g.session, Kind.CUSTOMER, g.customer.id, but=own_token())
    g.session.commit()
    flash("Se cerraron todas las demás sesiones.")
    return redirect(url_for("area.logins"))
