"""His own data: a copy of all of it, and the request to erase it."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from escalation import erasure, own_data
from escalation.auth.access import Caller, allow
from escalation.auth.login import origin
from escalation.customer_area.door import Errors, blueprint
from escalation.customer_area.proof import proven
from escalation.errors import TooManyAttempts
from escalation.export_file import pieces

TOO_OFTEN = f"Puede descargar sus datos hasta {own_data.MAX_PER_HOUR} veces por hora. Espere un rato y pruebe de nuevo."


@blueprint.get("/cuenta/datos")
@allow(Caller.CUSTOMER)
def own_data_page() -> ResponseReturnValue:
    """Both, and how his request stands."""
    return _page({})


@blueprint.post("/cuenta/datos/descargar")
@allow(Caller.CUSTOMER)
def download_data() -> ResponseReturnValue:
    """A zip, written while it is sent, when no transaction is open any more."""
    now = datetime.now(UTC)
    subjects = erasure.subjects_of(g.customer, origin())
    try:
        export = own_data.export(g.session, g.customer, g.settings.files_folder, subjects, now)
    except TooManyAttempts:
        g.session.rollback()
        return _page({"download": TOO_OFTEN}), 429
    g.session.commit()
    response = Response(pieces(export), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=f"mis-datos-{now:%Y-%m-%d}.zip")
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/cuenta/datos/supresion")
@allow(Caller.CUSTOMER)
def ask_for_erasure() -> ResponseReturnValue:
    """With the password: what it leads to cannot be undone."""
    errors = proven(request.form.get("password", ""), "password")
    if errors:
        return _page(errors), 422
    erasure.ask(g.session, g.customer, erasure.subjects_of(g.customer, origin()), datetime.now(UTC))
    g.session.commit()
    flash("Recibimos su solicitud. Le enviamos una confirmación por correo.")
    return redirect(url_for("area.own_data_page"))


@blueprint.post("/cuenta/datos/supresion/retirar")
@allow(Caller.CUSTOMER)
def withdraw_erasure() -> ResponseReturnValue:
    """He thought better of it."""
    erasure.withdraw(g.session, g.customer, datetime.now(UTC))
    g.session.commit()
    flash("Su solicitud quedó retirada.")
    return redirect(url_for("area.own_data_page"))


def _page(errors: Errors) -> str:
    found = erasure.current(g.session, g.customer)
    return render_template("area_data.html", errors=errors, found=found, states=erasure.STATE_NAMES)
