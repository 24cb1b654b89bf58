"""Hostile words at the front door: no page, no answer of the widget's API and no message in the widget runs any of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from tests.channels.conftest import Visitor
from tests.channels.stand_ins import FakeEscalation, FakeRasa
from tests.channels.widget_pages import context_of, launched, opened, write
from tests.markup import CORPUS, LONG, Page

ENTRY = "/ayuda/correo-adjuntos"
OWN = {"Sec-Fetch-Site": "same-origin"}
KEY = "0f3b7a52-1111-4222-8333-944445555666"


@pytest.fixture
def server_url() -> None:
    """SQLite alone: what is tried here does not depend on the database."""


def judged(answer, where: str) -> Page:  # type: ignore[no-untyped-def]
    assert answer.status_code != 500 and answer.mimetype == "text/html", where
    page = Page(answer.text)
    assert page.faults == [], where
    assert all("\r" not in value and "\n" not in value for _, value in answer.headers)
    return page


def token_of(page: str) -> str:
    return re.search(r'name="token" value="([^"]+)"', page)[1]  # type: ignore[index]


def test_nothing_in_an_address_of_the_help_centre_is_run(client: FlaskClient, desk: FakeEscalation) -> None:
    desk.stop()
    for words in CORPUS:
        asked, tail = dict.fromkeys(("q", "texto", "respuesta", "voto", "opinion", "next"), words), quote(words, safe="")
        for path in ("/", "/ayuda/", ENTRY, "/ayuda/tema/correo", "/ayuda/reporte"):
            judged(client.get(path, query_string=asked), f"{path} {words}")
        for path in (f"/ayuda/{tail}", f"/{tail}", f"/ayuda/reporte/{tail}"):
            judged(client.get(path), path)
        found = client.get("/ayuda/buscar", query_string={"q": words})
        assert found.mimetype == "application/json" and found.headers["X-Content-Type-Options"] == "nosniff"
    assert judged(client.get("/ayuda/", query_string={"q": LONG}), "search").shows_mark


def test_what_is_typed_into_the_plain_form_comes_back_as_text(client: FlaskClient, desk: FakeEscalation) -> None:
    desk.stop()
    wrong = dict.fromkeys(("key", "area", "description", "site", "error", "program", "scope", "frequency", "since", "shown"), LONG)
    refused = client.post("/ayuda/reporte", data=wrong, headers=OWN)
    assert refused.status_code == 422 and judged(refused, "refused").shows_mark
    taken = client.post("/ayuda/reporte", data={"key": KEY, "area": "mail", "description": LONG, "site": LONG}, headers=OWN)
    assert taken.status_code == 303, taken.text
    judged(client.get(taken.location), "kept")
    judged(client.post(f"{taken.location}/codigo", data={"email": LONG}, headers=OWN), "code")
    judged(client.post(f"{taken.location}/confirmar", data={"codigo": LONG}, headers=OWN), "confirm")


def test_a_comment_on_an_answer_is_text_for_everybody(client: FlaskClient) -> None:
    token = token_of(client.get(ENTRY).text)
    said = client.post(f"{ENTRY}/opinion", data={"token": token, "sirvio": "no", "comentario": LONG}, headers=OWN)
    judged(client.get(said.location), "thanks")
    judged(client.post(f"{ENTRY}/opinion", data={"token": LONG, "sirvio": LONG, "comentario": LONG}, headers=OWN), "odd")


def test_the_widgets_api_gives_words_back_as_data_that_no_browser_takes_for_a_page(
    client: FlaskClient, visitor: Visitor, rasa: FakeRasa
) -> None:
    rasa.says[LONG] = [{"text": LONG, "buttons": [{"title": LONG, "payload": LONG}]}]
    visitor.write(LONG, "m-1")
    for path in ("/widget/messages", "/widget/unread", "/widget/transcript", "/widget/elsewhere"):
        answer = client.get(path, headers=visitor.headers)
        assert answer.mimetype in ("application/json", "text/plain", "application/problem+json"), path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
    wrong = client.post("/widget/messages", json={"id": LONG, "text": LONG}, headers=visitor.headers)
    assert wrong.status_code == 400 and wrong.mimetype == "application/problem+json" and "pwn" not in wrong.text
    said = visitor.history()
    assert [message["text"] for message in said] == [LONG, LONG] and said[1]["buttons"][0]["title"] == LONG


# What a script of theirs would have done, and every address that can be followed.
RAN = "() => window.ran || 0"
INSIDE = """() => {
  const host = [...document.querySelectorAll('*')].find((element) => element.shadowRoot);
  const all = [...host.shadowRoot.querySelectorAll('.log *')];
  return {
    names: [...new Set(all.map((element) => element.localName))],
    handlers: all.flatMap((element) => [...element.attributes].map((one) => one.name)).filter((name) => name.startsWith('on')),
    links: all.filter((element) => element.href).map((element) => element.href),
  };
}"""
WRITTEN_BY_US = {
    "div",
    "p",
    "span",
    "strong",
    "em",
    "code",
    "pre",
    "ul",
    "ol",
    "li",
    "a",
    "br",
    "button",
    "time",
    "h2",
    "h3",
    "img",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as started:
        yield started


def test_the_widget_shows_hostile_words_of_customer_bot_and_staff_and_runs_none(
    browser: Browser, front: str, rasa: FakeRasa
) -> None:
    # One turn: a reply each, as Rasa and staff's news come; the customer's own words are the whole corpus.
    everything = "\n".join(CORPUS)
    rasa.says["todo"] = [{"text": words, "buttons": [{"title": words, "payload": words}]} for words in CORPUS]
    with context_of(browser) as context:
        page = opened(context.new_page(), front)
        page.add_init_script("window.p = () => { window.ran = (window.ran || 0) + 1; }")
        page.evaluate("() => { window.p = () => { window.ran = (window.ran || 0) + 1; }; }")
        write(page, everything.replace("\n", " "))
        write(page, "todo")
        page.get_by_text("{{config}}").last.wait_for()
        for _ in range(2):
            inside = page.evaluate(INSIDE)
            assert inside["handlers"] == [] and set(inside["names"]) <= WRITTEN_BY_US, inside["names"]
            assert all(link.startswith(("https://", "http://")) for link in inside["links"]), inside["links"]
            assert page.evaluate(RAN) == 0
            page.reload()
            page.get_by_role("button", name="Abrir la Mesa de Ayuda").click()
            page.get_by_text("{{config}}").last.wait_for()
