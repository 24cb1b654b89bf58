"""Staff log in: password, then the code of the second factor where they have one; each try is in the audit log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from escalation import audit, customers, second_factor
from escalation.audit import Actor
from escalation.auth import devices
from escalation.auth.login import TOO_MANY, WRONG, enter, log_out, origin, safe_target
from escalation.errors import LoginFailed, TooManyAttempts
from escalation.models import Staff
from escalation.sessions import Kind
from escalation.throttle import WINDOW

HOME = "console.queue"
HALF_WAY = "second_factor"
# Before it is known who reads, and so in which language.
WRONG_CODE = "El código no es válido. Espere al próximo que muestre su aplicación."
# As long as it takes to find the telephone.
HALF_WAY_FOR = timedelta(minutes=5)


def log_in() -> ResponseReturnValue:
    """The first step; with a second factor it leads to the second."""
    if request.method == "GET":
        return render_template("console_login.html")
    now, email = datetime.now(UTC), request.form.get("email", "")
    try:
        member = customers.prove_staff(
            g.session, email, request.form.get("password", ""), devices.origin_on_device(origin(), email), now
        )
    except LoginFailed:
        audit.record(g.session, audit.LOGIN_FAILED, Actor(_named(email), address()), "password", now)
        g.session.commit()  # the failure counts although the log-in did not happen
        return render_template("console_login.html", error=WRONG), 401
    except TooManyAttempts:
        return render_template("console_login.html", error=TOO_MANY), 429, {"Retry-After": str(int(WINDOW.total_seconds()))}
    if second_factor.is_on(g.session, member):
        g.session.commit()
        session.clear()
        session[HALF_WAY] = {"id": member.id, "email": email, "at": now.timestamp(), "next": safe_target(url_for(HOME))}
        return redirect(url_for("console.second_step"))
    return _in(member, email, safe_target(url_for(HOME)), now)


def second_step() -> ResponseReturnValue:
    """The code of the authenticator, or a recovery code."""
    half, now = session.get(HALF_WAY), datetime.now(UTC)
    member = g.session.get(Staff, half["id"]) if half and now.timestamp() - half["at"] < HALF_WAY_FOR.total_seconds() else None
    if member is None or not member.active:
        session.pop(HALF_WAY, None)
        return render_template("console_second_step.html", lapsed=True), 401
    if request.method == "GET":
        return render_template("console_second_step.html")
    try:
        recovery = second_factor.prove(g.session, member, request.form.get("code", ""), g.settings.session_secret, now)
    except (LoginFailed, TooManyAttempts) as failed:
        audit.record(g.session, audit.FACTOR_FAILED, Actor(member, address()), "", now)
        g.session.commit()
        paused = isinstance(failed, TooManyAttempts)
        error = TOO_MANY if paused else WRONG_CODE
        return render_template("console_second_step.html", error=error), 429 if paused else 401
    if recovery:
        left = second_factor.recovery_codes_left(g.session, member)
        audit.record(g.session, audit.RECOVERY_USED, Actor(member, address()), "", now, left=left)
        flash(_("Usó un código de recuperación. Le quedan %(left)s.", left=left))
    return _in(member, half["email"], half["next"], now)


def leave() -> ResponseReturnValue:
    """Log out."""
    audit.record(g.session, audit.LOGOUT, Actor(g.staff, address()), "", datetime.now(UTC))
    return log_out(Kind.STAFF, "console.login")


def address() -> str:
    """Where the request comes from, for the audit log."""
    return request.remote_addr or ""


def actor() -> Actor:
    """Who calls."""
    return Actor(g.staff, address())


def _in(member: Staff, email: str, target: str, now: datetime) -> ResponseReturnValue:
    audit.record(g.session, audit.LOGIN, Actor(member, address()), "", now)
    return enter(Kind.STAFF, member, email, target, now)


def _named(email: str) -> Staff | None:
    # What was typed is not kept: people type their password there.
    return g.session.scalar(select(Staff).where(Staff.email == customers.typed_address(email)))
