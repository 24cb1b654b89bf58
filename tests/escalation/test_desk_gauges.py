"""What Prometheus is told of promised times and of channels that do not work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from escalation import alarms
from escalation.models import Customer, Status
from tests.escalation.test_metrics import told
from tests.escalation.test_tickets import opened


@pytest.fixture
def server_url() -> None:
    """SQLite alone: what is tried here does not depend on the database."""


def test_a_promise_that_ends_within_the_hour_is_at_risk_and_one_that_is_over_has_lapsed(
    client: FlaskClient, session: Session, carla: Customer
) -> None:
    ticket, now = opened(session, carla), datetime.now(UTC)
    session.commit()
    for at, status, expected in (
        (now + timedelta(minutes=20), Status.NEW, (1, 0)),
        (now - timedelta(minutes=20), Status.OPEN, (0, 1)),
        (now + timedelta(days=20), Status.OPEN, (0, 0)),
        (now - timedelta(minutes=20), Status.WAITING, (0, 0)),
    ):
        ticket.promised_at, ticket.status = at, status
        session.commit()
        states = told(client)["mesa_promises"]
        assert (states[("at_risk",)], states[("lapsed",)]) == expected


def test_a_channel_tells_its_alarm_until_it_works_again(client: FlaskClient, session: Session) -> None:
    alarms.raise_alarm(session, "messenger", "token", "190", datetime.now(UTC))
    session.commit()
    assert told(client)["mesa_channel_alarm"] == {("messenger", "token"): 1}
    alarms.clear(session, "messenger")
    session.commit()
    assert "mesa_channel_alarm" not in told(client)
