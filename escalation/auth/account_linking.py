"""The page that Messenger's "Log In" button opens: e-mail and password, then back to Meta with a code (Messenger Platform,
account linking). Meta brings the code home in an event about the person who pressed the button."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer

from escalation import account_links, customers
from escalation.auth.access import Caller, allow
from escalation.auth.login import TOO_MANY, WRONG, origin
from escalation.errors import LoginFailed, TooManyAttempts
from wire import linking

blueprint = Blueprint("account_linking", __name__)

NOT_FROM_MESSENGER = (
    "Este enlace no viene de su conversación de Messenger o ya no vale. Vuelva a Messenger y toque «Iniciar sesión»."
)
TOO_LATE = (
    "Pasaron más de cinco minutos y Messenger ya no espera la respuesta. Vuelva a Messenger y toque «Iniciar sesión» de nuevo."
)
_PURPOSE = "account linking page"
ADDRESS_MAX = 2000


@blueprint.route(linking.PATH, methods=["GET", "POST"])
@allow(Caller.PUBLIC)
def link() -> ResponseReturnValue:
    """The form, or its answer: proves who it is and sends the browser back to Meta."""
    conversation_id = linking.read(request.args.get(linking.PARAMETER, ""), g.settings.conversation_secret)
    back = _back_to_meta(request.args.get("redirect_uri", ""))
    if conversation_id is None or back is None or not request.args.get("account_linking_token"):
        return _page(None, error=NOT_FROM_MESSENGER), 400
    if request.method == "GET":
        return _page(back, opened=_opened().dumps(conversation_id))
    if not _still_open(request.form.get("opened", ""), conversation_id):
        return _page(None, error=TOO_LATE), 400
    return _proved(conversation_id, back)


def _proved(conversation_id: str, back: SplitResult) -> ResponseReturnValue:
    now, opened = datetime.now(UTC), request.form.get("opened", "")
    try:
        customer = customers.prove_customer(
            g.session, request.form.get("email", ""), request.form.get("password", ""), origin(), now
        )
    except LoginFailed:
        g.session.commit()  # the failure counts although the log-in did not happen
        return _page(back, opened, WRONG), 401
    except TooManyAttempts:
        return _page(back, opened, TOO_MANY), 429
    code = account_links.issue(g.session, conversation_id, customer, g.settings.session_secret, now)
    g.session.commit()
    query = "&".join(part for part in (back.query, urlencode({"authorization_code": code})) if part)
    return redirect(urlunsplit(back._replace(query=query)), 303)


def _back_to_meta(address: str) -> SplitResult | None:
    """Where Meta waits; None where it is not hers: nobody may use our page to lead people away."""
    if len(address) > ADDRESS_MAX or any(sign.isspace() or sign == "\\" or not sign.isprintable() for sign in address):
        return None
    try:
        parts = urlsplit(address)
        secure, known = parts.scheme == "https", parts.netloc.lower() in g.settings.linking_hosts
    except ValueError:
        return None
    # A stand-in on this machine has no certificate.
    trial = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    return parts if known and (secure or trial) else None


def _opened() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(g.settings.session_secret, salt=_PURPOSE)


def _still_open(token: str, conversation_id: str) -> bool:
    try:
        return bool(_opened().loads(token, max_age=account_links.LIFETIME.total_seconds()) == conversation_id)
    except BadSignature:
        return False


def _page(back: SplitResult | None, opened: str = "", error: str = "") -> Response:
    cancel = urlunsplit(back) if back is not None else ""
    page = make_response(render_template("account_linking.html", opened=opened, error=error, cancel=cancel))
    # A browser applies form-action to where the answer redirects, too.
    target = f" {back.scheme}://{back.netloc}" if back is not None else ""
    page.headers["Content-Security-Policy"] = (
        f"default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'{target}"
    )
    # The address holds Meta's token.
    page.headers["Referrer-Policy"] = "no-referrer"
    return page
