"""The escalation service on a migrated database, without the rest of the road."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from escalation import create_app
from escalation.cli import SCRIPTS
from escalation.customers import register_customer, register_staff
from escalation.models import Customer, Role, Staff
from escalation.settings import Settings
from tests import databases
from wire import tokens
from wire.database import new_engine
from wire.migrations import upgrade

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
PASSWORD = "una clave larga"
AREA_URL = "http://desk.test/area-clientes/"


def migrate(url: str) -> None:
    upgrade(url, SCRIPTS)


@pytest.fixture
def database_url(server_url: str | None, tmp_path: Path) -> Iterator[str]:
    with databases.fresh(tmp_path, server_url, migrate) as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        session_secret="session",
        service_token="service",
        conversation_secret="conversation",
        public_url="http://desk.test",
        widget_origins=("http://front.test",),
        mail_from="CSIserver Soporte <soporte@csiserver.com>",
        smtp_url="",
        mail_folder=tmp_path / "mail",
        files_folder=tmp_path / "files",
        mail_raw_folder=tmp_path / "mail-raw",
    )


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    made = new_engine(settings.database_url)
    yield made
    made.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    # After a commit nothing is read again by itself: that would begin a transaction and keep other writers waiting.
    with Session(engine, expire_on_commit=False) as opened:
        yield opened


@pytest.fixture
def carla(session: Session) -> Customer:
    customer = register_customer(session, "Carla@PanaderiaLola.com.ar", "Carla Medina", PASSWORD, NOW)
    session.commit()
    return customer


@pytest.fixture
def bruno(session: Session) -> Customer:
    customer = register_customer(session, "bruno@estudioruiz.com", "Bruno Ruiz", PASSWORD, NOW)
    session.commit()
    return customer


@pytest.fixture
def agent(session: Session) -> Staff:
    member = register_staff(session, "agustin@csiserver.com", "Agustín Pereyra", Role.AGENT, PASSWORD)
    session.commit()
    return member


@pytest.fixture
def admin(session: Session) -> Staff:
    member = register_staff(session, "adriana@csiserver.com", "Adriana Sosa", Role.ADMIN, PASSWORD)
    session.commit()
    return member


@pytest.fixture
def app(settings: Settings, engine: Engine) -> Flask:
    return create_app(settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def service() -> dict[str, str]:
    return {"Authorization": "Bearer service"}


def conversation(conversation_id: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.issue(conversation_id, 'conversation')}"}


def log_in(client: FlaskClient, path: str, email: str, password: str = PASSWORD):  # type: ignore[no-untyped-def]
    """Through the form, as a browser does."""
    form = client.get(path)
    return client.post(path, data={"csrf_token": csrf(form.text), "email": email, "password": password})


def csrf(page: str) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
