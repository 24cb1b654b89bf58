"""The queue to Meta: in order, once, within her windows, and patient with each of her errors (field notes 9, 10, 12, 14)."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from bot.channels.messenger import tables as t
from bot.channels.messenger.graph import Graph, Trouble
from bot.channels.messenger.outgoing import HUMAN_SECONDS, WINDOW_SECONDS, Queue, reply_rows
from bot.channels.messenger.page import Page
from bot.channels.messenger.people import Lease, People
from bot.channels.messenger.sender import Sender
from bot.channels.messenger.tables import Outgoing, PageState, Person
from bot.channels.settings import Settings
from tests.conftest import server_url  # noqa: F401  (both databases)
from tests.messenger.graph import Fault, GraphStandIn
from tests.messenger.meta import PAGE, PSID

HOUR = 3600.0


class Desk:
    """All that sends, and one person who just wrote."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        assert settings.messenger is not None
        self.engine = engine
        self.people = People(engine, 12 * HOUR, 10)
        self.page = Page(engine)
        self.queue = Queue(engine, settings.messenger)
        self.sender = Sender(self.queue, self.page, self.people, Graph(settings.messenger), sleep=lambda seconds: None)
        self.person = self.people.of(PAGE, PSID)
        self.people.heard(self.person.id, time.time())

    def say(self, *texts: str, key: str = "reply", **more: Any) -> None:
        self.queue.put(reply_rows(self.person.id, key, [{"text": text} for text in texts], **more))

    def work(self) -> None:
        self.sender.work(self.person.id)

    def rows(self) -> list[Outgoing]:
        with Session(self.engine) as session:
            return list(session.scalars(select(Outgoing).order_by(Outgoing.id)))

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def spoke(self, seconds_ago: float, graph: GraphStandIn) -> None:
        graph.heard[PSID] = time.time() - seconds_ago
        self.change(Person, customer_at=time.time() - seconds_ago)

    def change(self, table: type, **values: Any) -> None:
        with Session(self.engine) as session, session.begin():
            session.execute(update(table).values(**values))

    def pause_is_over(self) -> None:
        self.change(PageState, paused_until=0.0)
        self.change(Outgoing, due_at=0.0)


@pytest.fixture
def line(engine: Engine, settings: Settings) -> Desk:
    return Desk(engine, settings)


def test_parts_leave_in_order_each_after_the_previous_returned(line: Desk, graph: GraphStandIn) -> None:
    line.say("uno", "dos", "tres")
    line.work()
    assert graph.texts() == ["uno", "dos", "tres"] and graph.most_at_once == 1
    assert line.states() == [t.SENT] * 3
    assert [row.mid for row in line.rows()] == [accepted.mid for accepted in graph.accepted]
    assert graph.accepted[0].body["messaging_type"] == "RESPONSE"


def test_the_same_key_again_is_the_same_message(line: Desk, graph: GraphStandIn) -> None:
    line.say("uno")
    line.say("uno")
    line.work()
    line.say("uno")
    line.work()
    assert graph.texts() == ["uno"]


def test_two_threads_do_not_send_to_one_person_at_once(line: Desk) -> None:
    assert line.people.claim(line.person.id, Lease.SENDING)
    assert not line.people.claim(line.person.id, Lease.SENDING)
    assert line.people.claim(line.person.id, Lease.INTAKE)
    line.people.release(line.person.id, Lease.SENDING)
    assert line.people.claim(line.person.id, Lease.SENDING)


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (Fault(190, 460, 401), Trouble.TOKEN),
        (Fault(200, None, 403), Trouble.PERMISSION),
        (Fault(10, None, 403), Trouble.PERMISSION),
        (Fault(230), Trouble.PERMISSION),
        (Fault(10, 1893063), Trouble.RESTRICTED),
        (Fault(368), Trouble.ABUSE),
    ],
)
def test_field_note_9_what_is_wrong_with_the_page_raises_an_alarm_stops_all_and_loses_nothing(
    line: Desk, graph: GraphStandIn, fault: Fault, trouble: Trouble
) -> None:
    graph.faults.append(fault)
    line.say("uno", "dos")
    line.work()
    state = line.page.state()
    assert (state.alarm, state.told) == (trouble, False) and state.alarm_since is not None
    line.work()
    assert graph.texts() == [] and line.states() == [t.PENDING, t.PENDING]
    line.pause_is_over()
    line.work()
    assert graph.texts() == ["uno", "dos"]
    assert line.page.state().alarm is None and not line.page.state().told


def test_field_note_9_another_token_mends_the_alarm_at_once(line: Desk, graph: GraphStandIn) -> None:
    line.page.uses("old token")
    graph.faults.append(Fault(190))
    line.say("uno")
    line.work()
    line.page.uses("old token")
    assert line.page.state().alarm == Trouble.TOKEN
    line.page.uses("new token")
    assert line.page.state().alarm is None
    line.work()
    assert graph.texts() == ["uno"]


def test_too_fast_for_meta_the_whole_page_waits_longer_each_time(line: Desk, graph: GraphStandIn) -> None:
    graph.faults.extend([Fault(613), Fault(613)])
    line.say("uno")
    line.work()
    first = line.page.state().paused_until - time.time()
    line.pause_is_over()
    line.work()
    second = line.page.state().paused_until - time.time()
    assert 0 < first <= 1 < second <= 2 and line.page.state().alarm is None
    line.pause_is_over()
    line.work()
    assert graph.texts() == ["uno"] and line.page.state().pauses == 0


@pytest.mark.parametrize("fault", [Fault(100), Fault(10, 2018278), Fault(200, 2018028)])
def test_a_message_that_meta_will_never_take_does_not_hold_up_the_next(line: Desk, graph: GraphStandIn, fault: Fault) -> None:
    graph.faults.append(fault)
    line.say("uno", "dos")
    line.work()
    assert line.states() == [t.REFUSED, t.SENT] and graph.texts() == ["dos"]
    assert f"code {fault.code}" in (line.rows()[0].error or "")
    assert line.page.state().alarm is None


@pytest.mark.parametrize("fault", [Fault(551), Fault(200, 1545041), Fault(100, 2018001)])
def test_to_somebody_who_cannot_be_reached_nothing_is_sent_until_he_writes(line: Desk, graph: GraphStandIn, fault: Fault) -> None:
    graph.faults.append(fault)
    line.say("uno", "dos")
    line.work()
    assert line.states() == [t.REFUSED, t.WITHHELD] and line.people.get(line.person.id).owner == t.CLOSED
    again = line.people.heard(line.person.id, time.time())
    assert again.owner == t.BOT and again.conversation_id != line.person.conversation_id
    line.say("hola", key="later")
    line.work()
    assert graph.texts() == ["hola"]


def test_what_meta_cannot_do_now_is_tried_again_and_what_is_behind_it_waits(line: Desk, graph: GraphStandIn) -> None:
    graph.faults.append(Fault(1200, status=500))
    line.say("uno", "dos")
    line.work()
    assert line.states() == [t.PENDING, t.PENDING] and line.queue.people_due(10) == []
    line.pause_is_over()
    line.work()
    assert graph.texts() == ["uno", "dos"]


@pytest.mark.parametrize("fault", [Fault(broken="after"), Fault(2, status=500), Fault(status=502)])
def test_field_note_12_what_may_have_left_waits_for_its_echo_before_it_is_sent_again(
    line: Desk, graph: GraphStandIn, fault: Fault
) -> None:
    graph.faults.append(fault)
    line.say("uno", "dos")
    line.work()
    assert line.states() == [t.SENDING, t.PENDING] and line.queue.people_due(10) == []
    left = graph.texts()
    if left:  # the line broke after Meta had taken it: her echo says so
        assert line.queue.echoed(graph.accepted[0].message["metadata"], graph.accepted[0].mid, time.time())
    time.sleep(0.25)
    line.change(Outgoing, due_at=0.0)
    line.work()
    assert graph.texts() == ["uno", "dos"] and line.states() == [t.SENT, t.SENT]


def test_field_note_12_a_sender_that_died_in_the_middle_leaves_the_row_to_the_echo(line: Desk, graph: GraphStandIn) -> None:
    line.say("uno")
    start = line.queue.begin(line.person.id)  # and here the process dies
    assert start is not None and line.states() == [t.SENDING]
    assert line.queue.people_due(10) == [] and line.queue.begin(line.person.id) is None
    time.sleep(0.25)
    assert line.queue.people_due(10) == [line.person.id]
    line.work()
    assert graph.texts() == ["uno"]


def test_the_echo_may_be_faster_than_metas_answer(line: Desk, graph: GraphStandIn) -> None:
    graph.after = lambda accepted: line.queue.echoed(accepted.message["metadata"], "mid of the echo", time.time())
    line.say("uno")
    line.work()
    (row,) = line.rows()
    assert (row.state, row.mid) == (t.SENT, "mid of the echo")


def test_field_note_10_after_24_hours_the_bot_says_nothing_more(line: Desk, graph: GraphStandIn) -> None:
    line.spoke(WINDOW_SECONDS + 1, graph)
    line.say("uno")
    line.work()
    assert line.states() == [t.EXPIRED] and graph.refused == []


def test_field_note_10_a_persons_own_text_goes_with_human_agent_for_seven_days_and_no_longer(
    line: Desk, graph: GraphStandIn
) -> None:
    line.say("Lo resolvimos.", human=True, kind=t.NEWS)
    line.work()
    assert graph.accepted[-1].body["messaging_type"] == "RESPONSE"
    line.spoke(WINDOW_SECONDS + HOUR, graph)
    line.say("¿Pudo probar?", key="second", human=True, kind=t.NEWS)
    line.work()
    body = graph.accepted[-1].body
    assert (body["messaging_type"], body["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    line.spoke(HUMAN_SECONDS + 1, graph)
    line.say("¿Sigue ahí?", key="third", human=True, kind=t.NEWS)
    line.work()
    assert line.states() == [t.SENT, t.SENT, t.EXPIRED] and graph.refused == []


def test_field_note_14_what_the_bot_had_to_say_is_withheld_once_a_person_has_taken_over(line: Desk, graph: GraphStandIn) -> None:
    line.say("uno")
    line.people.take_over(line.person.id)
    line.say("Novedad en su ticket", key="news", kind=t.NEWS, human=True)
    line.work()
    assert line.states() == [t.WITHHELD, t.SENT] and graph.texts() == ["Novedad en su ticket"]


def test_typing_is_no_message_waits_for_nothing_and_never_comes_late(line: Desk, graph: GraphStandIn) -> None:
    rows = reply_rows(line.person.id, "seen", [{"sender_action": "mark_seen"}, {"sender_action": "typing_on"}], kind=t.ACTION)
    rows[1].created_at -= 60
    line.queue.put(rows)
    line.say("uno")
    line.work()
    assert graph.actions == [(PSID, "mark_seen")] and line.states() == [t.SENT, t.DROPPED, t.SENT]


def test_an_error_about_typing_does_not_hold_up_the_answer(line: Desk, graph: GraphStandIn) -> None:
    graph.fault_of = lambda body: Fault(2, status=500) if "sender_action" in body else None
    line.queue.put(reply_rows(line.person.id, "seen", [{"sender_action": "mark_seen"}], kind=t.ACTION))
    line.say("uno")
    line.work()
    assert line.states() == [t.DROPPED, t.SENT]


def test_the_page_keeps_its_pace(settings: Settings, line: Desk) -> None:
    object.__setattr__(settings.messenger, "rate", 5.0)
    leaves: list[float] = []
    line.sender._sleep = lambda seconds: leaves.append(time.time() + seconds)
    line.say(*(str(number) for number in range(4)))
    line.work()
    assert all(later - earlier > 0.15 for earlier, later in pairwise(leaves))


def test_what_was_delivered_and_read_is_known(line: Desk, graph: GraphStandIn) -> None:
    line.say("uno", "dos")
    line.work()
    first, second = line.rows()
    line.queue.delivered(line.person.id, [first.mid], 5.0)
    line.queue.read(line.person.id, time.time() + 1)
    first, second = line.rows()
    assert (first.delivered_at, second.delivered_at) == (5.0, None) and first.read_at == second.read_at is not None


@pytest.mark.parametrize("metadata", [None, 5, "", "mesa:", "mesa:1", "mesa:1:0000000000000000", "mesa:٣:0", "otra:1", {"a": 1}])
def test_an_echo_of_somebody_else_or_of_another_copy_of_this_house_settles_nothing(line: Desk, metadata: Any) -> None:
    line.say("uno")
    assert not line.queue.echoed(metadata, "mid", time.time()) and line.states() == [t.PENDING]
