"""``/api/v1``: for the bot (service credential), for the widget's log-in, and the OpenAPI document made from the code."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from escalation.api import (  # noqa: F401  (each puts its routes on the blueprint)
    channels,
    chat_tickets,
    codes,
    conversations,
    files,
    incidents,
    integration_customers,
    integration_files,
    integration_search,
    integration_tickets,
    integration_webhooks,
    records,
    routes,
)
from escalation.api.document import SECURITY_SCHEMES, CallersAndErrors, ProblemView
from escalation.api.door import blueprint
from escalation.api.problems import ProblemApi, refuse_other_media_types, with_challenge


def register(app: Flask, csrf: CSRFProtect) -> None:
    """Put the API on ``app``."""
    app.config.update(
        API_TITLE="Mesa de Ayuda: escalation",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    # Bearer tokens only: no cookie opens these routes, so there is nothing for a forged request to ride on.
    csrf.exempt(blueprint)
    app.before_request(refuse_other_media_types)
    app.after_request(with_challenge)
    made = ProblemApi(app, spec_kwargs={"extra_plugins": [CallersAndErrors(app)]})
    made.spec.components.schema("Problem", schema=ProblemView)
    for name, scheme in SECURITY_SCHEMES.items():
        made.spec.components.security_scheme(name, scheme)
    made.register_blueprint(blueprint)
