"""What stands around every page of the console: its rooms, what is wrong with the channels, and who is logged in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask, current_app, g, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from escalation.console import words
from escalation.console.admin_words import ROLE_NAMES
from escalation.console.assets import asset_url
from escalation.console.queue_page import promise_of
from escalation.desk import news, taking_back
from escalation.desk.taking_back import Held
from escalation.models import Role


@dataclass(frozen=True)
class Room:
    """A link of the navigation. ``key``: typed after ``g`` it leads there; ``admin``: for administrators alone."""

    endpoint: str
    label: str
    key: str
    admin: bool = False

    @property
    def url(self) -> str:
        """Of its first page."""
        return url_for(self.endpoint)

    @property
    def is_open(self) -> bool:
        """Whether the page being shown belongs to it."""
        return request.blueprint in (self.endpoint.partition(".")[0], *ALSO.get(self.endpoint, ()))


# Pages of one room that lie in several blueprints.
ALSO: dict[str, tuple[str, ...]] = {
    "console.queue": ("acts", "queues"),
    "staff.members": ("audit",),
    "clients.listing": ("client_import",),
}


def rooms() -> list[Room]:
    """All there are, in the order of the navigation."""
    return [
        Room("console.queue", _("Tickets"), "t"),
        Room("mail.waiting", _("Correo"), "m"),
        Room("clients.listing", _("Clientes"), "c"),
        Room("incidents.listing", _("Incidentes"), "i"),
        Room("numbers.page", _("Números"), "n"),
        Room("replies.replies", _("Respuestas"), "r", admin=True),
        Room("staff.members", _("Personal"), "p", admin=True),
        Room("erasures.pending", _("Supresiones"), "s", admin=True),
    ]


def navigation() -> Iterator[Room]:
    """The rooms that this member of staff may enter."""
    for room in rooms():
        if room.endpoint in current_app.view_functions and (not room.admin or g.staff.role == Role.ADMIN):
            yield room


def held_answers() -> list[Held]:
    """His answers that can still be taken back, on whatever page he is by now."""
    return taking_back.held_of(g.session, g.staff, datetime.now(UTC))


def last_news() -> int:
    """Up to which event the page shows what there is."""
    return news.since(g.session, None).last


def register(app: Flask) -> None:
    """For the templates."""
    app.context_processor(_names)
    own = {
        "console_rooms": navigation,
        "held_answers": held_answers,
        "promise_of": promise_of,
        "asset_url": asset_url,
        "last_news": last_news,
        "role_names": ROLE_NAMES,
    }
    app.jinja_env.globals.update(own, page_language=lambda: str(get_locale()))


def _names() -> dict[str, dict[str, str]]:
    return {
        "console_areas": dict(words.areas()),
        "console_statuses": dict(words.statuses()),
        "console_priorities": dict(words.priorities()),
        "console_fields": words.fields(),
    }
