"""Rating the help: on the ticket's page, or on the page that the link of the mail opens, without logging in."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from escalation import ratings, tickets
from escalation.auth.access import Caller, allow
from escalation.customer_area.door import blueprint
from escalation.errors import DeskError, InvalidReport, NotAllowed, NotFound
from escalation.models import Ticket
from wire.redaction import redact

THANKS = "¡Gracias! Su opinión nos ayuda a mejorar."
TOO_LATE = "Este ticket ya no se puede valorar."
TOO_LONG = f"El comentario puede tener hasta {ratings.COMMENT_MAX} caracteres."
CHOOSE = "Elija una de las tres opciones."


@blueprint.post("/tickets/<number>/valoracion")
@allow(Caller.CUSTOMER)
def rate(number: str) -> ResponseReturnValue:
    """One click, and a comment if he likes."""
    found = tickets.find(g.session, number, g.customer)
    flash(_rate(found) or THANKS)
    return redirect(url_for("area.ticket", number=found.number))


@blueprint.get("/tickets/<number>/valorar/<token>")
@allow(Caller.PUBLIC)
def rating_form(number: str, token: str) -> ResponseReturnValue:
    """The link of the mail: only the buttons, for mail scanners follow links, and nothing of the ticket."""
    now = datetime.now(UTC)
    try:
        found = ratings.ticket_of_link(g.session, number, token, now)
    except NotFound:
        return _page(None, error=TOO_LATE), 410
    return _page(found, error="" if ratings.is_open(found, now) else TOO_LATE)


@blueprint.post("/tickets/<number>/valorar/<token>")
@allow(Caller.PUBLIC)
def rate_by_link(number: str, token: str) -> ResponseReturnValue:
    """What he pressed there; the comment can follow."""
    try:
        found = ratings.ticket_of_link(g.session, number, token, datetime.now(UTC))
    except NotFound:
        return _page(None, error=TOO_LATE), 410
    reason = _rate(found)
    if reason:
        return _page(found, error=reason, comment=request.form.get("comment", "")), 409 if reason == TOO_LATE else 422
    return _page(found, done=True)


def _rate(found: Ticket) -> str | None:
    try:
        try:
            _commit(found)
        except IntegrityError:
            # A double click: the first one made the row, this one changes it.
            g.session.rollback()
            _commit(found)
    except DeskError as wrong:
        g.session.rollback()
        if isinstance(wrong, NotAllowed):
            return TOO_LATE
        if isinstance(wrong, InvalidReport):
            return TOO_LONG if "comment" in wrong.fields else CHOOSE
        raise
    return None


def _commit(found: Ticket) -> None:
    comment = redact(request.form.get("comment", "").replace("\r\n", "\n")).text
    ratings.rate(g.session, found, request.form.get("score", ""), comment, datetime.now(UTC))
    g.session.commit()


def _page(found: Ticket | None, error: str = "", comment: str = "", done: bool = False) -> str:
    rating = found.rating if found else None  # type: ignore[attr-defined]
    return render_template(
        "area_rate.html", ticket=found, rating=rating, scores=ratings.SCORES, error=error, comment=comment, done=done
    )
