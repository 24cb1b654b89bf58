"""The numbers page: what it shows, draws and hands out."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from escalation import audit
from escalation.audit import Wanted
from escalation.models import Customer, Staff, Status
from tests.escalation.conftest import NOW, log_in
from tests.escalation.desk_helpers import answer, reported

NUMBERS = "/consola/numeros/"
SPAN = "first=2026-11-01&last=2026-11-30"
NAMES = ("entradas", "pendientes", "respuesta", "solucion", "promesas", "sin-ticket", "satisfaccion")


@pytest.fixture
def desk(client: FlaskClient, session: Session, agent: Staff, carla: Customer) -> FlaskClient:
    answer(session, reported(session, carla), agent, "Listo.", Status.SOLVED)
    reported(session, carla)
    log_in(client, "/consola/ingresar", agent.email)
    return client


def test_the_page_says_that_it_reckons_and_is_filled_by_itself(desk: FlaskClient) -> None:
    page = desk.get(f"{NUMBERS}?{SPAN}").text
    assert "Calculando" in page
    figures = desk.get(re.search(r'hx-get="([^"]+)"', page).group(1).replace("&amp;", "&")).text
    tiles = dict(re.findall(r'<span class="quiet">([^<]+)</span><strong>([^<]+)</strong>', figures))
    assert tiles["Entraron"] == "2" and tiles["Pendientes ahora"] == "1" and tiles["Promesas cumplidas"] == "100 %"
    assert figures.count("<img") == 5 and figures.count("Sin datos en este período") == 2
    assert "style=" not in figures and "<script" not in figures


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_is_a_picture_without_script_or_anything_from_outside(desk: FlaskClient, name: str) -> None:
    drawn = desk.get(f"{NUMBERS}{name}.svg?{SPAN}")
    assert drawn.mimetype == "image/svg+xml" and drawn.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "<script" not in drawn.text and not re.search(r"(?:href|src)=\"http", drawn.text)
    assert not re.search(r"url\((?!#)", drawn.text) and "@import" not in drawn.text


@pytest.mark.parametrize("name", [*NAMES, "temas", "sin-respuesta"])
def test_every_chart_and_list_is_a_csv_too_and_that_is_noted(desk: FlaskClient, session: Session, agent: Staff, name: str) -> None:
    answered = desk.get(f"{NUMBERS}{name}.csv?{SPAN}")
    rows = list(csv.reader(io.StringIO(answered.text.removeprefix("\ufeff")), delimiter=";"))
    if name == "entradas":
        assert rows[0] == ["Desde el", "Entran (tickets)", "Se resuelven (tickets)"] and len(rows) == 31
        assert rows[NOW.day] == ["2026-11-23", "2", "1"]
    (entry,) = audit.rows(session, Wanted(kind=audit.EXPORTED))
    assert (entry.subject, entry.actor_id) == (f"numbers {name}", agent.id)


def test_what_is_no_chart_is_not_found_and_odd_dates_are_the_last_weeks(desk: FlaskClient) -> None:
    for path in ("nada.svg", "nada.csv"):
        assert desk.get(f"{NUMBERS}{path}").status_code == 404
    for odd in ("first=x&last=y", "first=2026-12-01&last=2026-01-01", "first=0001-01-01&last=9999-12-31"):
        assert desk.get(f"{NUMBERS}figuras?{odd}").status_code == 200
