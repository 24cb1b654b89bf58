"""The administrators' page of saved replies."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation.auth.access import Caller, allow
from escalation.console import words
from escalation.desk import saved_replies
from escalation.errors import InvalidReport, NotFound

blueprint = Blueprint("replies", __name__, url_prefix="/consola/respuestas")


@blueprint.get("/")
@allow(Caller.ADMIN)
def replies() -> ResponseReturnValue:
    """All there are, and a form for a new one."""
    return _page({})


@blueprint.get("/<reply_id>")
@allow(Caller.ADMIN)
def one(reply_id: str) -> ResponseReturnValue:
    """One in the form, to be changed."""
    reply = saved_replies.find(g.session, reply_id)
    return _page({"id": reply.id, "title": reply.title, "body": reply.body, "area": reply.area or ""})


@blueprint.post("/")
@allow(Caller.ADMIN)
def save() -> ResponseReturnValue:
    """A new one, or a change of the one whose ``id`` the form has."""
    typed = {name: request.form.get(name, "") for name in ("id", "title", "body", "area")}
    try:
        now = datetime.now(UTC)
        saved_replies.save(g.session, g.staff, typed["id"], typed["title"], typed["body"], typed["area"], now)
        g.session.commit()
    except (InvalidReport, NotFound) as wrong:
        g.session.rollback()
        return _page(typed, _errors(wrong.fields)), 422
    flash(_("La respuesta quedó guardada."))
    return redirect(url_for("replies.replies"))


@blueprint.post("/<reply_id>/quitar")
@allow(Caller.ADMIN)
def remove(reply_id: str) -> ResponseReturnValue:
    """It is not offered any more."""
    saved_replies.remove(g.session, reply_id)
    g.session.commit()
    flash(_("La respuesta se quitó."))
    return redirect(url_for("replies.replies"))


def _page(typed: dict[str, str], errors: dict[str, str] | None = None) -> str:
    shown = saved_replies.all_of(g.session)
    variables = saved_replies.VARIABLES
    return render_template(
        "console_replies.html", replies=shown, typed=typed, errors=errors or {}, areas=words.areas(), variables=variables
    )


def _errors(fields: dict[str, str]) -> dict[str, str]:
    said = {}
    if "title" in fields:
        used = _("Ya hay una respuesta con ese título.")
        said["title"] = used if fields["title"] == "used" else _("Escriba un título de hasta 80 letras.")
    if (wrong := fields.get("body", "")).startswith("unknown "):
        said["body"] = _("No existe: %(names)s.", names=", ".join(f"{{{name}}}" for name in wrong[8:].split(", ")))
    elif wrong:
        said["body"] = _("Escriba un texto de hasta 20.000 letras.")
    return said or {"title": _("Esa respuesta ya no existe.")}
