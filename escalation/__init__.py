"""The escalation service: tickets, customers, Área de Clientes, staff console, mail out. Never imports ``bot``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
from flask import Flask, g, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix

# Tickets refer to their tables, the schema to all of them.
from escalation import (  # noqa: F401
    admin_models,
    api,
    area_models,
    chat_models,
    cli,
    console,
    console_models,
    customer_area,
    desk_models,
    file_links,
    headers,
    i18n,
    incident_models,
    integration_models,
    messenger_models,
    metrics,
    pages,
    rate_limits,
)
from escalation.auth import account_linking
from escalation.auth.access import Caller, allow, guard
from escalation.auth.cookies import HOST_PREFIX
from escalation.body_limits import body_max_of
from escalation.console import (
    acts,
    assets,
    audit_log,
    beside,
    client_import,
    clients,
    erasures,
    frame,
    incident_pages,
    live,
    me,
    numbers,
    queue_acts,
    replies,
    staff,
)
from escalation.console import alarms as console_alarms
from escalation.mail import commands as mail_commands
from escalation.mail import pages as mail_pages
from escalation.mail.health import mail_health
from escalation.mail.watch import Sources
from escalation.models import WORKER, Heartbeat
from escalation.settings import Settings
from escalation.sound_paths import refuse_unsound_paths
from wire import logs
from wire.database import for_reading, new_engine
from wire.settings import MissingSetting, WeakSecret

WORKER_SILENCE_MAX = timedelta(seconds=30)


def create_app(settings: Settings | None = None) -> Flask:
    """The service on ``settings`` (default: from the environment).

    Raises:
        MissingSetting: names the setting that is missing.
    """
    settings = settings or _settings()
    app = Flask(__name__)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies)  # type: ignore[method-assign]
    app.config.update(
        SECRET_KEY=settings.session_secret,
        SESSION_COOKIE_NAME=f"{HOST_PREFIX if settings.secure_cookies else ''}session",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,  # a page left open over lunch must still send what was typed
    )
    logs.configure("escalation")
    logs.follow_requests(app, "escalation")
    metrics.register(app)
    engine = new_engine(settings.database_url)
    app.before_request(lambda: setattr(g, "settings", settings))
    limiter = rate_limits.register_for_addresses(app, settings)
    _provide_session(app, engine)
    app.before_request(refuse_unsound_paths)
    app.before_request(guard)
    rate_limits.register_for_accounts(app, limiter)
    csrf = CSRFProtect(app)
    api.register(app, csrf)
    app.register_blueprint(customer_area.blueprint)
    app.register_blueprint(console.blueprint)
    app.register_blueprint(assets.blueprint)
    app.register_blueprint(queue_acts.blueprint)
    app.register_blueprint(acts.blueprint)
    app.register_blueprint(beside.blueprint)
    app.register_blueprint(live.blueprint)
    app.register_blueprint(replies.blueprint)
    app.register_blueprint(file_links.blueprint)
    app.register_blueprint(erasures.blueprint)
    app.register_blueprint(me.blueprint)
    app.register_blueprint(staff.blueprint)
    app.register_blueprint(audit_log.blueprint)
    app.register_blueprint(clients.blueprint)
    app.register_blueprint(client_import.blueprint)
    app.register_blueprint(incident_pages.blueprint)
    app.register_blueprint(numbers.blueprint)
    app.register_blueprint(mail_pages.blueprint)
    app.register_blueprint(account_linking.blueprint)
    pages.register(app)
    i18n.register(app)
    frame.register(app)
    console_alarms.register(app)
    cli.register(app, engine, settings)
    mail_commands.register(app, engine, settings)
    headers.register(app)
    _health_route(app)
    return app


def _settings() -> Settings:
    try:
        return Settings.from_environment()
    except (MissingSetting, WeakSecret, ValueError) as wrong:
        # A person at a command line reads a sentence, not a traceback.
        if click.get_current_context(silent=True) is not None:
            raise click.ClickException(str(wrong)) from wrong
        raise


def _provide_session(app: Flask, engine: Engine) -> None:
    reader = for_reading(engine)

    @app.before_request
    def open_session() -> None:
        request.max_content_length = body_max_of(request.endpoint)
        # The whole body first: with a transaction open, a slow sender would hold SQLite's only write lock.
        request.get_data(parse_form_data=True)
        # Reads take no write lock on SQLite; what is not committed by the edge is rolled back at the end.
        g.session = Session(reader if request.method in ("GET", "HEAD", "OPTIONS") else engine, expire_on_commit=False)

    @app.teardown_request
    def close_session(_: BaseException | None) -> None:
        if "session" in g:
            g.session.close()


def _health_route(app: Flask) -> None:
    @app.get("/health")
    @allow(Caller.PUBLIC)
    def health() -> ResponseReturnValue:
        parts = {"escalation": "ok", "database": "ok", "worker": "ok"}
        g.session.execute(text("SELECT 1"))
        heartbeat = g.session.get(Heartbeat, WORKER)
        if heartbeat is None or datetime.now(UTC) - heartbeat.at > WORKER_SILENCE_MAX:
            parts["worker"] = "gave no sign of life lately"
        ready = set(parts.values()) == {"ok"}
        mail = mail_health(g.session, Sources.of(g.settings), datetime.now(UTC))
        return {"status": "ok" if ready else "degraded", "parts": parts, **mail}, 200 if ready else 503
