"""The plain report form beside the real escalation service, which goes and comes back; no JavaScript and no Rasa anywhere."""

from __future__ import annotations

import dataclasses
import html
import re
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.serving import BaseWSGIServer, make_server

from bot.actions.report_fields import AREAS, FIELDS
from bot.channels import kept_reports, report_desk
from bot.channels.report_form import FORM, Typed
from bot.channels.settings import Settings
from bot.pending import provisional_number
from escalation import bonds
from escalation import create_app as create_desk
from escalation import report_form as desk_form
from escalation.chat_models import Draft
from escalation.cli import SCRIPTS
from escalation.customers import register_customer
from escalation.models import Customer, OutboxRow, Ticket
from escalation.settings import Settings as DeskSettings
from tests.channels.stand_ins import POLL_SECONDS, SERVICE_TOKEN
from tests.escalation.conftest import NOW, PASSWORD
from tests.ports import free_port
from webhook_app import create_app
from wire.database import new_engine
from wire.migrations import upgrade

CARLA = "carla@panaderialola.com.ar"
OWN = {"Sec-Fetch-Site": "same-origin"}
KEY = "0f3b7a52-1111-4222-8333-944445555666"
REPORT = {
    "key": KEY,
    "area": "mail",
    "description": "No salen los correos con fotos. la clave es Perro1234!",
    "site": "ventas@panaderialola.com.ar",
    "frequency": "Siempre",
    "shown": "correo-adjuntos",
}


@pytest.fixture
def server_url() -> None:
    """SQLite alone: where the database matters, ``test_help_rows`` tries both."""


class Desk:
    """The escalation service with one customer; down until it is started."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = DeskSettings(
            database_url=f"sqlite:///{folder / 'desk.db'}",
            session_secret="session",
            service_token=SERVICE_TOKEN,
            conversation_secret="secret",
            public_url=self.url,
            widget_origins=(),
            mail_from="soporte@csiserver.com",
            smtp_url="",
            mail_folder=folder / "mail",
            files_folder=folder / "desk-files",
            front_public_url="http://front.test",
        )
        upgrade(self.settings.database_url, SCRIPTS)
        self.engine = new_engine(self.settings.database_url)
        with Session(self.engine) as session:
            register_customer(session, CARLA, "Carla Medina", PASSWORD, NOW)
            session.commit()
        self._server: BaseWSGIServer | None = None

    def start(self) -> None:
        self._server = make_server("127.0.0.1", self.port, create_desk(self.settings), threaded=True)
        threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def tickets(self) -> list[Ticket]:
        with Session(self.engine, expire_on_commit=False) as session:
            return list(session.scalars(select(Ticket)))

    def drafts(self) -> list[Draft]:
        with Session(self.engine, expire_on_commit=False) as session:
            return list(session.scalars(select(Draft)))

    def mailed_code(self) -> str:
        with Session(self.engine) as session:
            bodies = [row.content["body"] for row in session.scalars(select(OutboxRow).order_by(OutboxRow.id))]
        return re.findall(r"\b\d{3} ?\d{3}\b", bodies[-1])[0]


@pytest.fixture
def real_desk(tmp_path: Path) -> Iterator[Desk]:
    standing = Desk(tmp_path)
    yield standing
    standing.stop()


@pytest.fixture
def door(settings: Settings, real_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(report_desk, "ALIVE_KEPT_SECONDS", -1)
    return create_app(
        dataclasses.replace(settings, escalation_url=real_desk.url, escalation_public_url=real_desk.url)
    ).test_client()


def send(door: FlaskClient, **changed: str):  # type: ignore[no-untyped-def]
    return door.post("/ayuda/reporte", data={**REPORT, **changed}, headers=OWN)


def hidden(page: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', page)}


def test_it_asks_what_the_chat_and_the_area_ask_under_the_same_names_and_values() -> None:
    assert {asked.name for asked in FORM} == set(FIELDS) - {"area", "attachments"}
    theirs = {field.name: field for field in desk_form.FIELDS}
    assert [asked.name for asked in FORM] == list(theirs)
    assert {asked.name: asked.choices for asked in FORM if asked.kind == "choice"} == {
        name: field.choices for name, field in theirs.items() if field.kind == "choice"
    }
    for area in AREAS:
        for values in ({}, {"site": "ventas@x.com.ar"}, {"frequency": "Siempre"}, {"frequency": "Sólo en ciertos casos"}):
            ours = Typed(area, {"description": "x", **values}).fields()
            assert ours == desk_form.report_fields(area, {"description": "x", **values}, [])


def test_while_escalation_is_well_its_own_form_takes_the_reader(door: FlaskClient, real_desk: Desk) -> None:
    real_desk.start()
    answer = door.get("/ayuda/reporte")
    assert answer.status_code == 302 and answer.location == f"{real_desk.url}/area-clientes/tickets/nuevo"


def test_while_it_is_down_the_form_says_so_and_what_is_wrong_keeps_what_was_typed(door: FlaskClient) -> None:
    page = door.get("/ayuda/reporte?respuesta=correo-adjuntos&texto=no+sale+%22%3E%3Cscript%3E")
    assert page.status_code == 200 and "guardamos su reporte" in page.text and '<script>"' not in page.text
    assert hidden(page.text)["shown"] == "correo-adjuntos" and "no-store" in page.headers["Cache-Control"]
    wrong = send(door, area="nada", description="  ", site="lola.com.ar", since="x" * 8001)
    assert wrong.status_code == 422 and 'value="lola.com.ar"' in wrong.text and hidden(wrong.text)["key"] == KEY
    for said in ("Elija sobre qué servicio es", "Cuéntenos qué problema tiene", "hasta 8000 caracteres"):
        assert said in wrong.text
    assert "tel:" not in page.text and "facebook.com" in page.text


def test_it_is_kept_sealed_with_a_provisional_number_once_however_often_it_is_sent(door: FlaskClient, settings: Settings) -> None:
    first = send(door)
    assert first.status_code == 303 and send(door).location == first.location
    page = door.get(first.location).text
    assert provisional_number(f"area-{KEY}") in page and "Guarde esta página" in page
    with new_engine(settings.chat_database_url).connect() as connection:
        [row] = connection.execute(text("SELECT sealed, state FROM kept_reports")).all()
    assert row.state == "waiting" and "correos" not in row.sealed and "panaderialola" not in row.sealed
    assert door.get(f"{first.location}x").status_code == 404


def test_beside_an_escalation_that_hangs_it_is_taken_all_the_same(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        url = f"http://127.0.0.1:{frozen.getsockname()[1]}"
        door = create_app(dataclasses.replace(settings, escalation_url=url, escalation_timeout=0.2)).test_client()
        assert "guardamos su reporte" in door.get("/ayuda/reporte").text
        where = send(door).location
        assert "Guarde esta página" in door.get(where).text
        assert door.post(f"{where}/codigo", data={"email": CARLA}, headers=OWN).status_code == 503


def test_another_sites_page_cannot_report_in_a_visitors_name(door: FlaskClient) -> None:
    assert door.post("/ayuda/reporte", data=REPORT, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_back_again_it_is_handed_over_with_its_key_and_a_code_by_mail_makes_it_one_ticket(
    door: FlaskClient, real_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = send(door).location
    real_desk.start()
    assert "Falta un paso" in door.get(where).text
    [draft] = real_desk.drafts()
    assert draft.key == f"area-{KEY}" and draft.customer_id is None and real_desk.tickets() == []

    sent = door.post(f"{where}/codigo", data={"email": CARLA}, headers=OWN)
    unknown = door.post(f"{where}/codigo", data={"email": "nadie@example.com"}, headers=OWN)
    assert sent.status_code == 200 and sent.text == unknown.text  # nobody learns which address is registered
    door.post(f"{where}/codigo", data={"email": CARLA}, headers=OWN)
    assert door.post(f"{where}/confirmar", data={"codigo": "12"}, headers=OWN).status_code == 422
    done = door.post(f"{where}/confirmar", data={"codigo": real_desk.mailed_code()}, headers=OWN)
    assert done.status_code == 303
    [ticket] = real_desk.tickets()
    page = door.get(where).text
    assert "Recibimos su reporte" in page and ticket.number in page
    assert ticket.idempotency_key == f"area-{KEY}" and ticket.shown_entries == ["correo-adjuntos"]
    assert ticket.fields["description"].endswith("[contraseña oculta]")
    assert ticket.fields["remark"] == f"Número provisorio {provisional_number(f'area-{KEY}')}"
    # Sent once more, by whatever road, it is the same.
    door.post(f"{where}/confirmar", data={"codigo": "123456"}, headers=OWN)
    assert len(real_desk.tickets()) == 1


def test_by_the_area_de_clientes_it_is_the_same_one_ticket(door: FlaskClient, real_desk: Desk) -> None:
    where = send(door).location
    real_desk.start()
    carried = hidden(door.get(where).text)
    assert carried["key"] == KEY and carried["frequency"] == "Siempre" and "since" not in carried
    log_in_and_send(real_desk, carried)
    [ticket] = real_desk.tickets()
    assert ticket.idempotency_key == f"area-{KEY}" and ticket.fields["site"] == "ventas@panaderialola.com.ar"
    page = door.get(where).text
    assert "ya es un ticket" in page and 'name="codigo"' not in page


def test_typed_here_while_it_came_back_it_goes_on_there_and_nothing_is_lost(door: FlaskClient, real_desk: Desk) -> None:
    real_desk.start()
    page = door.get(send(door).location).text
    assert f'action="{real_desk.url}/area-clientes/tickets/nuevo"' in page and "Enviarme un código" in page
    log_in_and_send(real_desk, hidden(page))
    [ticket] = real_desk.tickets()
    assert ticket.fields["description"].startswith("No salen los correos con fotos")


def log_in_and_send(desk: Desk, carried: dict[str, str]) -> None:
    """As a browser without JavaScript does: the form arrives without a session, log in, find it filled in, send it."""
    http = requests.Session()
    asked = http.post(f"{desk.url}/area-clientes/tickets/nuevo", data=carried, timeout=10)
    kept = {name: value for name, value in hidden(asked.text).items() if name.startswith(("kept-", "csrf"))}
    target = html.unescape(re.search(r'<form[^>]*action="([^"]*ingresar[^"]*)"', asked.text)[1])  # type: ignore[index]
    form = http.post(f"{desk.url}{target}", data={**kept, "email": CARLA, "password": PASSWORD}, timeout=10)
    assert "Recuperamos lo que había escrito" in form.text and "No salen los correos con fotos" in form.text
    filled = {**carried, **{name: value for name, value in hidden(form.text).items() if value}}
    done = http.post(f"{desk.url}/area-clientes/tickets/nuevo", data=filled, timeout=10)
    assert "Recibimos su ticket" in done.text


@pytest.mark.parametrize("whose", ["logged in", "not logged in", "forged"])
def test_of_whom_his_chat_was_logged_in_it_becomes_a_ticket_by_itself(
    door: FlaskClient, settings: Settings, real_desk: Desk, whose: str
) -> None:
    opened = door.post("/widget/conversations").json
    with Session(real_desk.engine) as session:
        carla = session.scalars(select(Customer)).one()
        if whose != "not logged in":
            bonds.bind(session, opened["conversation_id"], carla, timedelta(hours=1), datetime.now(UTC) - timedelta(minutes=5))
        session.commit()
    where = send(door, chat=opened["token"][:-1] + "!" if whose == "forged" else opened["token"]).location
    real_desk.start()
    page = door.get(where).text
    assert [ticket.idempotency_key for ticket in real_desk.tickets()] == ([f"area-{KEY}"] if whose == "logged in" else [])
    assert ("Recibimos su reporte" in page) is (whose == "logged in")
    assert len(real_desk.drafts()) == (whose != "logged in")


def test_a_door_that_starts_anew_hands_over_what_waits_without_anybody_asking(
    door: FlaskClient, settings: Settings, real_desk: Desk
) -> None:
    send(door)
    real_desk.start()
    create_app(dataclasses.replace(settings, escalation_url=real_desk.url))
    deadline = time.monotonic() + 20
    while not real_desk.drafts():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_with_another_secret_it_is_not_lost_in_silence_nor_read(door: FlaskClient, settings: Settings, real_desk: Desk) -> None:
    send(door)
    engine = new_engine(settings.chat_database_url)
    desk = report_desk.ReportDesk(dataclasses.replace(settings, escalation_url=real_desk.url))
    reports = kept_reports.KeptReports(engine, kept_reports.Store(engine), desk, "another")
    assert reports.deliver()
    assert reports.find(f"area-{KEY}").state == kept_reports.REFUSED  # type: ignore[union-attr]


def test_down_again_in_the_middle_it_says_so_and_stays(door: FlaskClient, real_desk: Desk) -> None:
    where = send(door).location
    real_desk.start()
    door.get(where)
    real_desk.stop()
    for road, data in (("codigo", {"email": CARLA}), ("confirmar", {"codigo": "123456"})):
        answer = door.post(f"{where}/{road}", data=data, headers=OWN)
        assert answer.status_code == 503 and "sigue guardado" in answer.text, answer.text
    assert door.post(f"{where}/codigo", data={"email": ""}, headers=OWN).status_code == 422
