"""The address of the log-in page for Messenger: says which conversation it is for. Issued by the front, read by escalation."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeTimedSerializer

PARAMETER = "conversation"
PATH = "/vincular-messenger"
_PURPOSE = "account linking"
# The button stays in the chat; Meta's own token, made when it is pressed, lives five minutes.
MAX_AGE_SECONDS = 60 * 60 * 24


def issue(conversation_id: str, secret: str) -> str:
    """A token that lets a log-in be for ``conversation_id``, signed (HMAC) with ``secret``."""
    return URLSafeTimedSerializer(secret, salt=_PURPOSE).dumps(conversation_id)


def read(token: str, secret: str) -> str | None:
    """The conversation id, or None where the token was forged, cut or is older than a day."""
    try:
        return str(URLSafeTimedSerializer(secret, salt=_PURPOSE).loads(token, max_age=MAX_AGE_SECONDS))
    except BadSignature:
        return None
