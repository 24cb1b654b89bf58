"""News for open pages: what a stream tells, how many there may be, and what is told to who asks instead."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from escalation.console import live
from escalation.models import Customer, Staff
from tests.escalation.conftest import log_in
from tests.escalation.desk_helpers import reported


@pytest.fixture(autouse=True)
def short_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "STREAM_SECONDS", 0.0)
    monkeypatch.setattr(live, "LOOK_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(live, "_room", threading.BoundedSemaphore(live.STREAMS_MAX))


@pytest.fixture
def server_url() -> None:
    """SQLite alone: the query is an ordinary one."""
    return None


def news(stream: str) -> Iterator[tuple[int, list[str]]]:
    for block in stream.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if lines.get("event") == "news":
            yield int(lines["id"]), json.loads(lines["data"])["tickets"]


def test_a_stream_tells_which_tickets_changed_since_the_last_one_ended(
    client: FlaskClient, session: Session, carla: Customer, agent: Staff
) -> None:
    log_in(client, "/consola/ingresar", agent.email)
    first = reported(session, carla).number
    ((last, told),) = news(client.get("/consola/novedades/flujo").text)
    assert told == []
    assert list(news(client.get(f"/consola/novedades/flujo?desde={last}").text)) == []
    second = reported(session, carla).number
    ((newest, told),) = news(client.get("/consola/novedades/flujo", headers={"Last-Event-ID": str(last)}).text)
    assert told == [second] and newest > last
    asked = client.get("/consola/novedades/?desde=0").get_json()
    assert asked["tickets"] == [first, second] and asked["last"] == newest
    assert client.get("/consola/novedades/?desde=x").get_json()["tickets"] == []


def test_where_all_streams_are_taken_the_page_is_sent_to_ask_and_a_closed_one_makes_room(
    client: FlaskClient, carla: Customer, agent: Staff
) -> None:
    log_in(client, "/consola/ingresar", agent.email)
    opened = [client.get("/consola/novedades/flujo", buffered=False) for _ in range(live.STREAMS_MAX)]
    assert {answer.status_code for answer in opened} == {200}
    full = client.get("/consola/novedades/flujo")
    assert full.status_code == 503 and int(full.headers["Retry-After"]) > 0
    assert client.get("/consola/novedades/").status_code == 200
    for answer in opened:
        answer.close()
    again = client.get("/consola/novedades/flujo")
    assert again.status_code == 200 and again.headers["Content-Type"].startswith("text/event-stream")


def test_a_stream_ends_and_so_does_what_a_member_who_left_hears(
    client: FlaskClient, session: Session, carla: Customer, agent: Staff
) -> None:
    log_in(client, "/consola/ingresar", agent.email)
    assert client.get("/consola/novedades/flujo").text.startswith("retry: ")
    agent.active = False
    session.commit()
    assert "/consola/ingresar" in client.get("/consola/novedades/flujo").location
