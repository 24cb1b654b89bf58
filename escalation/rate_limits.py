"""How many requests an address and an account may make. Guessing passwords has its own rule: :mod:`escalation.throttle`."""

from __future__ import annotations

import hmac
import math
import time

import structlog
from flask import Flask, g, request
from flask_limiter import ApplicationLimit, Limiter
from limits import parse
from werkzeug.exceptions import TooManyRequests

from escalation.settings import Settings
from wire import tokens
from wire.networks import network_of

log = structlog.get_logger()

# An office of twenty behind one address, each with a few pages that look for news.
PER_ADDRESS = "1200 per minute"
# Each costs a twentieth of a second of one processor (argon2); wrong ones are slowed down much earlier.
LOGINS_PER_ADDRESS = "120 per minute"
# A person with ten pages open, or a program that reads everything page by page.
PER_ACCOUNT = parse("600 per minute")
LOGIN_ENDPOINTS = frozenset(
    {
        *("area.login", "area.ask_for_recovery", "area.choose_password", "console.login", "console.second_step"),
        *("api.conversation_login", "account_linking.link"),
    }
)
# Never counted: health is asked by watchdogs, static files cost nothing.
FREE_ENDPOINTS = frozenset({"static", "health"})


def register_for_addresses(app: Flask, settings: Settings) -> Limiter:
    """Before anything else is done for a request: a flood must not even reach the database."""
    limiter = Limiter(
        _network,
        application_limits=[
            ApplicationLimit(PER_ADDRESS),
            ApplicationLimit(LOGINS_PER_ADDRESS, scope="log-in", exempt_when=lambda: not _is_login()),
        ],
        storage_uri=settings.rate_limit_storage_url,
        headers_enabled=True,
        # A Redis that is away must neither stop the desk nor open the gates.
        in_memory_fallback_enabled=True,
    )
    limiter.request_filter(lambda: request.endpoint in FREE_ENDPOINTS or _is_service(settings))
    limiter.init_app(app)
    return limiter


def register_for_accounts(app: Flask, limiter: Limiter) -> None:
    """After the guard said who it is."""

    @app.before_request
    def within_the_accounts_limit() -> None:
        account = _account()
        if account is None:
            return
        try:
            if limiter.limiter.hit(PER_ACCOUNT, "account", account):
                return
            reset = limiter.limiter.get_window_stats(PER_ACCOUNT, "account", account).reset_time
        except Exception:
            # The storage is away; the address's own limit falls back to this process's memory.
            log.exception("the account's limit could not be counted")
            return
        raise TooManyRequests(retry_after=max(1, math.ceil(reset - time.time())))


def _network() -> str:
    return network_of(request.remote_addr or "-")


def _is_login() -> bool:
    return request.method == "POST" and request.endpoint in LOGIN_ENDPOINTS


def _is_service(settings: Settings) -> bool:
    # The bot and the front speak for all their customers from one address; each customer is counted at their door.
    token = tokens.bearer(request.headers.get("Authorization")) or ""
    return hmac.compare_digest(token.encode(), settings.service_token.encode())


def _account() -> str | None:
    for name in ("customer", "staff", "api_token"):
        person = g.get(name)
        if person is not None:
            return f"{name} {person.id}"
    conversation = g.get("conversation_id") if not g.get("is_service") else None
    return f"conversation {conversation}" if conversation else None
