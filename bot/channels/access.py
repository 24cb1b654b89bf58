"""Who may call a route of the front door. A route without such a mark is refused: forgetting is safe."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import g, request
from flask.typing import ResponseReturnValue

from wire import tokens
from wire.problem import problem


def conversation_only(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """The route is for the holder of a conversation's bearer token; ``g.conversation_id`` says which."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        token = tokens.bearer(request.headers.get("Authorization"))
        secret = g.settings.conversation_secret
        conversation_id = tokens.read(token, secret) if token else None
        if conversation_id is None or not g.store.has_conversation(conversation_id):
            return problem(401, "open a conversation first: POST /widget/conversations")
        g.conversation_id = conversation_id
        return view(*args, **kwargs)

    guarded.caller = "conversation"  # type: ignore[attr-defined]
    return guarded


def service_only(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """The route is for our own services, which hold the service token."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        token = tokens.bearer(request.headers.get("Authorization")) or ""
        if not hmac.compare_digest(token.encode(), g.settings.service_token.encode()):
            return problem(401, "the service credential is required")
        return view(*args, **kwargs)

    guarded.caller = "service"  # type: ignore[attr-defined]
    return guarded


def scraper_only(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """The route is for Prometheus, which holds METRICS_TOKEN, and for our own services."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        token = (tokens.bearer(request.headers.get("Authorization")) or "").encode()
        known = filter(None, (g.settings.metrics_token, g.settings.service_token))
        if not any([hmac.compare_digest(token, one.encode()) for one in known]):
            return problem(401, "the scraper's credential is required")
        return view(*args, **kwargs)

    guarded.caller = "scraper"  # type: ignore[attr-defined]
    return guarded


def public(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """The route is for anybody."""
    view.caller = "public"  # type: ignore[attr-defined]
    return view
