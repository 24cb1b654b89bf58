"""Forgotten password: ask for a link, and choose another password with it."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from escalation import recovery
from escalation.auth.access import Caller, allow
from escalation.auth.login import origin
from escalation.customer_area import words
from escalation.customer_area.door import Errors, blueprint
from escalation.errors import InvalidReport, NotFound


@blueprint.get("/recuperar")
@allow(Caller.PUBLIC)
def recovery_form() -> ResponseReturnValue:
    """Which address?"""
    return render_template("area_recover.html")


@blueprint.post("/recuperar")
@allow(Caller.PUBLIC)
def ask_for_recovery() -> ResponseReturnValue:
    """A link goes to the address if a customer registered it; the answer is the same for every address."""
    recovery.send_link(g.session, request.form.get("email", "")[:254], origin(), g.settings.area_url, datetime.now(UTC))
    g.session.commit()
    return render_template("area_recover.html", sent=True)


@blueprint.get("/recuperar/<token>")
@allow(Caller.PUBLIC)
def new_password_form(token: str) -> ResponseReturnValue:
    """The link of the mail."""
    try:
        recovery.customer_of(g.session, token, datetime.now(UTC))
    except NotFound:
        return _page({}, expired=True), 410
    return _page({})


@blueprint.post("/recuperar/<token>")
@allow(Caller.PUBLIC)
def choose_password(token: str) -> ResponseReturnValue:
    """The new password, typed twice."""
    password = request.form.get("password", "")
    try:
        if password != request.form.get("again", ""):
            recovery.customer_of(g.session, token, datetime.now(UTC))
            return _page({"again": words.NOT_THE_SAME}), 422
        recovery.choose_password(g.session, token, password, origin(), datetime.now(UTC))
        g.session.commit()
    except NotFound:
        g.session.rollback()
        return _page({}, expired=True), 410
    except InvalidReport as wrong:
        g.session.rollback()
        return _page({"password": words.PASSWORD_WRONG[wrong.fields["password"]]}), 422
    flash("Su contraseña quedó cambiada. Ingrese con la nueva.")
    return redirect(url_for("area.login"))


def _page(errors: Errors, expired: bool = False) -> str:
    return render_template("area_new_password.html", errors=errors, expired=expired)
