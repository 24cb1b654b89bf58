"""The Messenger channel between stand-ins for Meta, Rasa and escalation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from bot.channels.messenger.settings import MessengerSettings
from bot.channels.messenger.tables import Event
from bot.channels.settings import Settings
from tests.channels.conftest import desk, rasa  # noqa: F401  (fixtures)
from tests.channels.conftest import settings as widget_settings  # noqa: F401
from tests.messenger.graph import GraphStandIn
from tests.messenger.meta import APP, APP_SECRET, PAGE, PAGE_TOKEN, VERIFY_TOKEN, signed
from tests.messenger.page import FacebookPage
from webhook_app import create_app
from wire.database import new_engine


@pytest.fixture
def server_url() -> None:
    """SQLite; what is about rows and locks runs on both databases (its module imports the fixture of tests/conftest.py)."""


@pytest.fixture
def graph() -> Iterator[GraphStandIn]:
    standing = GraphStandIn().start()
    yield standing
    standing.stop()


@pytest.fixture
def settings(widget_settings: Settings, graph: GraphStandIn) -> Settings:  # noqa: F811
    messenger = MessengerSettings(
        verify_token=VERIFY_TOKEN,
        app_secret=APP_SECRET,
        page_token=PAGE_TOKEN,
        graph_url=graph.url,
        page_id=PAGE,
        app_id=APP,
        settle_seconds=0.0,
        echo_seconds=0.2,
        rate=1000.0,
    )
    return replace(widget_settings, messenger=messenger)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    made = new_engine(settings.chat_database_url)
    yield made
    made.dispose()


@pytest.fixture
def client(settings: Settings) -> FlaskClient:
    return create_app(settings).test_client()


def deliver(client: FlaskClient, body: Any) -> TestResponse:
    """A call as Meta makes it."""
    raw, headers = signed(body)
    return client.post("/webhooks/messenger", data=raw, headers=headers)


def events(engine: Engine) -> list[Event]:
    """All that is stored."""
    with Session(engine) as session:
        return list(session.scalars(select(Event).order_by(Event.id)))


@pytest.fixture
def page(settings: Settings, engine: Engine, graph: GraphStandIn) -> FacebookPage:
    return FacebookPage(settings, engine, graph)
