"""What the front door tells escalation of a mail: fields always, the decision where Rasa answers in time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from bot.channels.settings import Settings
from bot.faq.live import published
from tests.channels.stand_ins import SERVICE_TOKEN
from tests.ports import free_port
from webhook_app import create_app

PATH = "/internal/understanding"
SERVICE = {"Authorization": f"Bearer {SERVICE_TOKEN}"}
TEXT = "No puedo enviar\nDesde Outlook me da el error 550 5.7.1 en ventas@sudominio.com.ar, siempre. Mi gmail es ana@gmail.com."


class Parser:
    """Rasa's ``/model/parse``: says what it was told to say, or nothing."""

    def __init__(self) -> None:
        self.decision: dict[str, Any] | None = None
        self.asked: list[tuple[str, str]] = []
        app = Flask("parser")

        @app.post("/model/parse")
        def parse() -> Any:
            self.asked.append((request.args["token"], request.get_json()["text"]))
            return {"faq": self.decision} if self.decision else ("", 500)

        self.server = make_server("127.0.0.1", free_port(), app)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def server_url() -> None:
    """SQLite alone: nothing here is stored."""
    return None


@pytest.fixture
def parser() -> Iterator[Parser]:
    made = Parser()
    yield made
    made.server.shutdown()


@pytest.fixture
def door(settings: Settings, parser: Parser) -> FlaskClient:
    return create_app(replace(settings, rasa_url=f"http://127.0.0.1:{parser.server.port}", rasa_token="ficha")).test_client()


def decision(verdict: str, label: str, probability: float = 0.9) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "probability": probability,
        "candidates": [{"label": label, "probability": probability}],
        "vector": "AAA=",
    }


def some_entry(area: str) -> str:
    return next(entry.id for entry in published().current().values() if entry.area == area)


def test_only_our_services_ask(door: FlaskClient) -> None:
    for headers in ({}, {"Authorization": "Bearer otro"}):
        assert door.post(PATH, json={"text": TEXT}, headers=headers).status_code == 401
    assert door.post(PATH, json={"text": " "}, headers=SERVICE).status_code == 400
    assert door.post(PATH, data="x", headers=SERVICE).status_code == 400


def test_an_answer_that_fits_comes_with_title_and_address(door: FlaskClient, parser: Parser) -> None:
    entry = some_entry("mail")
    parser.decision = decision("answer", entry)
    told = door.post(PATH, json={"text": TEXT}, headers=SERVICE).json
    assert told["answer_url"] == f"http://front.test/ayuda/{entry}" and told["answer_title"]
    assert (told["area"], told["verdict"], told["topic"]) == ("mail", "answer", entry)
    assert told["fields"]["mail_program"] == "Outlook" and "550" in told["fields"]["error_message"]
    assert told["fields"]["site"] == "ventas@sudominio.com.ar"
    assert parser.asked[0][0] == "ficha" and "\n" not in parser.asked[0][1]


def test_what_is_not_sure_is_not_answered(door: FlaskClient, parser: Parser) -> None:
    parser.decision = decision("ask_back", some_entry("site"), 0.4)
    told = door.post(PATH, json={"text": TEXT}, headers=SERVICE).json
    assert told["answer_url"] is None and told["answer_title"] is None and told["area"] == "site"


def test_without_rasa_the_fields_are_told_all_the_same(door: FlaskClient, parser: Parser) -> None:
    told = door.post(PATH, json={"text": TEXT}, headers=SERVICE).json
    assert told["verdict"] is None and told["area"] == "mail" and told["fields"]["mail_program"] == "Outlook"


def test_all_that_may_fit_is_told_for_staff_but_no_answer_that_is_not_published(door: FlaskClient, parser: Parser) -> None:
    entry = published().current()[some_entry("mail")]
    parser.decision = decision("ask_back", entry.id, 0.4)
    parser.decision["candidates"].append({"label": "no-hay-tal", "probability": 0.3})
    told = door.post(PATH, json={"text": TEXT}, headers=SERVICE).get_json()
    assert [(one["id"], one["title"], one["probability"]) for one in told["candidates"]] == [(entry.id, entry.title, 0.4)]
    assert told["candidates"][0]["url"].endswith(f"/ayuda/{entry.id}")
