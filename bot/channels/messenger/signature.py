"""Whether a webhook call is Meta's: HMAC-SHA256 of the raw body with the app's secret (Messenger Platform, webhooks)."""

from __future__ import annotations

import hashlib
import hmac
import re

HEADER = "X-Hub-Signature-256"
_FORM = re.compile(r"sha256=([0-9a-f]{64})", re.ASCII)


def is_metas(header: str | None, raw: bytes, app_secret: str) -> bool:
    """Whether ``header`` signs exactly ``raw``; False also where it is missing or malformed."""
    given = _FORM.fullmatch(header or "")
    if given is None:
        return False
    return hmac.compare_digest(given[1], sign(raw, app_secret))


def sign(raw: bytes, app_secret: str) -> str:
    """The signature as hexadecimal digits."""
    return hmac.new(app_secret.encode(), raw, hashlib.sha256).hexdigest()
