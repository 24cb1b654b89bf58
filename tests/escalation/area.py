"""A customer at the Área de Clientes, without a browser: forms are sent as a browser without JavaScript sends them."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from escalation import outbox
from escalation.models import OutboxRow
from tests.escalation.conftest import PASSWORD, csrf, log_in

LOGIN = "/area-clientes/ingresar"
CARLA, BRUNO = "carla@panaderialola.com.ar", "bruno@estudioruiz.com"


def enter(client: FlaskClient, email: str = CARLA, password: str = PASSWORD) -> FlaskClient:
    """Log in."""
    assert log_in(client, LOGIN, email, password).status_code == 302
    return client


def send(client: FlaskClient, path: str, data: dict[str, Any] | None = None, form: str | None = None, **more: Any) -> TestResponse:
    """The form at ``path`` (or another page that holds its token) with ``data`` filled in."""
    token = csrf(client.get(form or path).text)
    return client.post(path, data={"csrf_token": token, **(data or {})}, **more)


def mails(session: Session, recipient: str | None = None) -> list[OutboxRow]:
    """What is in the outbox, oldest first, whether it leaves or not. Commits: an open transaction keeps the service waiting."""
    of_mail = select(OutboxRow).where(OutboxRow.channel == outbox.MAIL)
    query = of_mail.order_by(OutboxRow.id).execution_options(populate_existing=True)
    rows = list(session.scalars(query.where(OutboxRow.recipient == recipient) if recipient else query))
    session.commit()
    return rows


def link_in(row: OutboxRow) -> str:
    """The path of the link in a mail."""
    return re.search(r"http://desk\.test(/area-clientes/\S+)", row.content["body"]).group(1)


def text_of(page: str) -> str:
    """What a reader sees, roughly."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
