"""The password once more, before a step that would outlive a stolen session."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import g

from escalation import account
from escalation.auth.login import origin
from escalation.customer_area import words
from escalation.customer_area.door import Errors
from escalation.errors import LoginFailed, TooManyAttempts


def proven(password: str, field: str) -> Errors:
    """What is wrong with it, under the name of its ``field``; empty where it is his. Commits a failure: it counts."""
    try:
        account.prove_again(g.session, g.customer, password, origin(), datetime.now(UTC))
    except LoginFailed:
        g.session.commit()
        return {field: words.OWN_PASSWORD_WRONG}
    except TooManyAttempts:
        return {field: words.TOO_MANY_TRIES}
    return {}
