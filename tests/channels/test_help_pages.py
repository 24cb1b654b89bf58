"""The help centre's pages as a browser without JavaScript and a search engine get them, and «¿Le sirvió?»."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels import opinions as opinions_module
from bot.channels import rate_limits
from bot.channels.help_tables import Opinion
from bot.channels.opinion_counts import lines
from bot.channels.opinions import Opinions
from bot.channels.settings import Settings
from bot.faq.corpus import load_corpus
from tests.channels.conftest import Visitor
from tests.channels.stand_ins import FakeRasa
from webhook_app import create_app
from wire.database import new_engine

ENTRY = "correo-adjuntos"
PAGE = f"/ayuda/{ENTRY}"
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def server_url() -> None:
    """SQLite alone: where the database matters, ``test_help_rows`` tries both."""


def data_of(page: str) -> dict[str, Any]:
    blocks = [json.loads(block) for block in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)]
    return {block["@type"]: block for block in blocks}


def token_of(page: str) -> str:
    return re.search(r'name="token" value="([^"]+)"', page)[1]  # type: ignore[index]


def vote(client: FlaskClient, said: str, token: str | None = None, headers: dict[str, str] | None = None, **more: str):  # type: ignore[no-untyped-def]
    token = token or token_of(client.get(PAGE).text)
    data = {"token": token, "sirvio": said, **more}
    return client.post(f"{PAGE}/opinion", data=data, headers=OWN if headers is None else headers)


def rows(settings: Settings) -> list[tuple[str, bool, str]]:
    with Session(new_engine(settings.chat_database_url)) as session:
        return [(row.entry_id, row.helped, row.comment) for row in session.scalars(select(Opinion).order_by(Opinion.id))]


def test_every_entry_has_a_page_with_one_canonical_address_and_its_data(client: FlaskClient) -> None:
    entry = load_corpus()[ENTRY]
    page = client.get(f"{PAGE}?utm=x", headers={"Host": "elsewhere.test"}).text
    assert re.findall(r'rel="canonical" href="([^"]+)"', page) == [f"http://front.test{PAGE}"]
    assert "noindex" not in page and f"<h1>{entry.title}</h1>" in page
    told = data_of(page)
    question = told["FAQPage"]["mainEntity"][0]
    assert question["name"] == entry.title and question["acceptedAnswer"]["text"] == entry.answer
    crumbs = [crumb["item"] for crumb in told["BreadcrumbList"]["itemListElement"]]
    assert crumbs == ["http://front.test/ayuda/", "http://front.test/ayuda/tema/correo", f"http://front.test{PAGE}"]


def test_no_answer_can_end_the_block_that_its_data_stand_in(client: FlaskClient) -> None:
    with client.application.test_request_context():
        template = client.application.jinja_env.get_template("help_base.html")
        evil = [{"@type": "Thing", "name": "</script><script>alert(1)</script>"}]
        page = template.render(data=evil, company={"company": {"name": "X"}})
    assert "<script>alert" not in page and data_of(page)["Thing"]["name"].startswith("</script>")


def test_the_index_leads_to_every_category_and_these_to_every_entry(client: FlaskClient) -> None:
    index = client.get("/ayuda/").text
    categories = set(re.findall(r'href="(/ayuda/tema/[a-z]+)"', index))
    linked: set[str] = set()
    for address in categories:
        page = client.get(address).text
        assert f'rel="canonical" href="http://front.test{address}"' in page
        linked |= set(re.findall(r'href="/ayuda/([a-z0-9-]+)"', page))
    assert linked >= set(load_corpus())
    assert client.get("/ayuda/tema/nada").status_code == 404 and client.get("/ayuda/nada").status_code == 404


def test_the_sitemap_has_every_page_worth_finding_and_robots_leads_to_it(client: FlaskClient) -> None:
    root = ElementTree.fromstring(client.get("/sitemap.xml").text)  # noqa: S314  (our own)
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    pages = {url.findtext(f"{space}loc"): url.findtext(f"{space}lastmod") for url in root}
    corpus = load_corpus()
    assert {f"http://front.test/ayuda/{name}" for name in corpus} < set(pages)
    assert pages[f"http://front.test{PAGE}"] == corpus[ENTRY].updated.isoformat()
    for address in pages:
        assert address and client.get(address.removeprefix("http://front.test")).status_code == 200
    robots = client.get("/robots.txt")
    assert "Sitemap: http://front.test/sitemap.xml" in robots.text and robots.mimetype == "text/plain"
    reader = RobotFileParser()
    reader.parse(robots.text.splitlines())
    assert reader.can_fetch("*", f"http://front.test{PAGE}") and not reader.can_fetch("*", "http://front.test/ayuda/buscar?q=x")


def test_without_javascript_the_search_is_a_form_and_its_page_is_not_indexed(client: FlaskClient) -> None:
    assert re.search(r'<form class="search" role="search" method="get" action="/ayuda/"', client.get("/ayuda/").text)
    page = client.get("/ayuda/", query_string={"q": "no puedo enviar adjuntos"})
    assert f'href="{PAGE}"' in page.text and 'content="noindex"' in page.text
    assert "no-store" in page.headers["Cache-Control"]


@pytest.mark.parametrize(("typed", "said"), [("xyzzy qwrt", "No encontramos una respuesta"), ("ab", "Escriba un poco más")])
def test_a_search_without_result_says_what_to_do_and_names_no_phone(client: FlaskClient, typed: str, said: str) -> None:
    page = client.get("/ayuda/", query_string={"q": typed}).text
    assert said in page and "tel:" not in page and "eléfono" not in page
    if typed != "ab":
        for way in ("Preguntar en el chat", "Enviar un ticket", "mailto:", "facebook.com", "twitter.com"):
            assert way in page


def test_what_was_typed_is_shown_again_and_never_obeyed(client: FlaskClient) -> None:
    page = client.get("/ayuda/", query_string={"q": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_a_vote_is_one_click_and_one_row_and_the_comment_joins_it(client: FlaskClient, settings: Settings) -> None:
    answer = vote(client, "no")
    assert answer.status_code == 303 and rows(settings) == [(ENTRY, False, "")]
    thanks = client.get(answer.location).text
    assert "Gracias por su respuesta" in thanks and "¿Qué le faltó?" in thanks and "Seguir en el chat" in thanks
    token = token_of(thanks)
    again = vote(client, "no", token, comentario="Falta el Outlook nuevo. mi clave es Perro1234!")
    assert "Gracias por su comentario" in client.get(again.location).text
    assert rows(settings) == [(ENTRY, False, "Falta el Outlook nuevo. mi clave es [contraseña oculta]")]
    # Pressed twice, or "back" and another mind: still one row, and what he wrote stays.
    vote(client, "si", token)
    assert rows(settings)[0][1] and rows(settings)[0][2].startswith("Falta") and len(rows(settings)) == 1


def test_another_sites_page_cannot_vote_in_a_visitors_name(client: FlaskClient, settings: Settings) -> None:
    token = token_of(client.get(PAGE).text)
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://front.test"},
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {},
    ):
        assert vote(client, "no", token, headers).status_code == 403
    assert rows(settings) == []
    # A browser from before Fetch Metadata.
    assert vote(client, "no", token, {"Origin": "http://front.test"}).status_code == 303


@pytest.mark.parametrize("broken", ["", "forged", "other entry", "old"])
def test_a_vote_needs_a_page_of_ours_for_this_entry(
    client: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    token = token_of(client.get("/ayuda/php-version").text if broken == "other entry" else client.get(PAGE).text)
    if broken == "old":
        monkeypatch.setattr(opinions_module, "PAGE_SECONDS", -1)
    sent = {"": " ", "forged": token[:-2] + "xx"}.get(broken, token)
    answer = vote(client, "si", sent)
    assert answer.status_code == 400 and "La página había vencido" in answer.text and rows(settings) == []
    assert vote(client, "quizás").status_code == 400
    assert client.post("/ayuda/nada/opinion", data={}, headers=OWN).status_code == 404


def test_votes_from_one_address_are_limited(client: FlaskClient, settings: Settings) -> None:
    statuses = [vote(client, "si").status_code for _ in range(61)]
    assert statuses[:60] == [303] * 60 and statuses[60] == 429 and len(rows(settings)) == 60
    refused = vote(client, "si")
    assert "Espere unos minutos" in refused.text and int(refused.headers["Retry-After"]) > 0


def test_searches_from_one_address_are_limited_by_either_road(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "SEARCHES", "2 per minute")
    small = create_app(settings).test_client()
    for path, mimetype in (("/ayuda/buscar?q=factura", "application/problem+json"), ("/ayuda/?q=factura", "text/html")):
        answers = [small.get(path) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429] and answers[2].mimetype == mimetype
    assert small.get("/ayuda/").status_code == 200


def test_nothing_about_the_reader_is_stored_and_counts_are_read_by_a_command(client: FlaskClient, settings: Settings) -> None:
    opinions = Opinions(new_engine(settings.chat_database_url))
    assert lines(opinions, 90, 3) == ["Nobody has said anything yet."]
    for said in ("si", "si", "no"):
        vote(client, said)
    vote(client, "no", comentario="No dice\x1b[31m nada\ndel celular")
    [count] = opinions.counts(datetime(2026, 1, 1, tzinfo=UTC))
    assert (count.entry_id, count.yes, count.no) == (ENTRY, 2, 2)
    told = lines(opinions, 90, 3)
    assert re.search(rf"{ENTRY} +2 +2 +50%", told[1]) and told[2] == "    - No dice [31m nada del celular"
    assert {column.name for column in Opinion.__table__.columns} == {
        "id", "key", "entry_id", "entry_updated", "helped", "comment", "created_at",
    }  # fmt: skip


def test_the_chat_goes_on_with_the_answer_that_he_was_reading(client: FlaskClient, visitor: Visitor, rasa: FakeRasa) -> None:
    assert f'data-entry="{ENTRY}"' in client.get(PAGE).text
    button = client.get(f"/widget/entries/{ENTRY}", headers=visitor.headers).json
    assert button["title"] == load_corpus()[ENTRY].title
    client.post("/widget/messages", json={"id": "m-1", "payload": button["payload"]}, headers=visitor.headers)
    assert rasa.turns[-1]["message"] == f'/choose_entry{{"topic": "{ENTRY}"}}'
    assert visitor.history()[0]["text"] == button["title"]
    assert client.get("/widget/entries/nada", headers=visitor.headers).status_code == 404
    assert client.get(f"/widget/entries/{ENTRY}").status_code == 401
