"""What is wrong with the chat channels, at the top of every page of the console."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, g
from flask_babel import gettext as _

from escalation import alarms


def standing_alarms() -> list[tuple[str, datetime]]:
    """For ``alarms.html``: each with its text and since when."""
    return [
        (_(alarms.TEXTS.get(alarm.kind, alarms.OTHER), channel=alarm.channel), alarm.since) for alarm in alarms.current(g.session)
    ]


def register(app: Flask) -> None:
    """For the templates."""
    app.jinja_env.globals.update(standing_alarms=standing_alarms)
