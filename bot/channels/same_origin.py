"""Forms of the door's own pages. They carry no cookie: what is kept out is another site's page, posting in a visitor's name."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import render_template, request
from flask.typing import ResponseReturnValue

from bot.channels.settings import Settings


def own_pages_only(settings: Settings) -> Callable[[Callable[..., ResponseReturnValue]], Callable[..., ResponseReturnValue]]:
    """The route takes what a page of this door sends.

    Fetch Metadata says it (W3C; OWASP's cheat sheet on CSRF), and where a browser is older than that, ``Origin`` does. A sender
    with neither is no browser that shows a form of ours.
    """

    def marked(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if not _is_own(settings):
                return render_template("help_refused.html"), 403
            return view(*args, **kwargs)

        return guarded

    return marked


def _is_own(settings: Settings) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = urlsplit(request.headers.get("Origin", ""))
    return bool(origin.netloc) and origin.netloc in (request.host, urlsplit(settings.front_public_url).netloc)
