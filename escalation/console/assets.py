"""Scripts and styles of the console under addresses that name their content: a browser asks for each version once."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from flask import Blueprint, send_file, url_for
from flask.typing import ResponseReturnValue

from escalation.auth.access import Caller, allow
from escalation.errors import NotFound

blueprint = Blueprint("assets", __name__, url_prefix="/consola/recursos")

OWN = Path(__file__).parent.parent / "static"
YEAR_SECONDS = 365 * 24 * 3600
DIGEST_LENGTH = 12


@cache
def files() -> dict[str, Path]:
    """What may be asked for, by name. htmx is the file that django-htmx ships; the package itself would import Django."""
    htmx = distribution("django-htmx").locate_file("django_htmx/static/django_htmx/htmx-2.min.js")
    own = {file.name: file for file in OWN.glob("console*.*")}
    return {**own, "htmx.js": Path(str(htmx))}


def asset_url(name: str) -> str:
    """Where the present content of the file is.

    Raises:
        KeyError: there is no such file; a template names it wrongly.
    """
    return url_for("assets.asset", digest=_digest(files()[name]), name=name)


@blueprint.get("/<digest>/<name>")
@allow(Caller.PUBLIC)
def asset(digest: str, name: str) -> ResponseReturnValue:
    """The file. An address of an older version gives the present one, and is not kept."""
    file = files().get(name)
    if file is None:
        raise NotFound("there is no such file")
    response = send_file(file, conditional=True, max_age=YEAR_SECONDS if digest == _digest(file) else 0)
    if digest == _digest(file):
        response.cache_control.public, response.cache_control.immutable = True, True
    return response


def _digest(file: Path) -> str:
    return _digest_of(file, file.stat().st_mtime_ns)


@cache
def _digest_of(file: Path, _changed: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:DIGEST_LENGTH]
