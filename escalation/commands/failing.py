"""What a person at a command line reads where the database is not as a command needs it: a sentence, not a traceback."""

from __future__ import annotations

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError


def no_database(database_url: str, wrong: DBAPIError) -> str:
    """Which database, what its own words are, and what to look at."""
    shown = make_url(database_url).render_as_string(hide_password=True)
    reason = str(wrong.orig).strip().splitlines()[0]
    return f"{shown}: {reason}. Look at DATABASE_URL; a new or older database needs `flask --app escalation migrate`"
