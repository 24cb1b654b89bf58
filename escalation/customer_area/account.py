""" "Mi cuenta": what there is to see and do about it."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from escalation.auth.access import Caller, allow
from escalation.customer_area.door import blueprint


@blueprint.get("/cuenta")
@allow(Caller.CUSTOMER)
def account() -> ResponseReturnValue:
    """Addresses, password, sessions, own data."""
    return render_template("area_account.html")
