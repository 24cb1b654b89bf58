"""News of tickets through Messenger: within Meta's windows, and left to mail outside of them (field note 10)."""

from __future__ import annotations

import time

import pytest

from bot.channels.messenger import tables as t
from bot.channels.messenger.tables import PageState, Person
from tests.channels.stand_ins import SERVICE_TOKEN, FakeEscalation
from tests.messenger.graph import GraphStandIn
from tests.messenger.meta import PSID
from tests.messenger.page import FacebookPage

DAY = 24 * 3600.0
SERVICE = {"Authorization": f"Bearer {SERVICE_TOKEN}"}


@pytest.fixture
def known(page: FacebookPage) -> FacebookPage:
    page.says("hola")
    return page


def tell(page: FacebookPage, key: str = "chat-message-7", author: str = "staff", conversation_id: str | None = None) -> int:
    body = {
        "key": key,
        "conversation_id": conversation_id or page.person().conversation_id,
        "author": author,
        "text": "Novedad en su ticket **MDA-7K3Q9T**:\n\nYa funciona.\n\n[Ver el ticket](https://desk.test/t)",
    }
    status = page.client.post("/internal/news", json=body, headers=SERVICE).status_code
    page.work()
    return status


def silent_for(page: FacebookPage, graph: GraphStandIn, seconds: float) -> None:
    graph.heard[PSID] = time.time() - seconds
    page.change(Person, customer_at=time.time() - seconds)


def test_inside_the_window_news_go_by_messenger_once(known: FacebookPage, graph: GraphStandIn) -> None:
    assert [tell(known), tell(known)] == [201, 200]
    assert graph.texts().count("Novedad en su ticket MDA-7K3Q9T:\n\nYa funciona.\n\nVer el ticket: https://desk.test/t") == 1
    assert known.history()[-1][0] == "staff"


def test_field_note_10_outside_the_window_a_change_of_status_is_left_to_mail(known: FacebookPage, graph: GraphStandIn) -> None:
    silent_for(known, graph, DAY)
    before = len(graph.accepted)
    assert tell(known, author="bot") == 409 and len(graph.accepted) == before
    assert "MDA-7K3Q9T" not in str(known.history())


def test_field_note_10_a_persons_answer_goes_for_seven_days_and_is_left_to_mail_after(
    known: FacebookPage, graph: GraphStandIn
) -> None:
    silent_for(known, graph, 6 * DAY)
    assert tell(known) == 201 and graph.accepted[-1].body["tag"] == "HUMAN_AGENT"
    silent_for(known, graph, 7 * DAY)
    assert tell(known, "chat-message-8") == 409 and graph.refused == []


def test_staff_who_answer_a_ticket_do_not_silence_the_bot(known: FacebookPage) -> None:
    tell(known)
    assert [read.text for read in known.says("gracias")] == ["Eco: gracias"]


def test_news_of_a_conversation_that_was_closed_since_still_find_him(known: FacebookPage, graph: GraphStandIn) -> None:
    old = known.person().conversation_id
    known.channel.rows.people.close(known.person().id)
    assert tell(known, conversation_id=old) == 409
    known.says("hola de nuevo")
    assert known.person().conversation_id != old and tell(known, conversation_id=old) == 201
    assert "MDA-7K3Q9T" in graph.texts()[-1]


def test_field_note_9_staff_see_a_dead_token_and_that_it_was_mended(
    known: FacebookPage, graph: GraphStandIn, desk: FakeEscalation
) -> None:
    graph.token = "another"
    assert known.says("¿hola?") == []
    watch = known.channel.work.watch
    watch.tend()
    (alarm,) = desk.alarms
    assert alarm["kind"] == "token" and alarm["detail"] and alarm["since"] > time.time() - 60
    health = known.client.get("/health").json
    assert health["alarms"] == {"messenger": "token"}
    watch.tend()
    assert len(desk.alarms) == 1
    known.deliver()
    assert known.says("¿siguen ahí?") == [] and known.states() == [t.DONE] * 3
    graph.token = "EAApage-token"
    known.change(PageState, checked_at=0.0)
    watch.tend()
    assert desk.alarms[-1] is None and "alarms" not in known.client.get("/health").json
    known.work()
    assert graph.texts()[-2:] == ["Eco: ¿hola?", "Eco: ¿siguen ahí?"]


def test_field_note_9_a_token_that_died_on_a_quiet_day_is_noticed(known: FacebookPage, graph: GraphStandIn) -> None:
    watch, rows = known.channel.work.watch, known.channel.rows
    watch.tend()
    assert rows.page.state().alarm is None
    graph.token = "another"
    watch.tend()
    assert rows.page.state().alarm is None  # once a day is enough
    known.change(PageState, checked_at=time.time() - DAY - 1)
    watch.tend()
    assert rows.page.state().alarm == "token"


def test_an_alarm_that_escalation_did_not_hear_is_told_again(
    known: FacebookPage, graph: GraphStandIn, desk: FakeEscalation
) -> None:
    graph.token = "another"
    known.says("¿hola?")
    desk.stop()
    known.channel.work.watch.tend()
    desk.start()
    known.channel.work.watch.tend()
    assert [alarm["kind"] for alarm in desk.alarms] == ["token"]
