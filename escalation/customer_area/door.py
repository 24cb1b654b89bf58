"""The one blueprint of the Área de Clientes, and what all its pages share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, g, request
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from escalation import sessions
from escalation.auth.access import COOKIE_OF
from escalation.browsers import family
from escalation.sessions import Kind

blueprint = Blueprint("area", __name__, url_prefix="/area-clientes")

# What is wrong with a form, es-AR, by the fields' names; "" is the form as a whole.
Errors = dict[str, str]


def own_token() -> str | None:
    """The token of this browser's session."""
    return request.cookies.get(COOKIE_OF[Kind.CUSTOMER])


def write_aside(work: Callable[[Session], None]) -> None:
    """A small write beside a page that reads; left out where the database is too busy or a twin wrote it: the page matters more."""
    # The page's own transaction first: a request that held two connections could wait for itself.
    g.session.commit()
    engine = g.session.get_bind().execution_options(only_reads=False)
    try:
        with Session(engine) as session, session.begin():
            work(session)
    except (OperationalError, IntegrityError):
        return


@blueprint.before_request
def note_use() -> None:
    """His list of open sessions says when each was last here."""
    token = own_token()
    if token is None or g.get("customer") is None:
        return
    now, browser = datetime.now(UTC), family(request.user_agent.string)
    if sessions.use_is_old(g.session, token, now):
        write_aside(lambda session: sessions.note_use(session, token, browser, now))
