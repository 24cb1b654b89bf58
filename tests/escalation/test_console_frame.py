"""What stands around every page of the console."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from escalation.console.assets import asset_url
from escalation.models import Staff
from tests.escalation.conftest import log_in


@pytest.fixture
def page(client: FlaskClient, agent: Staff) -> str:
    log_in(client, "/consola/ingresar", agent.email)
    return client.get("/consola/").text


def test_scripts_and_styles_are_ours_kept_for_a_year_and_asked_for_again_when_they_change(client: FlaskClient, page: str) -> None:
    addresses = re.findall(r'(?:src|href)="(/consola/recursos/[^"]+)"', page)
    assert {address.rpartition("/")[2] for address in addresses} >= {"htmx.js", "console.js", "console.css"}
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["Cache-Control"] and "immutable" in answer.headers["Cache-Control"]
        old = client.get(re.sub(r"/[0-9a-f]{12}/", "/000000000000/", address))
        assert old.data == answer.data and "immutable" not in old.headers["Cache-Control"]


def test_no_other_file_is_handed_out_as_one_of_the_consoles(client: FlaskClient, app: Flask) -> None:
    with app.test_request_context():
        htmx = asset_url("htmx.js")
    assert client.get(htmx.replace("htmx.js", "settings.py")).status_code == 404
    assert client.get(htmx.replace("htmx.js", "%2e%2e%2fsettings.py")).status_code in (400, 404)


def test_nothing_of_the_page_is_inline(page: str) -> None:
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\s(?:style|on[a-z]+)=", page)


def test_an_agent_is_not_shown_the_rooms_of_administrators(page: str) -> None:
    assert "/consola/correo/" in page
    assert "/consola/supresiones/" not in page
