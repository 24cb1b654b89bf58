"""What Prometheus is told, and to whom."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from escalation import create_app
from escalation.models import WORKER, Customer, Heartbeat
from escalation.outbox import DEAD, enqueue_mail
from escalation.settings import Settings
from tests.escalation.conftest import log_in, service
from tests.escalation.test_tickets import opened
from tools.stack import ROOT


@pytest.fixture
def server_url() -> None:
    """SQLite alone: what is tried here does not depend on the database."""


def told(client: FlaskClient) -> dict[str, dict[tuple[str, ...], float]]:
    text = client.get("/metrics", headers=service()).text
    return {
        sample.name: {tuple(one.labels.values()): one.value for one in family.samples if one.name == sample.name}
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_only_the_service_and_the_scraper_may_ask(settings: Settings, engine: Engine) -> None:
    client = create_app(replace(settings, metrics_token="scrape")).test_client()
    assert client.get("/metrics").status_code == 401
    for token, status in (("service", 200), ("scrape", 200), ("otro", 401), ("", 401)):
        assert client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == status
    assert client.get("/api/v1/conversations/c-1", headers={"Authorization": "Bearer scrape"}).status_code == 401
    unset = create_app(settings).test_client()
    assert unset.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401


def test_tickets_outbox_worker_and_failures_are_told_as_the_database_has_them(
    client: FlaskClient, session: Session, carla: Customer
) -> None:
    opened(session, carla)
    late = datetime.now(UTC) - timedelta(minutes=10)
    enqueue_mail(session, "dead", "ana@x.com.ar", "x", "x", late).state = DEAD
    enqueue_mail(session, "late", "ana@x.com.ar", "x", "x", late)
    session.add(Heartbeat(name=WORKER, at=late))
    session.commit()
    log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar", "adivino")
    values = told(client)
    assert values["mesa_tickets"][("new",)] == 1 and values["mesa_tickets"][("closed",)] == 0
    assert values["mesa_outbox_rows"] == {("mail", "dead"): 1, ("mail", "pending"): 2}
    assert values["mesa_outbox_oldest_due_seconds"][()] >= 600
    assert values["mesa_heartbeat_age_seconds"][("worker",)] >= 600
    assert values["mesa_login_failures_recent"][()] == 1


def test_requests_are_counted_by_endpoint_and_never_by_path(client: FlaskClient) -> None:
    client.get("/consola/tickets/MDA-ABCDEF")
    client.get("/no/such/MDA-ABCDEF")
    client.open("/health", method="BREW")
    text = client.get("/metrics", headers=service()).text
    assert "MDA-ABCDEF" not in text and "BREW" not in text
    values = told(client)
    assert values["mesa_http_requests_total"][("console.ticket", "GET", "302")] == 1
    assert values["mesa_http_requests_total"][("unmatched", "GET", "404")] == 1
    assert values["mesa_http_request_seconds_count"][("console.ticket",)] == 1


def test_several_processes_tell_their_sum(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    program = (
        "import sys; from escalation import create_app; client = create_app().test_client();"
        "client.get('/consola/'); sys.stdout.write(client.get('/metrics', headers={'Authorization': 'Bearer service'}).text)"
    )
    (tmp_path / "metrics").mkdir()
    environment = {
        **os.environ,
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"),
        "DATABASE_URL": settings.database_url,
        "SERVICE_TOKEN": "service",
        "SESSION_SECRET": "s",
        "CONVERSATION_SECRET": "c",
    }
    texts = [
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    counts = [re.search(r'mesa_http_requests_total{endpoint="console.queue".*?} (\S+)', text).group(1) for text in texts]
    assert counts == ["1.0", "2.0"] and all("mesa_tickets" in text for text in texts)
