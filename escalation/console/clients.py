"""Customers in the console: the list, one of them, what he has, his addresses; administrators also import, block and merge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from escalation import addresses, audit, customer_admin, customer_merging, sessions
from escalation.auth.access import Caller, allow
from escalation.auth.staff_login import actor
from escalation.erasure import PENDING, current
from escalation.errors import DeskError, InvalidReport, NotAllowed, NotFound, TooManyAttempts
from escalation.models import Customer, Ticket
from escalation.sessions import Kind

blueprint = Blueprint("clients", __name__, url_prefix="/consola/clientes")
TICKETS_SHOWN = 20


@blueprint.get("/")
@allow(Caller.AGENT)
def listing() -> ResponseReturnValue:
    """By name, or what is sought."""
    query = request.args.get("q", "")
    return render_template(
        "console_clients.html", page=customer_admin.page(g.session, query, request.args.get("after", "")), query=query
    )


@blueprint.post("/")
@allow(Caller.ADMIN)
def add() -> ResponseReturnValue:
    """A new one."""
    form, now = request.form, datetime.now(UTC)
    try:
        made = customer_admin.add(g.session, form.get("email", ""), form.get("name", ""), actor(), now)
        g.session.commit()
    except InvalidReport as refused:
        g.session.rollback()
        flash(_said(refused))
        return redirect(url_for("clients.listing"))
    flash(_("Cliente agregado. Elige su contraseña con «Recuperar contraseña»."))
    return redirect(url_for("clients.one", customer_id=made.id))


@blueprint.get("/<customer_id>")
@allow(Caller.AGENT)
def one(customer_id: str) -> ResponseReturnValue:
    """All of him. One who went into another leads there."""
    customer = customer_admin.find(g.session, customer_id)
    into = customer_merging.final(g.session, customer)
    if into.id != customer.id:
        flash(_("%(name)s fue unido a este cliente.", name=customer.name))
        return redirect(url_for("clients.one", customer_id=into.id))
    newest = select(Ticket).where(Ticket.customer_id == customer.id, Ticket.merged_into_id.is_(None))
    tickets = g.session.scalars(newest.order_by(Ticket.updated_at.desc()).limit(TICKETS_SHOWN + 1)).all()
    erasure = current(g.session, customer)
    return render_template(
        "console_client.html",
        customer=customer,
        tickets=tickets[:TICKETS_SHOWN],
        more=len(tickets) > TICKETS_SHOWN,
        logins=sessions.live_of(g.session, Kind.CUSTOMER, customer.id, datetime.now(UTC)),
        merged=customer_merging.merged_into(g.session, customer),
        erasing=erasure is not None and erasure.state == PENDING,
    )


@blueprint.post("/<customer_id>/servicios")
@allow(Caller.AGENT)
def services(customer_id: str) -> ResponseReturnValue:
    """One domain or mailbox more, or with ``remove`` one less."""
    kind, name = request.form.get("kind", ""), request.form.get("name", "")
    verb = customer_admin.remove_service if request.form.get("remove") else customer_admin.add_service
    return _do(customer_id, lambda customer, now: verb(g.session, customer, kind, name, actor(), now))


@blueprint.post("/<customer_id>/direcciones")
@allow(Caller.AGENT)
def add_address(customer_id: str) -> ResponseReturnValue:
    """A link goes to the address: it is his once he opens it, logged in."""
    email = request.form.get("email", "")

    def ask(customer: Customer, now: datetime) -> None:
        addresses.ask_to_add(g.session, customer, email, g.settings.area_url, now)
        audit.record(g.session, audit.CUSTOMER_ADDRESS, actor(), customer.id, now, asked=True)

    return _do(customer_id, ask, _("Le enviamos un enlace a esa dirección; vale cuando lo abra."))


@blueprint.post("/<customer_id>/direcciones/registrar")
@allow(Caller.ADMIN)
def register_address(customer_id: str) -> ResponseReturnValue:
    """An address that was proven to be his by other means."""
    email = request.form.get("email", "")
    return _do(customer_id, lambda customer, now: customer_admin.add_address(g.session, customer, email, actor(), now))


@blueprint.post("/<customer_id>/direcciones/quitar")
@allow(Caller.ADMIN)
def remove_address(customer_id: str) -> ResponseReturnValue:
    """It is his no longer."""
    address = request.form.get("address", "")

    def remove(customer: Customer, now: datetime) -> None:
        addresses.remove(g.session, customer, address, now)
        audit.record(g.session, audit.CUSTOMER_ADDRESS, actor(), customer.id, now, removed=True)

    return _do(customer_id, remove)


@blueprint.post("/<customer_id>/estado")
@allow(Caller.ADMIN)
def state(customer_id: str) -> ResponseReturnValue:
    """``do``: block, unblock, rename, sessions."""
    do, name = request.form.get("do", ""), request.form.get("name", "")

    def change(customer: Customer, now: datetime) -> None:
        if do in ("block", "unblock"):
            customer_admin.set_blocked(g.session, customer, do == "block", actor(), now)
        elif do == "rename":
            customer_admin.rename(g.session, customer, name, actor(), now)
        elif do == "sessions":
            customer_admin.end_sessions(g.session, customer, actor(), now)

    return _do(customer_id, change)


@blueprint.get("/<customer_id>/unir")
@allow(Caller.ADMIN)
def merge_page(customer_id: str) -> ResponseReturnValue:
    """Into whom? Then: what goes along."""
    source = customer_admin.find(g.session, customer_id)
    query, into = request.args.get("q", ""), request.args.get("into", "")
    target = g.session.get(Customer, into) if into else None
    found = [] if not query else [each for each in customer_admin.page(g.session, query).customers if each.id != source.id]
    counts = {each.id: customer_merging.counts(g.session, each) for each in (source, target) if each}
    return render_template("console_merge.html", source=source, target=target, found=found, query=query, counts=counts)


@blueprint.post("/<customer_id>/unir")
@allow(Caller.ADMIN)
def merge(customer_id: str) -> ResponseReturnValue:
    """He goes into the customer ``into``; the box that says so must be ticked."""
    source = customer_admin.find(g.session, customer_id)
    target = customer_admin.find(g.session, request.form.get("into", ""))
    if request.form.get("sure") != "1":
        flash(_("Marque la casilla para confirmar."))
        return redirect(url_for("clients.merge_page", customer_id=source.id, into=target.id))
    try:
        customer_merging.merge(g.session, source, target, g.staff, actor(), datetime.now(UTC))
        g.session.commit()
    except NotAllowed:
        g.session.rollback()
        flash(_("No se pueden unir: uno ya fue unido, o pidió que se supriman sus datos."))
        return redirect(url_for("clients.merge_page", customer_id=customer_id))
    flash(_("Los clientes quedaron unidos."))
    return redirect(url_for("clients.one", customer_id=target.id))


def _do(customer_id: str, verb: Callable[[Customer, datetime], object], done: str = "") -> ResponseReturnValue:
    customer = customer_admin.find(g.session, customer_id)
    try:
        verb(customer, datetime.now(UTC))
        g.session.commit()
        flash(done or _("Guardado."))
    except DeskError as refused:
        g.session.rollback()
        flash(_said(refused))
    return redirect(url_for("clients.one", customer_id=customer_id))


def _said(refused: DeskError) -> str:
    if isinstance(refused, TooManyAttempts):
        return _("Se pidieron demasiados enlaces. Espere una hora.")
    if isinstance(refused, NotAllowed):
        return _("La última dirección no se puede quitar.")
    if isinstance(refused, NotFound):
        return _("Eso ya no estaba.")
    why = refused.fields.get("email")
    if why == "taken":
        return _("Esa dirección ya está registrada.")
    return _("Ya la tiene.") if why == "own" else _("Revise lo que escribió: no es válido.")
