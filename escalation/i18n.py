"""The language of the console's texts. Spanish (es-AR) is what the source says; other languages are catalogues beside it."""

from __future__ import annotations

from flask import Flask, g
from flask_babel import Babel

from escalation.admin_models import StaffLanguage
from escalation.catalogue import LANGUAGES, SOURCE, compiled


def register(app: Flask) -> None:
    """From then on ``_()`` stands in templates, and Flask-Babel's ``gettext`` in views."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", SOURCE)
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "America/Argentina/Buenos_Aires")
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(compiled()))
    Babel(app, locale_selector=chosen_locale)


def chosen_locale() -> str:
    """The language that this member of staff chose; on pages of customers the source's."""
    member = g.get("staff")
    row = g.session.get(StaffLanguage, member.id) if member is not None else None
    return row.language if row is not None and row.language in LANGUAGES else SOURCE
