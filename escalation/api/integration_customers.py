"""Customers for programs with a token: page through them, read, register, change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import g

from escalation import feeds, integrations
from escalation.api.door import blueprint
from escalation.api.integration_schemas import CustomerChange, CustomerDetail, CustomerPage, NewCustomerBody
from escalation.api.integration_tickets import committed
from escalation.api.paging import PageQuery, cursor_of
from escalation.api_tokens import Scope
from escalation.auth.access import needs
from escalation.models import Customer

NO_CUSTOMER = {"description": "There is no such customer"}
REFUSED = {"description": "An address or a domain is malformed, or the address is another customer's"}


@blueprint.route("/customers", methods=["GET"])
@needs(Scope.CUSTOMERS_READ)
@blueprint.arguments(PageQuery, location="query", error_status_code=400)
@blueprint.response(200, CustomerPage)
def list_customers(query: dict[str, Any]) -> dict[str, Any]:
    """Customers in the order in which they came; `next` leads on."""
    found, place = feeds.customers_page(g.session, query["cursor"], query["limit"])
    return {"customers": found, "next": cursor_of(place)}


@blueprint.route("/customers/<customer_id>", methods=["GET"])
@needs(Scope.CUSTOMERS_READ)
@blueprint.response(200, CustomerDetail)
@blueprint.alt_response(404, **NO_CUSTOMER)
def read_customer(customer_id: str) -> Customer:
    """One customer."""
    return integrations.customer(g.session, customer_id)


@blueprint.route("/customers", methods=["POST"])
@needs(Scope.CUSTOMERS_WRITE)
@blueprint.arguments(NewCustomerBody, error_status_code=400)
@blueprint.response(201, CustomerDetail)
@blueprint.alt_response(409, description="Somebody else is registering the same address")
@blueprint.alt_response(422, **REFUSED)
def register_customer(body: dict[str, Any]) -> Customer:
    """Register a customer with one address."""
    return committed(lambda: integrations.register(g.session, integrations.NewCustomer(**body), datetime.now(UTC)))


@blueprint.route("/customers/<customer_id>", methods=["PATCH"])
@needs(Scope.CUSTOMERS_WRITE)
@blueprint.arguments(CustomerChange, error_status_code=400)
@blueprint.response(200, CustomerDetail)
@blueprint.alt_response(404, **NO_CUSTOMER)
@blueprint.alt_response(409, description="Somebody else is changing the same")
@blueprint.alt_response(422, **REFUSED)
def change_customer(body: dict[str, Any], customer_id: str) -> Customer:
    """Change what is named; a blocked customer is logged out at once."""

    def work() -> Customer:
        person = integrations.customer(g.session, customer_id)
        integrations.update(g.session, person, integrations.CustomerUpdate(**body))
        return person

    return committed(work)
