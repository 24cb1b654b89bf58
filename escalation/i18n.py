"""The language of the console's texts. Spanish (es-AR) is what the source says; other languages are catalogues beside it."""

from __future__ import annotations

from flask import Flask
from flask_babel import Babel

SOURCE = "es"


def register(app: Flask) -> None:
    """From then on ``_()`` stands in templates, and Flask-Babel's ``gettext`` in views."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", SOURCE)
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "America/Argentina/Buenos_Aires")
    Babel(app, locale_selector=chosen_locale)


def chosen_locale() -> str:
    """The language of this request."""
    return SOURCE
