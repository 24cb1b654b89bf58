"""Account linking from the channel's side: Meta's button leads to our log-in page, her event binds the conversation."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine

from bot.channels.messenger import tables as t
from bot.channels.messenger import words
from bot.channels.messenger.tables import Event
from bot.channels.settings import Settings
from tests.channels.stand_ins import FakeEscalation, FakeRasa
from tests.messenger.graph import GraphStandIn
from tests.messenger.page import FacebookPage
from wire import linking

LOGIN = [
    {
        "text": "¿Quién es usted?",
        "buttons": [
            {"title": "Ya ingresé", "payload": "/logged_in"},
            {"title": "Recibir un código por e-mail", "payload": "/send_code"},
            {"title": "Cancelar", "payload": "/cancel"},
        ],
    },
    {"custom": {"card": "login"}},
]


@pytest.fixture
def page(settings: Settings, engine: Engine, graph: GraphStandIn) -> FacebookPage:
    return FacebookPage(replace(settings, escalation_public_url="https://desk.test"), engine, graph)


@pytest.fixture
def known(page: FacebookPage) -> FacebookPage:
    page.says("hola")
    return page


def test_the_log_in_button_leads_to_our_page_and_names_this_conversation(
    known: FacebookPage, rasa: FakeRasa, settings: Settings
) -> None:
    rasa.says["quiero abrir un ticket"] = LOGIN
    login, others = known.says("quiero abrir un ticket")
    (button,) = login.choices
    address = urlsplit(button["url"])
    assert (button["type"], f"{address.scheme}://{address.netloc}{address.path}") == (
        "account_link",
        f"https://desk.test{linking.PATH}",
    )
    (token,) = parse_qs(address.query)[linking.PARAMETER]
    assert linking.read(token, settings.conversation_secret) == known.person().conversation_id
    assert linking.read(token, "another") is None
    known.taps(others, "Recibir un código")
    assert rasa.turns[-1]["message"] == "/send_code"


def test_metas_event_binds_the_conversation_and_the_bot_goes_on(known: FacebookPage, rasa: FakeRasa, desk: FakeEscalation) -> None:
    assert known.recorded("account_linked") != []
    assert desk.links == [(known.person().conversation_id, "AUTHORIZATION_CODE")]
    assert rasa.turns[-1]["message"] == "/logged_in"


def test_a_code_that_is_not_for_this_conversation_binds_nobody(known: FacebookPage, rasa: FakeRasa, desk: FakeEscalation) -> None:
    desk.link_status = 401
    before = len(rasa.turns)
    assert [read.text for read in known.recorded("account_linked")] == [words.LINK_FAILED] and len(rasa.turns) == before


def test_unlinking_ends_the_bond_at_once_and_the_bot_says_so(known: FacebookPage, rasa: FakeRasa, desk: FakeEscalation) -> None:
    known.recorded("account_unlinked")
    assert desk.left == [known.person().conversation_id] and rasa.turns[-1]["message"] == "/log_out"


def test_while_escalation_is_down_linking_is_tried_again_and_then_he_is_told(known: FacebookPage, desk: FakeEscalation) -> None:
    desk.stop()
    assert known.recorded("account_linked") == [] and known.states()[-1] == t.RECEIVED
    for _ in range(5):
        known.change(Event, due_at=0.0)
        known.work()
    assert known.graph.texts()[-1] == words.LINK_DOWN and known.states()[-1] == t.DONE


def test_linking_by_itself_opens_no_window(page: FacebookPage) -> None:
    assert page.recorded("account_linked") == []
    assert page.person().customer_at == 0.0 and t.EXPIRED in dict(page.outgoing()).values()
