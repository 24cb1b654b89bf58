"""Log-in and log-out of a browser, the same for the Área de Clientes and the console."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from escalation import sessions
from escalation.auth import devices
from escalation.auth.cookies import COOKIE_OF, path_of
from escalation.browsers import family
from escalation.errors import LoginFailed, TooManyAttempts
from escalation.models import Customer, Staff
from escalation.throttle import WINDOW, Origin
from wire.networks import network_of

WRONG = "El e-mail o la contraseña no coinciden con los registrados."
TOO_MANY = "Hubo demasiados intentos. Espere quince minutos y pruebe de nuevo."

Prove = Callable[..., Customer | Staff]


def origin() -> Origin:
    """Where this request comes from, for the throttle."""
    return Origin(network_of(request.remote_addr or "-"), g.settings.session_secret)


def log_in(kind: sessions.Kind, prove: Prove, template: str, home: str) -> ResponseReturnValue:
    """Show the form, or take it: proves who it is, starts a session and goes on to where he wanted."""
    if request.method == "GET":
        return render_template(template)
    now, email = datetime.now(UTC), request.form.get("email", "")
    try:
        person = prove(g.session, email, request.form.get("password", ""), devices.origin_on_device(origin(), email), now)
    except LoginFailed:
        g.session.commit()  # the failure counts although the log-in did not happen
        return render_template(template, error=WRONG), 401
    except TooManyAttempts:
        return render_template(template, error=TOO_MANY), 429, {"Retry-After": str(int(WINDOW.total_seconds()))}
    return enter(kind, person, email, safe_target(url_for(home)), now)


def enter(kind: sessions.Kind, person: Customer | Staff, email: str, target: str, now: datetime) -> ResponseReturnValue:
    """Who proved to be ``person`` is logged in from here on, and goes on to ``target``."""
    before = request.cookies.get(COOKIE_OF[kind])
    if before:
        # Whoever used this browser, or planted a session of his own in it, is out.
        sessions.end(g.session, before)
    token = sessions.start(g.session, kind, person.id, g.settings.session_lifetime, now)
    if kind is sessions.Kind.STAFF:
        # Customers' pages note it at each visit; the console's many small requests do not.
        sessions.note_use(g.session, token, family(request.user_agent.string), now)
    g.session.commit()
    said = session.get("_flashes")
    session.clear()  # a new CSRF token with the new identity (session fixation)
    if said:
        session["_flashes"] = said
    response = redirect(target)
    _set_cookie(response, kind, token)
    devices.remember(response, origin(), email)
    return response


def log_out(kind: sessions.Kind, login: str) -> ResponseReturnValue:
    """End this browser's session."""
    token = request.cookies.get(COOKIE_OF[kind])
    if token:
        sessions.end(g.session, token)
        g.session.commit()
    session.clear()
    response = redirect(url_for(login))
    # A browser takes the deletion of a cookie with a prefix only as it would take the cookie.
    response.delete_cookie(COOKIE_OF[kind], path=path_of(kind), secure=g.settings.secure_cookies, httponly=True, samesite="Lax")
    return response


def safe_target(home: str) -> str:
    """Where he wanted to go, if it is in the room of ``home``; else home."""
    # Only back into the same room: a crafted ?next=https://… or //… must not lead away after a log-in.
    wanted = request.args.get("next", "")
    return wanted if wanted.startswith(home) and "\\" not in wanted else home


def _set_cookie(response: Response, kind: sessions.Kind, token: str) -> None:
    response.set_cookie(
        COOKIE_OF[kind],
        token,
        max_age=int(g.settings.session_lifetime.total_seconds()),
        path=path_of(kind),
        secure=g.settings.secure_cookies,
        httponly=True,
        samesite="Lax",
    )
