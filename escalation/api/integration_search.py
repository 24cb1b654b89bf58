"""Full-text search for programs with a token: tickets with their messages, and customers."""

from __future__ import annotations

from typing import Any

from flask import g
from marshmallow import fields, validate

from escalation import search
from escalation.api.door import blueprint
from escalation.api.integration_schemas import CustomerPage, TicketPage
from escalation.api.paging import PageQuery, cursor_of
from escalation.api_tokens import Scope
from escalation.auth.access import needs
from escalation.feeds import SUMMARY, Place


class SearchQuery(PageQuery):
    """``GET /search/…``: every word must be there, the last one may be unfinished; accents and capitals do not matter."""

    q = fields.String(
        required=True, validate=validate.Length(min=1, max=search.QUERY_MAX), metadata={"example": "facturacion panaderialola"}
    )


@blueprint.route("/search/tickets", methods=["GET"])
@needs(Scope.TICKETS_READ)
@blueprint.arguments(SearchQuery, location="query", error_status_code=400)
@blueprint.response(200, TicketPage)
def search_tickets(query: dict[str, Any]) -> dict[str, Any]:
    """Tickets with these words in number, subject, fields, messages, notes, or their customer's name and addresses; newest first.

    A merged ticket is found as the one that it went into. `next` leads on.
    """
    found = search.find_from(g.session, query["q"], query["cursor"].key if query["cursor"] else None, query["limit"], SUMMARY)
    last = found.tickets[-1] if found.next_key is not None else None
    return {"tickets": found.tickets, "next": cursor_of(Place(last.created_at, last.number)) if last else None}


@blueprint.route("/search/customers", methods=["GET"])
@needs(Scope.CUSTOMERS_READ)
@blueprint.arguments(SearchQuery, location="query", error_status_code=400)
@blueprint.response(200, CustomerPage)
def search_customers(query: dict[str, Any]) -> dict[str, Any]:
    """Customers with these words in name, addresses, domains or mailboxes. `next` leads on."""
    limit, after = query["limit"], query["cursor"].key if query["cursor"] else ""
    found = search.find_customers(g.session, query["q"], after, limit + 1)
    page, more = found[:limit], len(found) > limit
    return {"customers": page, "next": cursor_of(Place(page[-1].created_at, page[-1].id)) if more else None}
