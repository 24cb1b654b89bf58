"""What is sent stays within every limit of the Send API, and says the same as before it was made to fit."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.messenger import words
from bot.channels.messenger.choices import pressed
from bot.channels.messenger.limits import TEMPLATE_TEXT_MAX, TEXT_MAX, TITLE_MAX, length, shortened, split
from bot.channels.messenger.plain import plain
from bot.channels.messenger.rendering import messages
from tests.messenger.send_api import refusal

BASE = "https://ayuda.csiserver.com"
SENTENCE = "Abra Outlook, elija Archivo y pruebe con 552 5.3.4 en mail.sudominio.com.ar. "


def buttons(*titles: str) -> list[dict[str, str]]:
    return [{"title": title, "payload": f"payload {number}"} for number, title in enumerate(titles, start=1)]


def rendered(text: str, *titles: str, **more: Any) -> list[dict[str, Any]]:
    made = messages({"text": text, "buttons": buttons(*titles), **more}, BASE, f"{BASE}/vincular")
    assert [refusal(message) for message in made] == [None] * len(made)
    return made


def test_a_long_text_is_cut_at_ends_of_sentences_below_2000() -> None:
    parts = split(SENTENCE * 60)
    assert len(parts) > 2 and max(map(length, parts)) <= TEXT_MAX
    assert all(part.endswith("sudominio.com.ar.") and part.startswith("Abra") for part in parts)


def test_a_paragraph_is_a_better_place_than_a_sentence_and_a_sentence_than_a_word() -> None:
    paragraph = SENTENCE * 15
    assert split(f"{paragraph}\n\n{paragraph}")[0] == paragraph.strip()
    assert split("palabra " * 400)[0].endswith("palabra")
    assert [length(part) for part in split("x" * 4500)] == [TEXT_MAX, TEXT_MAX, 4500 - 2 * TEXT_MAX]


@given(st.text(alphabet=st.sampled_from("aé. \n¿?😀,"), max_size=6000))
def test_nothing_but_white_space_is_lost_and_no_part_is_too_long_or_empty(text: str) -> None:
    parts = split(text)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part.strip() and length(part) <= TEXT_MAX for part in parts)


def test_an_emoji_counts_as_the_two_units_that_it_is() -> None:
    assert max(map(length, split("😀" * 1500))) <= TEXT_MAX


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Sí, se resolvió", "Sí, se resolvió"),
        ("Recibir un código por e-mail", "Recibir un código…"),
        ("No, está bien escrito", "No, está bien…"),
        ("Configurar el correo en Outlook", "Configurar el corre…"),
        ("  Ninguna   de éstas ", "Ninguna de éstas"),
        ("Supercalifragilisticoespialidoso", "Supercalifragilisti…"),
        ("😀" * 30, "😀" * 9 + "…"),
    ],
)
def test_a_title_is_shortened_at_20_by_whole_words_where_that_says_enough(title: str, shown: str) -> None:
    assert shortened(title) == shown


@given(st.text(min_size=1, max_size=80))
def test_no_title_is_ever_longer_than_20(title: str) -> None:
    assert length(shortened(title)) <= TITLE_MAX


def test_up_to_three_choices_are_buttons() -> None:
    (message,) = rendered("¿Con esto se resolvió?", "Sí, se resolvió", "No, sigue igual")
    template = message["attachment"]["payload"]
    assert template["template_type"] == "button" and template["text"] == "¿Con esto se resolvió?"
    assert template["buttons"][0] == {"type": "postback", "title": "Sí, se resolvió", "payload": "payload 1"}


def test_a_text_too_long_for_buttons_goes_before_them_and_the_question_stays_with_them() -> None:
    steps = "\n".join(f"{number}. {SENTENCE}" for number in range(1, 20))
    *before, last = rendered(f"{steps}\n\n¿Con esto se resolvió?", "Sí", "No")
    assert all("text" in message for message in before) and before
    assert last["attachment"]["payload"]["text"].endswith("¿Con esto se resolvió?")
    assert length(last["attachment"]["payload"]["text"]) <= TEMPLATE_TEXT_MAX
    assert all(f"{number}. " in str(before) + str(last) for number in range(1, 20))


def test_more_than_three_choices_are_quick_replies() -> None:
    titles = ("Correo", "Sitio web", "Dominio", "Pagos y facturas", "Panel o cuenta", "Otra cosa")
    (message,) = rendered("¿Sobre qué servicio es?", *titles)
    assert [reply["title"] for reply in message["quick_replies"]] == list(titles)


def test_more_than_thirteen_choices_are_a_numbered_list_that_understands_a_typed_number() -> None:
    titles = [f"casilla{number}@sudominio.com.ar" for number in range(1, 21)]
    (message,) = rendered("¿Cuál?", *titles)
    assert "20. casilla20@sudominio.com.ar" in message["text"] and words.TYPE_THE_NUMBER in message["text"]
    reply = {"text": "¿Cuál?", "buttons": buttons(*titles)}
    for typed in ("3", " 3. ", "la 3", "opción 3", "el número 3", "3)", "es la 3"):
        assert pressed(typed, [reply]) == "payload 3"
    for typed in ("0", "21", "3 casillas", "hace 3 días", "35%8"):
        assert pressed(typed, [reply]) is None


def test_titles_that_would_become_alike_are_listed_whole_and_numbered() -> None:
    titles = ("Configurar el correo en Outlook", "Configurar el correo en Thunderbird", "Ninguna de éstas")
    (message,) = rendered("¿Cuál de estos temas?", *titles)
    template = message["attachment"]["payload"]
    assert all(f"{number}. {title}" in template["text"] for number, title in enumerate(titles, start=1))
    assert [button["title"][:3] for button in template["buttons"]] == ["1. ", "2. ", "3. "]
    assert pressed("2", [{"buttons": buttons(*titles)}]) == "payload 2"


def test_a_number_is_an_answer_where_the_choices_had_none_and_a_title_may_be_typed() -> None:
    replies = [{"buttons": []}, {"buttons": buttons("Sí, se resolvió", "No, sigue igual")}]
    assert pressed("2", replies) is None
    assert pressed("no sigue igual", replies) == "payload 2"
    assert pressed("SI SE RESOLVIO!", replies) == "payload 1"
    assert pressed("no", replies) is None and pressed("😀", replies) is None and pressed("2", []) is None


def test_a_payload_that_is_too_long_for_a_button_is_still_to_be_chosen_by_its_number() -> None:
    long = [{"title": "Correo", "payload": "p" * 1001}, {"title": "Sitio", "payload": "q"}]
    (message,) = messages({"text": "¿Qué?", "buttons": long}, BASE, None)
    assert refusal(message) is None and "1. Correo" in message["text"]
    assert pressed("1", [{"buttons": long}]) == "p" * 1001


def test_the_log_in_is_metas_own_button_with_the_code_by_mail_beside_it() -> None:
    login, others = rendered("Ingrese.", words.ALREADY_IN, "Recibir un código por e-mail", "No soy cliente", card="login")
    assert login["attachment"]["payload"]["buttons"] == [{"type": "account_link", "url": f"{BASE}/vincular"}]
    assert [reply["title"] for reply in others["quick_replies"]] == ["Recibir un código…", "No soy cliente"]


def test_where_messenger_cannot_open_our_page_the_other_ways_remain() -> None:
    reply = {"text": "Ingrese.", "buttons": buttons(words.ALREADY_IN, "Recibir un código por e-mail"), "card": "login"}
    (message,) = messages(reply, BASE, None)
    assert "account_link" not in str(message) and "Recibir un código…" in str(message)


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("**Hola**, Ana: `ls`", "Hola, Ana: ls"),
        ("Vea el [Área de Clientes](/area-clientes/).", f"Vea el Área de Clientes: {BASE}/area-clientes/."),
        ("[cómo contratar](/ayuda/hosting-contratar-activar)", f"cómo contratar: {BASE}/ayuda/hosting-contratar-activar"),
        ("[Facebook](https://www.facebook.com/CSIserver)", "Facebook: https://www.facebook.com/CSIserver"),
        ("[a@b.co](mailto:a@b.co)", "a@b.co"),
        ("<https://a.co/x>", "https://a.co/x"),
        ("1. uno\n2. dos", "1. uno\n2. dos"),
        ("3. tres\n4. cuatro", "3. tres\n4. cuatro"),
        ("- **Sitio:** a.co\n- **Error:** 552", "• Sitio: a.co\n• Error: 552"),
        ("uno\ndos\n\ntres", "uno\ndos\n\ntres"),
        ("Pasos:\n\n1. uno\n2. dos\n\nFin", "Pasos:\n\n1. uno\n2. dos\n\nFin"),
        ("<b>no</b> & a_b_c *.php 2*3*4", "<b>no</b> & a_b_c *.php 2*3*4"),
        ("```\nv=spf1 -all\n```", "v=spf1 -all"),
        ("", ""),
    ],
)
def test_markdown_becomes_plain_text_with_whole_addresses(markdown: str, shown: str) -> None:
    assert plain(markdown, BASE) == shown


def test_every_published_answer_fits_and_keeps_its_steps() -> None:
    from bot.faq.live import published

    for entry in published().current().values():
        steps = "\n".join(f"{number}. {step}" for number, step in enumerate(entry.steps, start=1))
        made = rendered(f"**{entry.title}**\n{entry.answer}\n\n{steps}\n\n[Ver la respuesta completa]({BASE}/ayuda/{entry.id})")
        said = "\n".join(message["text"] for message in made)
        assert f"{BASE}/ayuda/{entry.id}" in said and "**" not in said and "](" not in said
        assert len(re.findall(r"(?m)^\d+\. ", said)) >= len(entry.steps)
