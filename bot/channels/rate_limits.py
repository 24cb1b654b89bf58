"""How often one sender may do what writes a row or costs a search. Where he is known by a token, that room counts itself."""

from __future__ import annotations

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter

from bot.channels.settings import Settings
from wire.networks import network_of
from wire.problem import problem

# An office of twenty behind one address, each typing into the search: a call a third of a second while he types.
SEARCHES = "600 per minute"
# Nobody reads an answer in a second; an office reads more than one in an hour.
OPINIONS = "60 per hour"
# A report is a page of text that waits for a person.
REPORTS = "20 per hour"
# Each sends a mail, or tries a code; escalation has limits of its own per address and conversation.
CODES = "30 per hour"
# Called by scripts; whoever else is stopped reads a page.
PROGRAMS = frozenset({"/ayuda/buscar", "/widget/answers"})


def register(app: Flask, settings: Settings) -> Limiter:
    """Only routes that say so are counted."""
    limiter = Limiter(
        _network,
        storage_uri=settings.rate_limit_storage_url,
        headers_enabled=True,
        # A Redis that is away must neither stop the door nor open it to floods.
        in_memory_fallback_enabled=True,
    )
    limiter.init_app(app)

    @app.errorhandler(429)
    def too_many(_: Exception) -> ResponseReturnValue:
        if request.path in PROGRAMS:
            return problem(429, "too many calls; wait a minute")
        return render_template("help_too_many.html"), 429

    return limiter


def _network() -> str:
    return network_of(request.remote_addr or "-")
