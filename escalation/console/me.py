"""Somebody of staff's own account: language, password, second factor, where he is logged in."""

from __future__ import annotations

from datetime import UTC, datetime

import segno
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh
from markupsafe import Markup

from escalation import audit, second_factor, sessions, staff_members
from escalation.auth.access import Caller, allow, without_second_factor
from escalation.auth.cookies import COOKIE_OF
from escalation.auth.login import origin
from escalation.auth.staff_login import actor
from escalation.catalogue import LANGUAGES
from escalation.errors import InvalidReport, LoginFailed, NotAllowed, TooManyAttempts
from escalation.sessions import Kind
from escalation.throttle import check, record_failure

blueprint = Blueprint("me", __name__, url_prefix="/consola/mi-cuenta")
QR_SCALE = 5


@blueprint.get("/")
@allow(Caller.AGENT)
def account() -> ResponseReturnValue:
    """All of it on one page."""
    return _account()


@blueprint.post("/idioma")
@allow(Caller.AGENT)
@without_second_factor
def language() -> ResponseReturnValue:
    """Another language, from the next page on."""
    staff_members.choose_language(g.session, g.staff, request.form.get("language", ""), LANGUAGES)
    g.session.commit()
    refresh()
    flash(_("Guardado."))
    return redirect(url_for("me.account"))


@blueprint.post("/contrasena")
@allow(Caller.AGENT)
def password() -> ResponseReturnValue:
    """Another password; the other browsers are logged out."""
    now, form = datetime.now(UTC), request.form
    token = request.cookies.get(COOKIE_OF[Kind.STAFF], "")
    try:
        # Somebody at an unlocked screen guesses no faster than at the door.
        check(g.session, g.staff.email, origin(), now)
        staff_members.change_own_password(g.session, g.staff, form.get("old", ""), form.get("new", ""), token, actor(), now)
        g.session.commit()
    except LoginFailed:
        record_failure(g.session, g.staff.email, origin(), now)
        g.session.commit()
        return _account(_("La contraseña actual no es ésa.")), 422
    except TooManyAttempts:
        return _account(_("Hubo demasiados intentos. Espere quince minutos.")), 429
    except InvalidReport:
        return _account(_("La contraseña nueva necesita al menos diez caracteres.")), 422
    flash(_("La contraseña fue cambiada; sus otras sesiones se cerraron."))
    return redirect(url_for("me.account"))


@blueprint.post("/sesiones/<shown_id>/cerrar")
@allow(Caller.AGENT)
def end_session(shown_id: str) -> ResponseReturnValue:
    """Log that browser out."""
    sessions.end_one(g.session, Kind.STAFF, g.staff.id, shown_id)
    audit.record(g.session, audit.SESSIONS_ENDED, actor(), g.staff.id, datetime.now(UTC), one=True)
    g.session.commit()
    flash(_("La sesión fue cerrada."))
    return redirect(url_for("me.account"))


@blueprint.get("/segundo-factor")
@allow(Caller.AGENT)
@without_second_factor
def second_factor_page() -> ResponseReturnValue:
    """What it is; the secret to take up with the authenticator, where it was begun; or what there is."""
    return _factor_page()


@blueprint.post("/segundo-factor/empezar")
@allow(Caller.AGENT)
@without_second_factor
def begin() -> ResponseReturnValue:
    """A new secret."""
    try:
        second_factor.begin(g.session, g.staff, g.settings.session_secret, datetime.now(UTC))
        g.session.commit()
    except NotAllowed:
        g.session.rollback()
    return redirect(url_for("me.second_factor_page"))


@blueprint.post("/segundo-factor/confirmar")
@allow(Caller.AGENT)
@without_second_factor
def confirm() -> ResponseReturnValue:
    """The first code: it is on, and the recovery codes are shown this once."""
    now = datetime.now(UTC)
    try:
        codes = second_factor.confirm(g.session, g.staff, request.form.get("code", ""), g.settings.session_secret, now)
    except NotAllowed:
        g.session.rollback()
        return redirect(url_for("me.second_factor_page"))
    except (LoginFailed, TooManyAttempts) as failed:
        g.session.commit()
        return _refused(failed)
    audit.record(g.session, audit.FACTOR_ON, actor(), g.staff.id, now)
    g.session.commit()
    return render_template("console_recovery_codes.html", codes=codes)


@blueprint.post("/segundo-factor/codigos")
@allow(Caller.AGENT)
def new_codes() -> ResponseReturnValue:
    """New recovery codes in place of the old ones; wants a code."""
    refused = _prove()
    if refused is not None:
        return refused
    codes = second_factor.renew_recovery_codes(g.session, g.staff, g.settings.session_secret)
    g.session.commit()
    return render_template("console_recovery_codes.html", codes=codes)


@blueprint.post("/segundo-factor/quitar")
@allow(Caller.AGENT)
def turn_off() -> ResponseReturnValue:
    """Without it from now on; wants a code."""
    refused = _prove()
    if refused is not None:
        return refused
    second_factor.turn_off(g.session, g.staff)
    audit.record(g.session, audit.FACTOR_OFF, actor(), g.staff.id, datetime.now(UTC), by="self")
    g.session.commit()
    flash(_("El segundo factor fue quitado."))
    return redirect(url_for("me.second_factor_page"))


def _prove() -> ResponseReturnValue | None:
    now = datetime.now(UTC)
    try:
        second_factor.prove(g.session, g.staff, request.form.get("code", ""), g.settings.session_secret, now)
    except (LoginFailed, TooManyAttempts) as failed:
        audit.record(g.session, audit.FACTOR_FAILED, actor(), "", now)
        g.session.commit()
        return _refused(failed)
    return None


def _refused(failed: Exception) -> ResponseReturnValue:
    if isinstance(failed, TooManyAttempts):
        return _factor_page(_("Hubo demasiados intentos. Espere quince minutos.")), 429
    return _factor_page(_("El código no es válido. Espere al próximo que muestre su aplicación.")), 422


def _factor_page(error: str = "") -> str:
    begun = second_factor.begun(g.session, g.staff, g.settings.session_secret)
    return render_template(
        "console_second_factor.html",
        is_on=second_factor.is_on(g.session, g.staff),
        begun=begun,
        # segno writes nothing of others into it: modules of one path, and our title.
        qr=Markup(segno.make(begun.uri).svg_inline(scale=QR_SCALE, border=4, light="white")) if begun else "",  # noqa: S704  # nosec B704
        left=second_factor.recovery_codes_left(g.session, g.staff),
        required=second_factor.is_lacking(g.session, g.staff),
        error=error,
    )


def _account(error: str = "") -> str:
    token = request.cookies.get(COOKIE_OF[Kind.STAFF], "")
    logins = sessions.live_of(g.session, Kind.STAFF, g.staff.id, datetime.now(UTC))
    return render_template(
        "console_account.html",
        logins=[(sessions.public_id(login), login, sessions.is_of(login, token)) for login in logins],
        is_on=second_factor.is_on(g.session, g.staff),
        languages=LANGUAGES,
        error=error,
    )
