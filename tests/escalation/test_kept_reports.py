"""A report that the bot kept while escalation was down: it is his who was logged in when he sent it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import bonds, drafts
from escalation.drafts import Content
from escalation.models import Customer, OutboxRow, Ticket
from tests.escalation.conftest import NOW, conversation, service

HOUR = timedelta(hours=1)
BODY = {"conversation_id": "c-1", "area": "mail", "fields": {"description": "no salen los correos"}}


def deliver(client: FlaskClient, reported_at: datetime, headers: dict[str, str] | None = None):  # type: ignore[no-untyped-def]
    sent = {**(headers or service()), "Idempotency-Key": "k-1"}
    return client.post("/api/v1/tickets", json={**BODY, "reported_at": reported_at.isoformat()}, headers=sent)


@pytest.mark.parametrize("after", ["he left", "his log-in lapsed", "he logged in again"])
def test_it_becomes_his_ticket_though_his_log_in_is_over(
    client: FlaskClient, session: Session, carla: Customer, after: str
) -> None:
    now = datetime.now(UTC)
    bonds.bind(session, "c-1", carla, 2 * HOUR, now - 3 * HOUR)
    if after == "he left":
        bonds.release(session, "c-1", now - 90 * timedelta(minutes=1))
    if after == "he logged in again":
        bonds.bind(session, "c-1", carla, HOUR, now)
    session.commit()
    assert deliver(client, now - 2 * HOUR).status_code == 201
    session.expire_all()
    assert session.query(Ticket).one().customer_id == carla.id


def test_it_never_becomes_the_ticket_of_who_sat_down_after_him(
    client: FlaskClient, session: Session, carla: Customer, bruno: Customer
) -> None:
    now = datetime.now(UTC)
    bonds.bind(session, "c-1", carla, HOUR, now - 3 * HOUR)
    bonds.bind(session, "c-1", bruno, HOUR, now - timedelta(minutes=5))
    session.commit()
    assert deliver(client, now - timedelta(hours=2, minutes=30)).status_code == 403
    assert session.query(Ticket).all() == []


@pytest.mark.parametrize("moment", [-4 * HOUR, -HOUR, HOUR], ids=["before his log-in", "after he left", "in the future"])
def test_the_moment_must_lie_within_his_log_in(client: FlaskClient, session: Session, carla: Customer, moment: timedelta) -> None:
    now = datetime.now(UTC)
    bonds.bind(session, "c-1", carla, HOUR, now - 3 * HOUR)
    session.commit()
    assert deliver(client, now + moment).status_code == 403


def test_a_report_of_last_year_and_a_blocked_customers_are_not_taken(session: Session, carla: Customer) -> None:
    bonds.bind(session, "c-1", carla, timedelta(days=400), NOW - timedelta(days=365))
    assert bonds.customer_at(session, "c-1", NOW - timedelta(days=31), NOW) is None
    assert bonds.customer_at(session, "c-1", NOW - timedelta(days=29), NOW) is carla
    carla.blocked = True
    assert bonds.customer_at(session, "c-1", NOW - timedelta(days=29), NOW) is None


def test_a_customers_own_call_cannot_go_back_in_time(client: FlaskClient, session: Session, carla: Customer) -> None:
    now = datetime.now(UTC)
    bonds.bind(session, "c-1", carla, HOUR, now - 3 * HOUR)
    session.commit()
    assert deliver(client, now - timedelta(hours=2, minutes=30), conversation("c-1")).status_code == 403


def test_a_draft_stays_his_where_his_log_in_lapsed_in_the_middle(session: Session, carla: Customer) -> None:
    first = Content("mail", "k-1", {"description": "no salen"}, ())
    drafts.save(session, "c-1", carla, first, NOW)
    drafts.save(session, "c-1", None, Content("mail", "k-1", {"description": "no salen", "site": "lola.com.ar"}, ()), NOW)
    assert drafts.current(session, "c-1", None) is None
    assert drafts.current(session, "c-1", carla).fields["site"] == "lola.com.ar"
    assert drafts.other(session, "c-2", carla, NOW) is not None
    drafts.save(session, "c-1", None, Content("mail", "k-2", {"description": "otra cosa"}, ()), NOW)
    assert drafts.current(session, "c-1", None).key == "k-2"


def test_its_number_is_told_in_the_conversation_once_and_only_where_it_was_late(
    client: FlaskClient, session: Session, carla: Customer
) -> None:
    now = datetime.now(UTC)
    bonds.bind(session, "c-1", carla, 2 * HOUR, now - HOUR)
    session.commit()
    number = deliver(client, now - timedelta(minutes=30)).get_json()["number"]
    assert deliver(client, now - timedelta(minutes=30)).status_code == 200
    (told,) = session.scalars(select(OutboxRow).where(OutboxRow.channel == "chat"))
    assert told.recipient == "c-1" and number in told.content["body"] and "provisorio" in told.content["body"]
    client.post("/api/v1/tickets", json=BODY, headers={**service(), "Idempotency-Key": "k-2"})
    assert len(session.scalars(select(OutboxRow).where(OutboxRow.channel == "chat")).all()) == 1
