"""Names and paths of the cookies that log somebody in."""

from __future__ import annotations

from flask import g, url_for

from escalation.sessions import Kind

# RFC 6265bis 4.1.3.2: only this very host can set such a cookie, over TLS, for all its paths. A customer's site on a subdomain of
# ours cannot plant one.
HOST_PREFIX = "__Host-"


class SessionCookies:
    """Names by kind of session: ``COOKIE_OF[kind]``. Within a request only: whether TLS is used decides."""

    _names = {Kind.CUSTOMER: "area_session", Kind.STAFF: "console_session"}  # noqa: RUF012

    def __getitem__(self, kind: Kind) -> str:
        return f"{HOST_PREFIX}{self._names[kind]}" if g.settings.secure_cookies else self._names[kind]


COOKIE_OF = SessionCookies()


def path_of(kind: Kind) -> str:
    """Where the cookie is sent: its own room on a trial; everywhere where the name's prefix wants it so."""
    if g.settings.secure_cookies:
        return "/"
    return url_for("area.tickets_list") if kind is Kind.CUSTOMER else url_for("console.queue")
