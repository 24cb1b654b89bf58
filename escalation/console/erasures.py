"""Requests to erase a customer's data: what is due, and doing it. For administrators."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation import erasure
from escalation.auth.access import Caller, allow
from escalation.errors import NotAllowed

blueprint = Blueprint("erasures", __name__, url_prefix="/consola/supresiones")


@blueprint.get("/")
@allow(Caller.ADMIN)
def pending() -> ResponseReturnValue:
    """The first due first."""
    return render_template("console_erasures.html", rows=erasure.pending(g.session), now=datetime.now(UTC))


@blueprint.post("/<request_id>")
@allow(Caller.ADMIN)
def erase(request_id: str) -> ResponseReturnValue:
    """For good; the box that says so must be ticked."""
    if request.form.get("sure") != "1":
        flash(_("Marque la casilla para confirmar que se borre."))
        return redirect(url_for("erasures.pending"))
    try:
        forgotten = erasure.erase(g.session, request_id, g.staff, datetime.now(UTC))
        g.session.commit()
    except NotAllowed:
        g.session.rollback()
        flash(_("Esa solicitud ya no está pendiente."))
        return redirect(url_for("erasures.pending"))
    # After the commit: a row without a file is a dead link, a file without a row would stay for ever.
    gone = [g.settings.files_folder / path for path in forgotten.paths]
    for file in [*gone, *(g.settings.mail_raw_folder / path for path in forgotten.raw_mails)]:
        file.unlink(missing_ok=True)
    flash(_("Los datos fueron suprimidos. La constancia quedó registrada."))
    return redirect(url_for("erasures.pending"))
