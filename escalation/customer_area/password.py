"""Choosing another password while logged in."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from escalation import account
from escalation.auth.access import Caller, allow
from escalation.customer_area import words
from escalation.customer_area.door import Errors, blueprint, own_token
from escalation.customer_area.proof import proven
from escalation.errors import InvalidReport


@blueprint.get("/cuenta/contrasena")
@allow(Caller.CUSTOMER)
def password_form() -> ResponseReturnValue:
    """The old one, and the new one twice."""
    return _page({})


@blueprint.post("/cuenta/contrasena")
@allow(Caller.CUSTOMER)
def change_password() -> ResponseReturnValue:
    """Other browsers are logged out, and he is told by mail."""
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        return _page({"again": words.NOT_THE_SAME}), 422
    errors = proven(request.form.get("old", ""), "old")
    if errors:
        return _page(errors), 422
    try:
        account.change_password(g.session, g.customer, password, own_token(), datetime.now(UTC))
    except InvalidReport as wrong:
        g.session.rollback()
        return _page({"password": words.PASSWORD_WRONG[wrong.fields["password"]]}), 422
    g.session.commit()
    flash("Su contraseña quedó cambiada y se cerraron las demás sesiones.")
    return redirect(url_for("area.account"))


def _page(errors: Errors) -> str:
    return render_template("area_password.html", errors=errors)
