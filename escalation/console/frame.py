"""What stands around every page of the console: its rooms, what is wrong with the channels, and who is logged in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask, current_app, g, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from escalation.console.assets import asset_url
from escalation.console.words import ROLE_NAMES
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
    "console.queue": ("acts", "queues", "views"),
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
        Room("staff.members", _("Personal"), "p", admin=True),
        Room("erasures.pending", _("Supresiones"), "s", admin=True),
    ]


def navigation() -> Iterator[Room]:
    """The rooms that this member of staff may enter."""
    for room in rooms():
        if room.endpoint in current_app.view_functions and (not room.admin or g.staff.role == Role.ADMIN):
            yield room


def register(app: Flask) -> None:
    """For the templates."""
    app.jinja_env.globals.update(console_rooms=navigation, asset_url=asset_url, page_language=lambda: str(get_locale()))
    app.jinja_env.globals.update(role_names=ROLE_NAMES)
