"""Log-in and log-out of the Área de Clientes. What was typed into a form of an ended session goes through the log-in with him."""

from __future__ import annotations

from datetime import datetime

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from escalation import customers
from escalation.auth.access import Caller, allow
from escalation.auth.login import log_in, log_out
from escalation.customer_area import kept
from escalation.customer_area.door import blueprint
from escalation.models import Customer
from escalation.sessions import Kind
from escalation.throttle import Origin


@blueprint.route("/ingresar", methods=["GET", "POST"])
@allow(Caller.PUBLIC)
def login() -> ResponseReturnValue:
    """E-mail and password."""
    return log_in(Kind.CUSTOMER, _prove_and_keep, "area_login.html", "area.tickets_list")


@blueprint.post("/salir")
@allow(Caller.CUSTOMER)
def logout() -> ResponseReturnValue:
    """End the session."""
    return log_out(Kind.CUSTOMER, "area.login")


def _prove_and_keep(session: Session, email: str, password: str, origin: Origin, now: datetime) -> Customer:
    customer = customers.prove_customer(session, email, password, origin, now)
    kept.save(customer)
    return customer
