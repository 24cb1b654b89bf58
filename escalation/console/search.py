"""Search in the console: one box, tickets and customers below it. Without JavaScript, and to be sent as a link."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from escalation import search
from escalation.auth.access import Caller, allow

blueprint = Blueprint("console_search", __name__, url_prefix="/consola/buscar")

CUSTOMERS_SHOWN = 5


@blueprint.get("")
@allow(Caller.AGENT)
def results() -> ResponseReturnValue:
    """``?q=`` the words, ``?desde=`` the number of the last ticket of the page before. Customers stand on the first page alone."""
    query, after = request.args.get("q", "")[: search.QUERY_MAX], request.args.get("desde", "")
    found = search.find_from(g.session, query, after or None)
    customers = [] if after else search.find_customers(g.session, query, limit=CUSTOMERS_SHOWN)
    following = found.tickets[-1].number if found.next_key is not None else None
    return render_template(
        "console_search.html", query=query, tickets=found.tickets, customers=customers, following=following, first=not after
    )
