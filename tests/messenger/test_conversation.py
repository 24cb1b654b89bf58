"""What customers do in Messenger and what they read then, each kind of event from its recorded body."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from bot.channels.messenger import tables as t
from bot.channels.messenger import words
from bot.channels.messenger.tables import Event, Outgoing, Person
from bot.channels.messenger.turns import Turns
from bot.channels.settings import Settings
from tests.channels.conftest import all_that_is_stored
from tests.channels.stand_ins import FakeEscalation, FakeRasa
from tests.messenger.graph import Accepted
from tests.messenger.meta import PAGE, PSID, event_of, message, signed
from tests.messenger.page import FacebookPage

HOUR = 3600.0
ADVICE = [{"text": "**Revise** el [Área de Clientes](/area-clientes/)."}]
ASKED = [{"text": "¿Se resolvió?", "buttons": [{"title": "Sí", "payload": "/solved"}, {"title": "No", "payload": "/not_solved"}]}]


def texts(read: list[Accepted]) -> list[str]:
    return [accepted.text for accepted in read]


def heard(rasa: FakeRasa) -> list[str]:
    return [turn["message"] for turn in rasa.turns]


@pytest.fixture
def known(page: FacebookPage) -> FacebookPage:
    """A Page whose customer knows by now that a bot speaks."""
    page.says("hola")
    page.graph.actions.clear()
    return page


def test_a_typed_question_is_answered_in_plain_text_with_whole_addresses(page: FacebookPage, rasa: FakeRasa) -> None:
    rasa.says["no me salen los mails con adjuntos"] = ADVICE
    read = page.recorded("text")
    assert texts(read) == [words.DISCLOSURE, "Revise el Área de Clientes: http://front.test/area-clientes/."]
    assert heard(rasa) == ["no me salen los mails con adjuntos"]
    assert page.history()[0] == ("customer", "no me salen los mails con adjuntos")
    assert page.states() == [t.DONE]


def test_it_is_seen_and_typing_is_shown_before_the_answer_each_as_a_request_of_its_own(page: FacebookPage) -> None:
    page.says("hola")
    assert page.graph.actions == [(PSID, "mark_seen"), (PSID, "typing_on")]
    assert [kind for kind, _ in page.outgoing()] == [t.ACTION, t.ACTION, t.REPLY, t.REPLY]


def test_that_a_bot_speaks_is_said_at_the_start_after_a_long_pause_and_when_a_person_hands_back(page: FacebookPage) -> None:
    assert texts(page.says("hola")) == [words.DISCLOSURE, "Eco: hola"]
    assert texts(page.says("otra cosa")) == ["Eco: otra cosa"]
    page.change(Person, spoke_at=time.time() - 13 * HOUR)
    assert texts(page.says("sigo"))[0] == words.DISCLOSURE
    page.recorded("echo_of_the_inbox")
    page.change(Person, owner_until=0.0)
    assert texts(page.says("¿y?")) == [words.BACK_FROM_PERSON, "Eco: ¿y?"]
    assert texts(page.says("bien")) == ["Eco: bien"]


def test_a_greeting_that_says_it_already_is_not_said_twice(page: FacebookPage, rasa: FakeRasa) -> None:
    rasa.says["/greet"] = [{"text": "¡Hola! Soy el asistente automático de la Mesa de Ayuda."}]
    assert len(page.recorded("get_started")) == 1
    assert texts(page.says("hola")) == ["Eco: hola"]


def test_a_button_does_what_we_issued_and_its_title_is_what_was_said(known: FacebookPage, rasa: FakeRasa) -> None:
    rasa.says["ayuda"] = ASKED
    (asked,) = known.says("ayuda")
    known.taps(asked, "Sí")
    assert heard(rasa)[-1] == "/solved" and ("customer", "Sí") in known.history()


def test_a_quick_reply_does_what_we_issued(known: FacebookPage, rasa: FakeRasa) -> None:
    titles = ("Correo", "Sitio web", "Dominio", "Otra cosa")
    rasa.says["ayuda"] = [{"text": "¿Qué?", "buttons": [{"title": title, "payload": f"/choose_{title[:4]}"} for title in titles]}]
    (asked,) = known.says("ayuda")
    known.taps(asked, "Dominio")
    assert heard(rasa)[-1] == "/choose_Domi"


@pytest.mark.parametrize("payload", ["/restart", "mesa:unknown", "mesa:topic:../x", "WyJjIiwi.x", ""])
def test_field_note_27_a_payload_that_is_not_ours_is_only_what_its_title_says(
    known: FacebookPage, rasa: FakeRasa, payload: str
) -> None:
    known.recorded("quick_reply", quick_reply={"payload": payload})
    known.recorded("postback", payload=payload)
    assert heard(rasa)[-2:] == ["Correo", "Sí, se resolvió"]


def test_field_note_27_a_typed_command_is_text(known: FacebookPage, rasa: FakeRasa) -> None:
    known.says("/restart")
    known.says("mesa:ticket")
    assert heard(rasa)[-2:] == ["restart", "mesa:ticket"]


def test_a_button_of_somebody_else_does_nothing_here(known: FacebookPage, rasa: FakeRasa) -> None:
    rasa.says["ayuda"] = ASKED
    known.graph.open_to_all = True
    known.says("hola", psid="another")
    asked = known.says("ayuda", psid="another")[-1]
    known.taps(asked, "Sí")
    assert heard(rasa)[-1] == "Sí"


def test_a_choice_may_be_typed_by_its_number_where_it_was_shown_with_one(known: FacebookPage, rasa: FakeRasa) -> None:
    buttons = [{"title": f"casilla{number}@sudominio.com.ar", "payload": f"/choose_{number}"} for number in range(1, 16)]
    rasa.says["ayuda"] = [{"text": "¿Cuál?", "buttons": buttons}]
    (asked,) = known.says("ayuda")
    assert "15. casilla15" in asked.text and asked.choices == []
    known.says("la 3")
    assert heard(rasa)[-1] == "/choose_3"
    known.says("3")
    assert heard(rasa)[-1] == "3"


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("get_started", "/greet"),
        ("ice_breaker", '/choose_entry{"topic": "correo-no-puedo-enviar"}'),
        ("menu", "/open_ticket"),
        ("referral", '/choose_entry{"topic": "ssl-renovar"}'),
    ],
)
def test_what_stands_in_the_profile_and_a_link_to_an_answer_do_what_they_say(
    page: FacebookPage, rasa: FakeRasa, name: str, command: str
) -> None:
    assert page.recorded(name) != []
    assert heard(rasa) == [command]


def test_a_referral_that_names_no_answer_is_kept_and_says_nothing(known: FacebookPage, rasa: FakeRasa) -> None:
    before = len(rasa.turns)
    assert known.recorded("referral_of_an_ad") == [] and len(rasa.turns) == before
    assert known.states()[-1] == t.DONE


def test_a_like_says_yes(known: FacebookPage, rasa: FakeRasa) -> None:
    known.recorded("like")
    assert heard(rasa)[-1] == words.LIKE_MEANS and ("customer", words.LIKE_SHOWN) in known.history()


@pytest.mark.parametrize(
    ("name", "shown", "answer"),
    [
        ("sticker", words.STICKER_SHOWN, words.STICKER),
        ("sticker_of_2026", words.STICKER_SHOWN, words.STICKER),
        ("location", words.LOCATION_SHOWN, words.LOCATION),
        ("template", words.UNSUPPORTED_SHOWN, words.UNSUPPORTED),
        ("unsupported", words.UNSUPPORTED_SHOWN, words.UNSUPPORTED),
    ],
)
def test_what_the_bot_cannot_understand_is_kept_and_answered_with_what_to_do(
    known: FacebookPage, rasa: FakeRasa, name: str, shown: str, answer: str
) -> None:
    before = len(rasa.turns)
    assert texts(known.recorded(name)) == [answer]
    assert len(rasa.turns) == before and known.history()[-2:] == [("customer", shown), ("bot", answer)]
    assert known.recorded(name) == []


def test_a_shared_link_is_what_it_says(known: FacebookPage, rasa: FakeRasa) -> None:
    known.recorded("shared_link")
    assert heard(rasa)[-1] == "Panel https://panel.sudominio.com.ar/login?mensaje=error"


@pytest.mark.parametrize("name", ["read", "delivery", "reaction", "optin", "edit", "policy_enforcement", "unknown"])
def test_what_asks_for_no_answer_is_noted_and_gets_none(known: FacebookPage, rasa: FakeRasa, name: str) -> None:
    before = len(rasa.turns)
    assert known.recorded(name) == [] and known.states()[-1] == t.DONE
    assert len(rasa.turns) == before and known.graph.actions == []


def test_field_note_11_an_event_that_comes_twice_is_answered_once(page: FacebookPage, rasa: FakeRasa) -> None:
    event = message("hola", "m-1")
    page.deliver(event, event)
    page.happens(event)
    assert page.happens(event) == [] and heard(rasa) == ["hola"]


def test_field_note_12_events_are_answered_in_the_order_of_metas_clock(page: FacebookPage, rasa: FakeRasa) -> None:
    first, second, third = (message(text, text, at) for text, at in (("uno", 1000), ("dos", 2000), ("tres", 3000)))
    page.deliver(third)
    page.deliver(first, second)
    page.work()
    assert heard(rasa) == ["uno", "dos", "tres"]
    assert page.graph.texts()[1:] == ["Eco: uno", "Eco: dos", "Eco: tres"]


def test_field_note_12_an_older_event_that_is_late_has_some_time_to_come(
    settings: Settings, page: FacebookPage, rasa: FakeRasa
) -> None:
    second = message("dos", "m-2", 2000)
    page.deliver(second)
    page.change(Event, due_at=time.time() + 60)
    page.work()
    page.deliver(message("uno", "m-1", 1000))
    assert rasa.turns == []
    page.change(Event, due_at=0.0)
    page.work()
    assert heard(rasa) == ["uno", "dos"]


def test_while_rasa_is_down_all_waits_in_order_and_he_is_told_once(page: FacebookPage, rasa: FakeRasa) -> None:
    port = rasa.server_port
    rasa.shutdown()
    rasa.server_close()
    for text in ("uno", "dos"):
        page.says(text)
    page.change(Event, due_at=0.0)
    page.work()
    page.work()
    assert [text for text in page.graph.texts() if "no está disponible" in text] == page.graph.texts()
    assert len(page.graph.texts()) == 1 and page.states() == [t.RECEIVED, t.RECEIVED]
    back = FakeRasa(port)
    threading.Thread(target=back.serve_forever, daemon=True).start()
    page.change(Event, due_at=0.0)
    page.work()
    assert heard(back) == ["uno", "dos"] and page.states() == [t.DONE, t.DONE]
    back.shutdown()
    back.server_close()


def test_a_message_on_which_the_bot_fails_again_and_again_does_not_hold_up_the_next(page: FacebookPage, rasa: FakeRasa) -> None:
    rasa.mode = "fails"
    page.deliver(message("veneno", "m-1", 1), message("hola", "m-2", 2))
    for _ in range(5):
        page.change(Event, due_at=0.0)
        page.work()
    assert words.NOT_UNDERSTOOD in page.graph.texts()
    rasa.mode = "well"
    page.change(Event, due_at=0.0)
    page.work()
    assert page.graph.texts()[-1] == "Eco: hola" and page.states() == [t.DONE, t.DONE]


def test_field_note_13_an_answer_typed_in_the_pages_inbox_is_recorded_and_silences_the_bot(
    known: FacebookPage, rasa: FakeRasa
) -> None:
    for name in ("echo_of_the_inbox", "echo_without_app"):
        known.recorded(name)
    assert known.history()[-2:] == [
        ("staff", "Hola, soy Agustín de Soporte. Ya estoy viendo su correo."),
        ("staff", "Le respondo yo, ya lo reviso."),
    ]
    before = len(rasa.turns)
    assert known.says("gracias, ¿cuánto tarda?") == [] and len(rasa.turns) == before
    assert known.history()[-1] == ("customer", "gracias, ¿cuánto tarda?") and known.graph.actions == []
    assert known.person().owner == t.PERSON


def test_field_note_13_an_echo_of_our_own_tells_that_it_left_and_silences_nobody(known: FacebookPage) -> None:
    known.change(Outgoing, state=t.SENDING, mid=None)
    known.recorded("echo_of_ours", metadata=known.graph.accepted[-1].message["metadata"], mid="m_of_the_echo")
    assert (known.rows(Outgoing)[-1].state, known.rows(Outgoing)[-1].mid) == (t.SENT, "m_of_the_echo")
    assert known.person().owner == t.BOT


def test_field_note_14_the_bot_finishes_no_sentence_after_a_person_has_begun(page: FacebookPage) -> None:
    page.deliver(message("hola", "m-1"))
    rows, work = page.channel.rows, page.channel.work
    work.intake.work(page.person())
    page.deliver(event_of("echo_of_the_inbox"))
    work.notes.take(rows.inbox.notes(1)[0])
    work.sender.work(page.person().id)
    assert page.graph.accepted == [] and page.graph.actions == []
    assert page.outgoing() == [(t.ACTION, t.DROPPED)] * 2 + [(t.REPLY, t.WITHHELD)] * 2


@pytest.mark.parametrize("call", ["volver al bot", "Quiero hablar con el asistente automático.", "VOLVER AL BOT!"])
def test_field_note_14_he_gets_the_bot_back_by_asking_for_it(known: FacebookPage, rasa: FakeRasa, call: str) -> None:
    known.recorded("echo_of_the_inbox")
    assert texts(known.says(call))[0] == words.BACK_FROM_PERSON and heard(rasa)[-1] == "/greet"
    assert texts(known.says("hola")) == ["Eco: hola"]


def test_field_note_14_the_menu_brings_the_bot_back_and_an_old_button_does_not(known: FacebookPage, rasa: FakeRasa) -> None:
    rasa.says["ayuda"] = ASKED
    (asked,) = known.says("ayuda")
    known.recorded("echo_of_the_inbox")
    assert known.taps(asked, "Sí") == []
    assert known.recorded("menu") != [] and known.person().owner == t.BOT


def test_conversation_routing_says_who_has_the_conversation(known: FacebookPage, rasa: FakeRasa) -> None:
    known.recorded("take_thread_control")
    assert known.says("¿hola?") == []
    known.recorded("pass_thread_control")
    assert texts(known.says("¿hola?")) == [words.BACK_FROM_PERSON, "Eco: ¿hola?"]
    known.recorded("pass_thread_control", new_owner_app_id="263902037430900")
    assert known.says("¿y ahora?") == []


def test_what_is_said_while_another_app_has_the_conversation_is_recorded_and_not_answered(known: FacebookPage) -> None:
    body, headers = signed({"object": "page", "entry": [{"id": PAGE, "time": 1, "standby": [event_of("standby")]}]})
    known.client.post("/webhooks/messenger", data=body, headers=headers)
    known.work()
    assert known.history()[-1] == ("customer", "¿siguen ahí?") and known.person().owner == t.PERSON


def test_a_secret_typed_into_messenger_is_hidden_at_the_door_as_in_the_widget(
    known: FacebookPage, rasa: FakeRasa, settings: Settings
) -> None:
    read = known.says("mi contraseña es Perro.2024!x y no entra")
    assert "Oculté la contraseña" in read[0].text
    assert "Perro.2024" not in str(rasa.turns) and "Perro.2024" not in all_that_is_stored(settings)
    assert rasa.turns[-1]["metadata"]["hidden"] == ["password"]


def test_a_code_typed_into_messenger_is_checked_and_never_reaches_rasa(
    known: FacebookPage, rasa: FakeRasa, desk: FakeEscalation, settings: Settings
) -> None:
    rasa.says["ana@sudominio.com.ar"] = [{"text": "Escriba el código."}, {"custom": {"card": "code"}}]
    known.says("ana@sudominio.com.ar")
    known.says("es 482 913")
    assert desk.codes == [(known.person().conversation_id, "482913")] and heard(rasa)[-1] == "/logged_in"
    assert known.history()[-2] == ("customer", "es [código oculto]")
    for place in (str(rasa.turns), all_that_is_stored(settings), str([vars(event) for event in known.rows(Event)])):
        assert "482 913" not in place and "482913" not in place
    assert [event.sealed for event in known.rows(Event)] == [None] * 3


def test_six_digits_that_nobody_asked_for_are_a_number_like_any_other(known: FacebookPage, rasa: FakeRasa) -> None:
    known.says("el pedido 482913")
    assert heard(rasa)[-1] == "el pedido 482913"


def test_a_very_long_message_is_taken_as_far_as_it_goes_and_he_is_told(known: FacebookPage, rasa: FakeRasa) -> None:
    read = known.says("palabra " * 2000)
    assert len(heard(rasa)[-1]) <= 8000 and "muy largo" in read[0].text


def test_who_comes_back_after_a_month_begins_anew(known: FacebookPage) -> None:
    before = known.person().conversation_id
    known.change(Person, customer_at=time.time() - timedelta(days=31).total_seconds())
    known.says("hola de nuevo")
    assert known.person().conversation_id != before
    assert known.channel.rows.people.of_conversation(before).id == known.person().id


def test_an_event_that_meets_a_fault_of_ours_is_tried_again_and_then_left_for_people(
    page: FacebookPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object) -> None:
        raise RuntimeError("a bug")

    page.deliver(message("uno", "m-1", 1), message("dos", "m-2", 2))
    with monkeypatch.context() as broken:
        broken.setattr(Turns, "take", fault)
        for _ in range(6):
            page.change(Event, due_at=0.0)
            page.work()
    assert page.states() == [t.FAILED, t.RECEIVED]
    page.change(Event, due_at=0.0)
    page.work()
    assert page.graph.texts()[-1] == "Eco: dos"
