"""Hostile words in every field of every table, in every parameter and in every form: no page runs any of them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from escalation import sessions
from escalation.mail import preview_values, rendering
from escalation.models import Customer, Staff
from escalation.rendering import to_safe_html
from escalation.sessions import Kind
from escalation.settings import Settings
from tests.escalation.conftest import csrf
from tests.escalation.poisoned import poison
from tests.markup import CORPUS, LONG, Page

# What the pages read from the query, all at once.
ASKED = ("q", "next", "actor", "kind", "desde", "first", "last", "since", "until", "limite", "estado", "antes", "before", "into")
ASKED += ("after", "tag", "area", "status", "assignee", "order", "texto", "respuesta", "account_linking_token", "redirect_uri")
# The first would end the session; the second never ends.
NOT_OPENED = {"/salir", "/flujo", "/health"}

# A page of numbers, of what is alike (there is nothing), and what is shown to whoever has not said who he is.
SHOW_NOBODYS_WORDS = {
    *("/area-clientes/ingresar", "/area-clientes/recuperar", "/area-clientes/recuperar/<token>", "/consola/ingresar"),
    *("/consola/ingresar/codigo", "/consola/numeros/figuras", "/consola/numeros/<name>.svg", "/consola/tickets/<number>/parecidos"),
    *("/correo/confirmar", "/vincular-messenger"),
}


@pytest.fixture
def server_url() -> None:
    """SQLite alone: it takes any text into any column, also too long ones."""


@dataclass
class Visit:
    """Pages as somebody gets them; ``faults`` by where, ``marked`` where hostile words stood as words, ``plain`` where none did."""

    app: Flask
    cookies: dict[str, tuple[str, str]]
    things: Mapping[str, str]
    faults: list[str] = field(default_factory=list)
    marked: set[str] = field(default_factory=set)
    plain: set[str] = field(default_factory=set)
    addresses: Iterator[int] = field(default_factory=count)

    def paths(self) -> Iterator[tuple[str, str]]:
        """Rule and path of each page."""
        for rule in self.app.url_map.iter_rules():
            is_page = "GET" in rule.methods and not rule.rule.startswith(("/api/", "/static", "/metrics"))
            if is_page and not any(rule.rule.endswith(end) for end in NOT_OPENED):
                yield rule.rule, re.sub(r"<(?:\w+:)?(\w+)>", lambda found: self.things.get(found.group(1), "1"), rule.rule)

    def client(self):  # type: ignore[no-untyped-def]
        client = self.app.test_client()
        number = next(self.addresses)
        client.environ_base["REMOTE_ADDR"] = f"10.{number // 256 % 256}.{number % 256}.1"
        for name, (value, path) in self.cookies.items():
            client.set_cookie(name, value, path=path)
        return client

    def look(self, where: str, answer: Any) -> Page | None:
        """Judges an answer that a browser would show as a page."""
        assert answer.status_code < 500, f"{where}: {answer.status_code}"
        for name, value in answer.headers:
            assert "\r" not in value and "\n" not in value, f"{where}: {name}"
        if answer.location:
            assert answer.location.startswith(("/", "http://localhost/", "https://sudominio")), f"{where}: {answer.location}"
        if answer.mimetype not in ("text/html", "image/svg+xml"):
            return None
        page = Page(answer.text)
        self.faults += [f"{where}: {fault}" for fault in page.faults]
        if page.shows_mark:
            self.marked.add(where)
        elif answer.status_code == 200:
            self.plain.add(where)
        return page


@pytest.fixture
def visits(app: Flask, session: Session, carla: Customer, bruno: Customer, agent: Staff, admin: Staff) -> dict[str, Visit]:
    things = {**poison(session, carla, bruno, agent, admin), "name": "promises", "digest": "x", "filename": "desk.css"}

    def cookies(kind: Kind, owner: str) -> dict[str, tuple[str, str]]:
        name, path = ("area_session", "/area-clientes/") if kind is Kind.CUSTOMER else ("console_session", "/consola/")
        return {name: (sessions.start(session, kind, owner, timedelta(hours=9), datetime.now(UTC)), path)}

    made = {
        "Carla": Visit(app, cookies(Kind.CUSTOMER, carla.id), things),
        "admin": Visit(app, cookies(Kind.STAFF, admin.id), things),
        # Last: with the link of the mail he chooses a password, which ends Carla's sessions.
        "nobody": Visit(app, {}, things),
    }
    session.commit()
    return made


def test_no_page_runs_what_lies_in_any_table(visits: dict[str, Visit]) -> None:
    for who, visit in visits.items():
        for rule, path in visit.paths():
            visit.look(f"{who} {rule}", visit.client().get(path))
    assert [fault for visit in visits.values() for fault in visit.faults] == []
    # That nothing was found says something only where the words were there.
    assert {where.partition(" ")[2] for visit in visits.values() for where in visit.plain} <= SHOW_NOBODYS_WORDS
    assert sum(len(visit.marked) for visit in visits.values()) > 30


def test_no_page_runs_what_stands_in_its_address(visits: dict[str, Visit]) -> None:
    for who, visit in visits.items():
        for rule, path in visit.paths():
            for words in (LONG, *CORPUS[4:7]):
                visit.look(f"{who} {rule}?", visit.client().get(f"{path}?{urlencode(dict.fromkeys(ASKED, words))}"))
            if "<" in rule:
                visit.look(f"{who} {rule} odd", visit.client().get(re.sub(r"<[^>]*>", "%22%3E%3Cpwn%20onx=p()%3E", rule)))
    assert [fault for visit in visits.values() for fault in visit.faults] == []


def test_no_form_gives_back_what_was_typed_as_markup(visits: dict[str, Visit]) -> None:
    sent = 0
    for who, visit in visits.items():
        forms = {}
        for rule, path in visit.paths():
            page = visit.look(rule, visit.client().get(path))
            for form in page.forms if page else []:
                if form["method"] == "post" and not str(form["action"]).endswith("/salir"):
                    forms[str(form["action"]) or path] = form["fields"]
        for action, fields in forms.items():
            visit.look(f"{who} {action}", _sent(visit, action, fields))
            sent += 1
    assert [fault for visit in visits.values() for fault in visit.faults] == []
    assert sent > 40


def _sent(visit: Visit, action: str, fields: dict[str, tuple[str, str]]) -> Any:
    client = visit.client()
    data: dict[str, Any] = {}
    for name, (kind, value) in fields.items():
        if kind == "file":
            data[name] = (io.BytesIO(LONG.encode()), f"{LONG[:60]}.csv")
        else:
            data[name] = value if kind in ("hidden", "select", "button", "radio", "checkbox", "submit") and value else LONG
    data["csrf_token"] = csrf(client.get("/area-clientes/ingresar").text)
    return client.post(action, data=data, content_type="multipart/form-data", follow_redirects=False)


@pytest.mark.parametrize("words", CORPUS)
def test_what_staff_and_customers_write_becomes_text_and_links_to_the_web_alone(words: str) -> None:
    page = Page(str(to_safe_html(f"Lea {words} y {words}")))
    assert page.faults == [] and page.forms == []


def test_no_mail_that_leaves_holds_markup_or_headers_of_others(settings: Settings) -> None:
    for name, values in preview_values.values(settings).items():
        letter = rendering.write(name, **_hostile(values))
        # Programs of mail read no style sheet: ours stands in attributes.
        ours = {fault for fault in Page(rendering.html_of(name)).faults if fault.endswith(" style>")}
        assert set(Page(rendering.html_of(letter.body)).faults) - ours - {"<a style>"} == set(), name
        assert "\n" not in letter.subject and "\r" not in letter.subject, name


def _hostile(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _hostile(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_hostile(inner) for inner in value)
    return f"{value} {LONG}\r\nBcc: victima@x.com.ar" if isinstance(value, str) else value
