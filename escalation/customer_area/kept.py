"""A form that was sent after its session had ended: the log-in page takes the text along, and the form gets it back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog
from flask import current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError

from escalation import form_drafts
from escalation.customer_area.door import blueprint
from escalation.customer_area.uploads import chosen
from escalation.errors import DeskError
from escalation.models import Customer
from escalation.pages import ERROR_TEXTS
from escalation.tickets import BODY_MAX
from wire.redaction import redact

log = structlog.get_logger()

PREFIX = "kept-"
PAGE_LAPSED = "La página había vencido. Lo que escribió está aquí: revíselo y envíelo de nuevo."
# Never a password, nor what says who sent the form.
NOT_KEPT = frozenset({"csrf_token", "password", "email", "file"})
NAME_MAX = 40
FIELDS_MAX = 30
_TICKET = re.compile(r"/tickets/(?P<place>[A-Z0-9-]{1,20}|nuevo)$")


View = TypeVar("View", bound=Callable[..., Any])


def keeps_text(view: View) -> View:
    """Marks a form's view: what was typed survives the end of the session and of the page's own token."""
    view.when_logged_out = login_page  # type: ignore[attr-defined]
    return view


def stale() -> bool:
    """Whether the form came with the token of an earlier log-in: it is to be shown again, not obeyed."""
    return bool(g.get("stale_form", False))


@blueprint.errorhandler(CSRFError)
def stale_form(_: CSRFError) -> ResponseReturnValue:
    """Since the page was shown he logged in anew: a form with a long text comes back filled in, to be sent once more."""
    if not _keeps():
        return render_template("error.html", text=ERROR_TEXTS[400]), 400
    g.stale_form = True
    try:
        return current_app.view_functions[str(request.endpoint)](**(request.view_args or {}))
    except DeskError as error:
        return current_app.handle_user_exception(error)


@blueprint.errorhandler(OperationalError)
def busy(_: OperationalError) -> ResponseReturnValue:
    """The database cannot be reached or written to now: a page that holds what was typed, and a button to try again."""
    g.session.rollback()
    log.exception("database not available")
    if not _keeps():
        return render_template("error.html", text=ERROR_TEXTS[503]), 503
    return render_template("area_busy.html", fields=typed(), files=bool(chosen())), 503


def _keeps() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return request.method == "POST" and hasattr(view, "when_logged_out")


def login_page() -> ResponseReturnValue:
    """Shown in place of a form's answer where the session has ended."""
    target = url_for("area.login", next=request.path)
    return render_template("area_login.html", target=target, lapsed=True, files=bool(chosen())), 401


def typed() -> dict[str, str]:
    """What the request holds of a customer's own words, by the fields' names: just sent, or carried through the log-in."""
    found = {}
    for name, value in list(request.form.items())[:FIELDS_MAX]:
        own = name.removeprefix(PREFIX)
        carried = request.endpoint != "area.login" or name.startswith(PREFIX)
        if carried and own not in NOT_KEPT and len(own) <= NAME_MAX and value.strip():
            found[own] = value.replace("\r\n", "\n")[:BODY_MAX]
    return found


def save(customer: Customer) -> None:
    """Write down what came through the log-in, for the form that he is led back to."""
    fields, place = typed(), _TICKET.search(request.args.get("next", ""))
    if fields and place:
        safe = {name: redact(value).text for name, value in fields.items()}
        form_drafts.save(g.session, customer, place_of(place["place"]), safe, datetime.now(UTC))


def place_of(name: str) -> str:
    """The form's name in :mod:`escalation.form_drafts`."""
    return form_drafts.NEW_TICKET if name == "nuevo" else name


@blueprint.context_processor
def provide() -> dict[str, object]:
    """For the log-in page."""
    return {"kept_fields": typed, "kept_prefix": PREFIX}
