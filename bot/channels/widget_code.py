"""The widget's scripts: the launcher at ``/widget.js``, and the modules that it fetches when a customer opens it.

No directive of a page's policy beside ``script-src`` and ``connect-src`` is needed: see ``docs/widget.md``.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, abort, request
from flask.typing import ResponseReturnValue

from bot.channels.access import public
from bot.faq.corpus import Corpus
from bot.wording import filled

FOLDER = Path(__file__).parent / "static" / "widget"
LOADER = "loader.js"
VERSION_SIGNS = 12
# The launcher names the version of the rest: an hour after a change every page has both.
LOADER_SECONDS = 300
MODULE_SECONDS = 365 * 24 * 3600


def loader() -> str:
    """The launcher's script, with the version of the modules that belong to it; the company's places are still to be filled."""
    return (FOLDER / LOADER).read_text(encoding="utf-8").replace("%CODE%", version())


def modules() -> dict[str, bytes]:
    """What an opened widget consists of beside the launcher, by name."""
    return {path.name: path.read_bytes() for path in sorted(FOLDER.glob("*.js")) if path.name != LOADER}


def version() -> str:
    """Changes with the modules' text."""
    digest = hashlib.sha256()
    for name, content in modules().items():
        digest.update(name.encode() + content)
    return digest.hexdigest()[:VERSION_SIGNS]


def register(app: Flask, current: Callable[[], Corpus]) -> None:
    """Put both routes on ``app``; ``current`` gives the published corpus with the company's values."""
    script, code, now = loader(), modules(), version()
    packed = {name: gzip.compress(content, mtime=0) for name, content in code.items()}

    @app.get("/widget.js")
    @public
    def widget_script() -> ResponseReturnValue:
        text = filled(script, current().company).encode()
        return _script(text, gzip.compress(text, mtime=0), LOADER_SECONDS)

    @app.get("/widget/code/<asked>/<name>")
    @public
    def widget_module(asked: str, name: str) -> ResponseReturnValue:
        if name not in code:
            abort(404)
        # Another version's address (an old launcher, a second try) gives what there is now, and is not kept.
        return _script(code[name], packed[name], MODULE_SECONDS if asked.startswith(now) else 0)


def _script(content: bytes, packed: bytes, seconds: int) -> Response:
    zipped = "gzip" in request.accept_encodings
    response = Response(packed if zipped else content, mimetype="text/javascript")
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.cache_control.public = True
    response.cache_control.max_age = seconds
    response.add_etag()
    # A module script of another origin is fetched with CORS.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response.make_conditional(request)
