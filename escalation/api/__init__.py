"""``/api/v1``: for the bot (service credential), for the widget's log-in, and the OpenAPI document made from the code."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api
from flask_wtf.csrf import CSRFProtect

from escalation.api import channels, chat_tickets, codes, conversations, files, routes  # noqa: F401  (each puts its routes on the blueprint)
from escalation.api.door import blueprint


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
    Api(app).register_blueprint(blueprint)
