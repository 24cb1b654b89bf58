"""What is wrong with the chat channels, at the top of every page of the console."""

from __future__ import annotations

from typing import Any

from flask import g

from escalation import alarms
from escalation.console import blueprint


@blueprint.context_processor
def standing_alarms() -> dict[str, Any]:
    """For ``alarms.html``: each with its text and since when."""
    return {"channel_alarms": [(alarms.text_of(alarm), alarm.since) for alarm in alarms.current(g.session)]}
