"""A browser that logged in before is known again: nobody who guesses, even from the same address, can shut its owner out.

OWASP, "Slow down online guessing attacks with device cookies": attempts with a known device are counted by themselves, so that
those of everybody else behind the same address (an office, a telephone company's gateway) do not count against it.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from flask import g, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from escalation.auth.cookies import HOST_PREFIX
from escalation.customers import typed_address
from escalation.throttle import Origin

# A customer who comes twice a year still has his browser known.
LIFETIME = timedelta(days=365)
NAME = "known_device"


def origin_on_device(origin: Origin, email: str) -> Origin:
    """Where the attempt counts: the device itself where it proved this account before, else the network as given."""
    try:
        account, device = _signer().loads(request.cookies.get(_name(), ""), max_age=int(LIFETIME.total_seconds()))
    except (BadSignature, ValueError, TypeError):
        return origin
    if account != origin.hashed(typed_address(email)):
        return origin
    return Origin(f"device {device}", origin.secret)


def remember(response: Response, origin: Origin, email: str) -> None:
    """From now on this browser is known for this account. A new mark at every log-in: a copied one ages."""
    mark = _signer().dumps([origin.hashed(typed_address(email)), secrets.token_urlsafe(12)])
    response.set_cookie(
        _name(),
        mark,
        max_age=int(LIFETIME.total_seconds()),
        path="/",
        secure=g.settings.secure_cookies,
        httponly=True,
        samesite="Lax",
    )


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(g.settings.session_secret, salt="known device")


def _name() -> str:
    return f"{HOST_PREFIX}{NAME}" if g.settings.secure_cookies else NAME
