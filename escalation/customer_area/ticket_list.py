"""His tickets."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from escalation import ticket_list
from escalation.auth.access import Caller, allow
from escalation.customer_area.door import blueprint
from escalation.models import Status

FILTERS = {
    "": ("Todos", ()),
    "abiertos": ("Abiertos", (Status.NEW, Status.OPEN)),
    "esperan": ("Esperan su respuesta", (Status.WAITING,)),
    "resueltos": ("Resueltos", (Status.SOLVED,)),
    "cerrados": ("Cerrados", (Status.CLOSED,)),
}


@blueprint.get("/")
@allow(Caller.CUSTOMER)
def tickets_list() -> ResponseReturnValue:
    """What is open first; ``?estado=`` one of the filters, ``?desde=`` the key of a further page."""
    chosen = request.args.get("estado", "")
    chosen = chosen if chosen in FILTERS else ""
    after = request.args.get("desde", "")
    now = datetime.now(UTC)
    lines, following = ticket_list.page(g.session, g.customer, FILTERS[chosen][1], now, after)
    return render_template(
        "area_list.html",
        lines=lines,
        following=following,
        filters={name: title for name, (title, _) in FILTERS.items()},
        chosen=chosen,
        first=not after,
        now=now,
    )
