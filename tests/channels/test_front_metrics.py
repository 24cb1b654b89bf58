"""What Prometheus is told of the front door, and to whom."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.orm import Session

from bot.channels.heartbeats import Heartbeats
from bot.channels.help_tables import KeptReport
from bot.channels.messenger.graph import Trouble
from bot.channels.messenger.page import Page
from bot.channels.messenger.tables import RECEIVED, TURN, Event
from bot.channels.settings import Settings
from bot.channels.store import Store
from tests.channels.conftest import Visitor
from tests.channels.stand_ins import SERVICE_TOKEN, FakeRasa
from webhook_app import create_app
from wire.database import new_engine

SERVICE = {"Authorization": f"Bearer {SERVICE_TOKEN}"}


@pytest.fixture
def server_url() -> None:
    """SQLite alone: what is tried here does not depend on the database."""


def told(client: FlaskClient) -> dict[str, dict[tuple[str, ...], float]]:
    families = text_string_to_metric_families(client.get("/metrics", headers=SERVICE).text)
    samples = [sample for family in families for sample in family.samples]
    return {one.name: {tuple(s.labels.values()): s.value for s in samples if s.name == one.name} for one in samples}


def test_only_the_service_and_the_scraper_may_ask(settings: Settings) -> None:
    client = create_app(replace(settings, metrics_token="scrape")).test_client()
    assert client.get("/metrics").status_code == 401
    for token, status in ((SERVICE_TOKEN, 200), ("scrape", 200), ("otro", 401), ("", 401)):
        assert client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == status
    unset = create_app(settings).test_client()
    assert unset.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401


def test_a_dead_rasa_shows_as_a_part_that_is_down(client: FlaskClient, rasa: FakeRasa) -> None:
    assert set(told(client)["mesa_part_up"]) == {("rasa",), ("actions",), ("escalation",)}
    rasa.shutdown()
    rasa.server_close()
    assert told(client)["mesa_part_up"][("rasa",)] == 0


def test_turns_are_counted_by_endpoint_and_never_by_conversation(client: FlaskClient, visitor: Visitor) -> None:
    client.get("/widget/messages", headers=visitor.headers)
    client.get(f"/no/such/{visitor.conversation_id}")
    values = told(client)
    assert visitor.conversation_id not in client.get("/metrics", headers=SERVICE).text
    assert values["mesa_front_requests_total"][("unmatched", "GET", "404")] == 1
    assert sum(values["mesa_front_request_seconds_count"].values()) >= 3


def test_a_turn_names_its_conversation_to_the_proxy_before_several_rasas(visitor: Visitor, rasa: FakeRasa) -> None:
    visitor.write("no me anda el mail", str(uuid.uuid4()))
    assert rasa.hashed_by == [visitor.conversation_id]


def test_messenger_kept_reports_and_the_worker_are_told_as_the_database_has_them(settings: Settings) -> None:
    engine = new_engine(settings.chat_database_url)
    client = create_app(settings).test_client()
    quiet = told(client)
    assert quiet["mesa_messenger_oldest_event_seconds"][()] == 0 and quiet["mesa_messenger_alarm"][("token",)] == 0
    assert quiet["mesa_kept_reports"][("waiting",)] == 0 and "mesa_channels_heartbeat_age_seconds" not in quiet
    conversation = Store(engine).open_conversation("report")
    Page(engine).alarm(Trouble.TOKEN, "190: expired")
    Heartbeats(engine).beat()
    late = time.time() - 600
    waiting = {"content": {}, "hidden": [], "kind": "text", "lane": TURN, "state": RECEIVED, "due_at": late, "received_at": late}
    with Session(engine) as session, session.begin():
        session.add(Event(key="m-1", page_id="1", psid="7", at=1, **waiting))
        report = {"sealed": "…", "state": "waiting", "created_at": datetime.now(UTC)}
        session.add(KeptReport(key="r-1", conversation_id=conversation, **report))
    values = told(client)
    assert values["mesa_messenger_alarm"][("token",)] == 1 and values["mesa_messenger_alarm"][("abuse",)] == 0
    assert values["mesa_messenger_oldest_event_seconds"][()] >= 600
    assert values["mesa_messenger_oldest_outgoing_seconds"][()] == 0
    assert values["mesa_kept_reports"][("waiting",)] == 1
    assert 0 <= values["mesa_channels_heartbeat_age_seconds"][("worker",)] < 60
