"""The front door as one Flask application: pages and health here, the widget's routes in ``bot.channels.routes``."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, g, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from bot.channels import (
    entry_context,
    file_routes,
    health,
    help_routes,
    metrics,
    news_routes,
    rate_limits,
    record_routes,
    report_routes,
    routes,
    understanding_routes,
    widget_code,
)
from bot.channels.access import public
from bot.channels.buttons import Buttons
from bot.channels.conversations import Conversations
from bot.channels.escalation import Escalation
from bot.channels.file_rows import FileRows
from bot.channels.files import Files
from bot.channels.heartbeats import Heartbeats
from bot.channels.messenger import door as messenger_door
from bot.channels.messenger.news import MessengerNews, Teller
from bot.channels.messenger.page import Page
from bot.channels.rasa import Rasa
from bot.channels.settings import Settings
from bot.channels.store import Store
from bot.channels.turns import Turns
from bot.faq.live import LiveCorpus
from wire import logs
from wire.database import new_engine
from wire.problem import problem

# A message of 8,000 characters in JSON escapes stays well below this.
BODY_MAX_BYTES = 128 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """The front door on ``settings`` (default: from the environment).

    Raises:
        MissingSetting: names the setting that is missing.
    """
    settings = settings or Settings.from_environment()
    app = Flask(
        __name__,
        template_folder="bot/channels/templates",
        static_folder="bot/channels/static",
        static_url_path="/static",
    )
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies)  # type: ignore[method-assign]
    app.config["MAX_CONTENT_LENGTH"] = BODY_MAX_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # half the bytes for Spanish, and readable streams
    logs.configure("front")
    logs.follow_requests(app, "front")
    engine = new_engine(settings.chat_database_url)
    store = Store(engine)
    buttons = Buttons(settings.conversation_secret)
    escalation = Escalation(settings)
    news = MessengerNews(engine, settings.messenger, settings.front_public_url) if settings.messenger else None
    files = Files(FileRows(engine), Teller(store, news).tell, escalation, settings.files_folder)
    conversations = Conversations(store, Turns(engine), Rasa(settings), escalation, files, buttons, settings)
    app.view_functions["static"].caller = "public"  # type: ignore[attr-defined]

    @app.before_request
    def provide() -> ResponseReturnValue | None:
        g.settings, g.store = settings, store
        view = app.view_functions.get(request.endpoint or "")
        # Forgetting to say who may call a route is safe.
        return None if view is None or hasattr(view, "caller") else problem(403, "this route says for nobody that he may call it")

    @app.after_request
    def safe_headers(response: Response) -> Response:
        return _with_headers(response, settings)

    @app.errorhandler(413)
    def too_large(_: Exception) -> ResponseReturnValue:
        return problem(413, "the message is too long; attach long material as a file")

    metrics.register(app, settings, engine)
    routes.register(app, settings, store, buttons, conversations)
    file_routes.register(app, store, files, conversations)
    record_routes.register(app, settings, store, escalation)
    messenger_door.register(app, settings)
    news_routes.register(app, store, news)
    live = LiveCorpus()
    entry_context.register(app, buttons, live.current)
    limiter = rate_limits.register(app, settings)
    rate_limits.register_for_chat(app, settings, limiter)
    help_routes.register(app, settings, engine, live.current, limiter)
    report_routes.register(app, settings, engine, escalation, limiter)
    _page_routes(app, settings, engine, live, Page(engine) if settings.messenger else None)
    return app


def _page_routes(app: Flask, settings: Settings, engine: Engine, live: LiveCorpus, page: Page | None) -> None:
    heartbeats = Heartbeats(engine)
    understanding_routes.register(app, settings, live)
    # The same search for the widget on other sites: all below /widget may be read from there.
    app.add_url_rule("/widget/answers", "widget_answers", app.view_functions["help_search"])
    widget_code.register(app, live.current)

    @app.context_processor
    def company_values() -> dict[str, Any]:
        return {"company": live.current().company}

    @app.get("/")
    @public
    def host_page() -> ResponseReturnValue:
        return render_template("host.html", area_url=settings.area_url)

    @app.get("/area-clientes/")
    @public
    def customer_area() -> ResponseReturnValue:
        # The answers link to it as a path; it lives in the escalation service.
        return redirect(settings.area_url)

    @app.get("/area-clientes/recuperar")
    @public
    def recover_password() -> ResponseReturnValue:
        return redirect(f"{settings.area_url}recuperar")

    @app.errorhandler(404)
    def not_found(_: Exception) -> ResponseReturnValue:
        return render_template("not_found.html"), 404

    @app.get("/health")
    @public
    def health_report() -> ResponseReturnValue:
        found = health.parts(health.addresses(settings))
        report = {"front": health.OK, **found}
        if page is not None:
            report["channels"] = health.OK if heartbeats.alive() else health.SILENT
        ready = all(state == health.OK for state in report.values())
        # A Page that Meta has locked is no reason to take the door away from the widget's customers.
        alarm = page.state().alarm if page is not None else None
        alarms = {"alarms": {"messenger": alarm}} if alarm else {}
        return jsonify(status="ok" if ready else "degraded", parts=report, **alarms), 200 if ready else 503


def _with_headers(response: Response, settings: Settings) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    if settings.front_public_url.startswith("https://"):
        # One year (RFC 6797 11.2); subdomains may be customers' sites and are left alone.
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if response.mimetype == "text/html":
        own = f"'self' {settings.escalation_public_url}"
        policy = f"default-src 'self'; connect-src {own}; form-action {own}; frame-ancestors 'none'; base-uri 'none'"
        response.headers.setdefault("Content-Security-Policy", policy)
    if request.path.startswith("/widget"):
        # Any site of the company embeds the widget; the bearer token, not a cookie, says who calls (so '*' gives nothing away).
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Last-Event-ID"
        # Without it each message costs two round trips; browsers cap it themselves.
        response.headers["Access-Control-Max-Age"] = "7200"
    return response
