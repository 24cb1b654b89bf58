"""The rule of each route. A route without one is refused: forgetting is safe."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

import structlog
from flask import current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from escalation import api_tokens, second_factor, sessions
from escalation.api_tokens import Scope
from escalation.auth.cookies import COOKIE_OF
from escalation.models import Customer, Role, Staff
from escalation.settings import Settings
from wire import tokens
from wire.problem import problem

View = TypeVar("View", bound=Callable[..., Any])

log = structlog.get_logger()

# Routes that libraries add; ours carry their rule themselves.
FOREIGN_ROUTES = {"static": "public", "api-docs.openapi_json": "public"}


class Caller(StrEnum):
    """Who a route is for."""

    PUBLIC = "public"
    CUSTOMER = "customer"
    AGENT = "agent"
    ADMIN = "admin"
    SERVICE = "service"
    CONVERSATION = "conversation"
    INTEGRATION = "integration"
    SCRAPER = "scraper"


def allow(*callers: Caller) -> Callable[[View], View]:
    """Says who may call the decorated view; any one of ``callers`` suffices."""

    def mark(view: View) -> View:
        view.callers = callers  # type: ignore[attr-defined]
        return view

    return mark


def needs(scope: Scope) -> Callable[[View], View]:
    """Says that the decorated view is for programs whose token has ``scope``, and for nobody else."""

    def mark(view: View) -> View:
        view.callers, view.scope = (Caller.INTEGRATION,), scope  # type: ignore[attr-defined]
        return view

    return mark


def rule_of(endpoint: str) -> tuple[Caller, ...]:
    """The callers of an endpoint; empty where nobody said."""
    if endpoint in FOREIGN_ROUTES:
        return (Caller(FOREIGN_ROUTES[endpoint]),)
    return getattr(current_app.view_functions[endpoint], "callers", ())


def guard() -> ResponseReturnValue | None:
    """Before each request: let in whom the rule names, send people to their log-in page, refuse the rest."""
    if request.endpoint is None or request.method == "OPTIONS":
        return None
    rule = rule_of(request.endpoint)
    if any(_RESOLVE[caller](g.settings, g.session) for caller in rule):
        return _unless_second_factor_is_lacking()
    if Caller.CUSTOMER in rule:
        # A form with a long text shows its own log-in page, so that the text is not lost.
        lapsed = getattr(current_app.view_functions[request.endpoint], "when_logged_out", None)
        if lapsed is not None and request.method == "POST":
            return lapsed()
        return redirect(url_for("area.login", next=request.path))
    if Caller.AGENT in rule or Caller.ADMIN in rule:
        return redirect(url_for("console.login", next=request.path)) if g.get("staff") is None else ("No autorizado", 403)
    if g.get("api_token") is not None:
        return problem(403, f"this token lacks the scope {scope_of(request.endpoint)}", code="insufficient_scope")
    return problem(401, "a valid credential is required")


def _unless_second_factor_is_lacking() -> ResponseReturnValue | None:
    """Where all of staff must have a second factor, whoever has none gets one first, and sees nothing else."""
    member = g.get("staff")
    free = getattr(current_app.view_functions[request.endpoint or ""], "without_second_factor", False)
    if member is None or free or not second_factor.is_lacking(g.session, member):
        return None
    return redirect(url_for("me.second_factor_page"))


def without_second_factor(view: View) -> View:
    """Says that the decorated view is open to staff who must have a second factor and have none yet."""
    view.without_second_factor = True  # type: ignore[attr-defined]
    return view


def scope_of(endpoint: str) -> Scope | None:
    """What a token needs for an endpoint; None where tokens are of no use."""
    return getattr(current_app.view_functions[endpoint], "scope", None)


def _anybody(settings: Settings, session: Session) -> bool:
    return True


def _customer(settings: Settings, session: Session) -> bool:
    owner = _owner(sessions.Kind.CUSTOMER, session)
    customer = session.get(Customer, owner) if owner else None
    g.customer = customer if customer is not None and not customer.blocked else None
    return g.customer is not None


def _agent(settings: Settings, session: Session) -> bool:
    owner = _owner(sessions.Kind.STAFF, session)
    member = session.get(Staff, owner) if owner else None
    g.staff = member if member is not None and member.active else None
    return g.staff is not None


def _admin(settings: Settings, session: Session) -> bool:
    return _agent(settings, session) and g.staff.role == Role.ADMIN


def _owner(kind: sessions.Kind, session: Session) -> str | None:
    token = request.cookies.get(COOKIE_OF[kind])
    return sessions.owner(session, kind, token, datetime.now(UTC)) if token else None


def _service(settings: Settings, session: Session) -> bool:
    token = tokens.bearer(request.headers.get("Authorization")) or ""
    g.is_service = hmac.compare_digest(token.encode(), settings.service_token.encode())
    return bool(g.is_service)


def _conversation(settings: Settings, session: Session) -> bool:
    token = tokens.bearer(request.headers.get("Authorization"))
    g.conversation_id = tokens.read(token, settings.conversation_secret) if token else None
    return g.conversation_id is not None


def _integration(settings: Settings, session: Session) -> bool:
    token = tokens.bearer(request.headers.get("Authorization")) or ""
    now = datetime.now(UTC)
    g.api_token = api_tokens.find(session, token)
    if g.api_token is None:
        return False
    if api_tokens.use_is_stale(g.api_token, now):
        _note_use(session, g.api_token.id, now)
    return scope_of(request.endpoint or "") in g.api_token.scopes


def _note_use(session: Session, token_id: str, now: datetime) -> None:
    # The request's own transaction may only read, or end in a rollback; and on SQLite there is one write lock.
    session.rollback()
    writer = session.get_bind().execution_options(only_reads=False)
    try:
        with Session(writer) as own, own.begin():
            api_tokens.note_use(own, token_id, now)
    except OperationalError:
        # Busy: the next call notes it. The call itself must not fail for it.
        log.warning("use of a token not noted")


def _scraper(settings: Settings, session: Session) -> bool:
    token = tokens.bearer(request.headers.get("Authorization")) or ""
    return bool(settings.metrics_token) and hmac.compare_digest(token.encode(), settings.metrics_token.encode())


_RESOLVE: dict[Caller, Callable[[Settings, Session], bool]] = {
    Caller.PUBLIC: _anybody,
    Caller.CUSTOMER: _customer,
    Caller.AGENT: _agent,
    Caller.ADMIN: _admin,
    Caller.SERVICE: _service,
    Caller.CONVERSATION: _conversation,
    Caller.INTEGRATION: _integration,
    Caller.SCRAPER: _scraper,
}
