"""The widget's bearer token: says which conversation its holder may speak for. Issued by the front, read by both doors."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeTimedSerializer

_PURPOSE = "conversation"
# A conversation that nobody touched for so long starts anew; the log-in to it lapses much sooner (escalation's rule).
MAX_AGE_SECONDS = 60 * 60 * 24 * 30


def issue(conversation_id: str, secret: str) -> str:
    """A token for ``conversation_id``, signed (HMAC) with ``secret``."""
    return URLSafeTimedSerializer(secret, salt=_PURPOSE).dumps(conversation_id)


def read(token: str, secret: str) -> str | None:
    """The conversation id of ``token``, or None where it was forged, cut or is older than 30 days."""
    try:
        return str(URLSafeTimedSerializer(secret, salt=_PURPOSE).loads(token, max_age=MAX_AGE_SECONDS))
    except BadSignature:
        return None


def bearer(header: str | None) -> str | None:
    """The token of an ``Authorization: Bearer …`` header (RFC 6750), or None."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
