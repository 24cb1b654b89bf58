"""The channels' worker: one thread a person, leases that end with their holder, and a sign of life."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from bot.channels import worker
from bot.channels.heartbeats import Heartbeats
from bot.channels.messenger.dispatcher import Dispatcher
from bot.channels.messenger.outgoing import reply_rows
from bot.channels.messenger.people import Lease, People
from bot.channels.messenger.pool import Pool
from bot.channels.messenger.tables import ChannelHeartbeat, Event
from bot.channels.settings import Settings
from tests.channels.stand_ins import FakeEscalation, FakeRasa
from tests.conftest import server_url  # noqa: F401  (both databases)
from tests.messenger.graph import GraphStandIn
from tests.messenger.meta import PAGE, event_of, message
from tests.messenger.page import FacebookPage


def eventually(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_the_worker_answers_people_side_by_side_and_each_in_order(page: FacebookPage, graph: GraphStandIn, rasa: FakeRasa) -> None:
    graph.open_to_all = True
    people = [f"person{number}" for number in range(6)]
    for number in range(3):
        page.deliver(*(message(f"{psid} {number}", f"{psid}{number}", number, psid) for psid in people))
    stop = threading.Event()
    thread = threading.Thread(target=Dispatcher(page.channel.rows, page.channel.work).run, args=(stop,))
    thread.start()
    try:
        eventually(lambda: len(graph.accepted) == 6 * 4)
    finally:
        stop.set()
        thread.join(30)
    for psid in people:
        assert graph.texts(psid)[1:] == [f"Eco: {psid} {number}" for number in range(3)]
    assert rasa.most_at_once > 1 and graph.most_at_once == 1
    assert Heartbeats(page.engine).alive()


def test_who_holds_a_person_keeps_him_as_long_as_he_lives_and_no_longer(engine: Engine) -> None:
    first, second = (People(engine, 3600, lease_seconds=0.3) for _ in range(2))
    person = first.of(PAGE, "person")
    assert first.claim(person.id, Lease.SENDING)
    for _ in range(4):
        time.sleep(0.1)
        first.renew([person.id], Lease.SENDING)
        assert not second.claim(person.id, Lease.SENDING)
    time.sleep(0.35)  # and dies
    assert second.claim(person.id, Lease.SENDING)


def test_two_that_meet_a_person_at_once_meet_the_same_one(engine: Engine) -> None:
    people = People(engine, 3600, 10)
    met: list[tuple[int, str]] = []

    def meet() -> None:
        person = people.of(PAGE, "person")
        met.append((person.id, person.conversation_id))

    threads = [threading.Thread(target=meet) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(set(met)) == 1 and len(met) == 6


def test_a_fault_in_one_persons_work_leaves_the_others_theirs(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.messenger.pool.PAUSE_SECONDS", 0.0)
    people = People(engine, 3600, 10)
    broken, sound = people.of(PAGE, "broken").id, people.of(PAGE, "sound").id
    worked: list[int] = []

    def work(person_id: int) -> None:
        if person_id == broken:
            raise RuntimeError("a bug")
        worked.append(person_id)

    pool = Pool(people, Lease.INTAKE, work)
    assert pool.give(broken) and pool.give(sound)
    eventually(lambda: worked == [sound])
    eventually(lambda: pool.give(broken))
    pool.stop()
    assert people.get(broken).intake_until == 0.0


def test_a_person_with_very_much_to_hear_does_not_keep_the_others_waiting(page: FacebookPage) -> None:
    rows = page.channel.rows
    rows.people.heard(page.person().id, time.time())
    rows.queue.put(reply_rows(page.person().id, "much", [{"text": str(number)} for number in range(100)]))
    other = rows.people.of(PAGE, "other")
    rows.queue.put(reply_rows(other.id, "little", [{"text": "hola"}]))
    assert rows.queue.people_due(2) == [page.person().id, other.id]
    assert rows.people.claim(page.person().id, Lease.SENDING)
    assert rows.queue.people_due(2) == [other.id]


def test_a_person_with_very_much_to_say_does_not_either(page: FacebookPage) -> None:
    page.deliver(*(message("hola", f"m{number}", number) for number in range(100)))
    page.deliver(message("hola", "other", psid="other"))
    rows = page.channel.rows
    assert [psid for _, psid in rows.inbox.people_due(2)] == [page.person().psid, "other"]
    assert rows.people.claim(page.person().id, Lease.INTAKE)
    assert [psid for _, psid in rows.inbox.people_due(2)] == ["other"]


def test_what_is_over_for_a_month_is_forgotten(page: FacebookPage) -> None:
    page.says("hola")
    page.change(Event, received_at=time.time() - 31 * 24 * 3600)
    page.deliver(message("otra", "m-2"))
    page.channel.rows.inbox.prune()
    assert [event.content["message"]["text"] for event in page.rows(Event)] == ["otra"]


def test_he_hears_in_messenger_that_a_file_which_had_arrived_was_refused_later(
    page: FacebookPage, graph: GraphStandIn, desk: FakeEscalation
) -> None:
    page.says("hola")
    graph.files["1.jpg"] = ("image/png", b"\x89PNG\r\n\x1a\n")
    event = event_of("image")
    event["message"]["attachments"][0]["payload"]["url"] = f"{graph.url}/cdn/1.jpg"
    desk.stop()
    page.happens(event)
    desk.file_status, desk.file_fields = 415, {"file": "type"}
    desk.start()
    read = page.says("¿llegó?")
    assert any("No pudimos agregar el archivo «imagen-1.png»" in accepted.text for accepted in read)


def test_without_messenger_the_worker_only_shows_that_it_lives(settings: Settings, engine: Engine) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(replace(settings, messenger=None), stop))
    thread.start()
    eventually(Heartbeats(engine).alive)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_health_names_a_worker_that_gives_no_sign_of_life(page: FacebookPage) -> None:
    assert page.client.get("/health").json["parts"]["channels"] == "gave no sign of life lately"
    page.channel.rows.heartbeats.beat()
    assert page.client.get("/health").json["parts"]["channels"] == "ok"
    page.change(ChannelHeartbeat, at=time.time() - 60)
    assert page.client.get("/health").json["parts"]["channels"] != "ok"
