"""His registered addresses: list, add one that he proves, remove one."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from escalation import addresses
from escalation.auth.access import Caller, allow
from escalation.customer_area import words
from escalation.customer_area.door import Errors, blueprint
from escalation.customer_area.proof import proven
from escalation.errors import InvalidReport, NotAllowed, NotFound, TooManyAttempts


@blueprint.get("/cuenta/direcciones")
@allow(Caller.CUSTOMER)
def addresses_list() -> ResponseReturnValue:
    """All of them, and a form for one more."""
    return _page({})


@blueprint.post("/cuenta/direcciones")
@allow(Caller.CUSTOMER)
def add_address() -> ResponseReturnValue:
    """A link goes to it; the answer is the same where it is another customer's."""
    typed = request.form.get("email", "")[:254]
    errors = proven(request.form.get("password", ""), "password")
    if errors:
        return _page(errors, typed), 422
    try:
        address = addresses.ask_to_add(g.session, g.customer, typed, g.settings.area_url, datetime.now(UTC))
    except InvalidReport as wrong:
        g.session.rollback()
        return _page({"email": words.ADDRESS_WRONG.get(wrong.fields["email"], words.ADDRESS_MALFORMED)}, typed), 422
    except TooManyAttempts:
        g.session.rollback()
        return _page({"email": words.ADDRESS_TOO_OFTEN}, typed), 429
    g.session.commit()
    flash(f"Le enviamos un enlace a {address}. Ábralo para confirmar que es suya: vale 24 horas.")
    return redirect(url_for("area.addresses_list"))


@blueprint.get("/cuenta/direcciones/confirmar/<token>")
@allow(Caller.CUSTOMER)
def confirm_address_form(token: str) -> ResponseReturnValue:
    """The link of the mail; a button confirms, for mail scanners follow links."""
    try:
        address = addresses.asked(g.session, g.customer, token, datetime.now(UTC))
    except NotFound:
        return render_template("area_confirm_address.html", address=None), 410
    return render_template("area_confirm_address.html", address=address)


@blueprint.post("/cuenta/direcciones/confirmar/<token>")
@allow(Caller.CUSTOMER)
def confirm_address(token: str) -> ResponseReturnValue:
    """It is registered."""
    try:
        address = addresses.confirm(g.session, g.customer, token, datetime.now(UTC))
        g.session.commit()
    except (NotFound, IntegrityError):
        g.session.rollback()
        return render_template("area_confirm_address.html", address=None), 410
    flash(f"{address} quedó registrada en su cuenta.")
    return redirect(url_for("area.addresses_list"))


@blueprint.post("/cuenta/direcciones/quitar")
@allow(Caller.CUSTOMER)
def remove_address() -> ResponseReturnValue:
    """One that he no longer uses; never the last one."""
    address = request.form.get("address", "")
    try:
        addresses.remove(g.session, g.customer, address, datetime.now(UTC))
        g.session.commit()
        flash(f"{address} ya no está registrada en su cuenta.")
    except NotAllowed:
        g.session.rollback()
        flash("Es la única dirección de su cuenta: registre otra antes de quitarla.")
    except NotFound:
        g.session.rollback()
    return redirect(url_for("area.addresses_list"))


def _page(errors: Errors, typed: str = "") -> str:
    return render_template("area_addresses.html", errors=errors, typed=typed)
