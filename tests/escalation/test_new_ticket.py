"""A ticket by form: the chat's fields, one ticket however often it is sent, and no way to lose what was typed."""

from __future__ import annotations

import io
import re
import threading
import uuid

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.actions import report_fields as chat
from escalation import form_drafts, report_form, tickets
from escalation.area_models import FormDraft
from escalation.customer_area import new_ticket
from escalation.models import Area, Customer, Ticket, TicketMessage
from escalation.notices import FIELD_NAMES
from escalation.services import add_services
from escalation.settings import Settings
from tests.escalation.area import BRUNO, CARLA, LOGIN, enter, mails, send
from tests.escalation.conftest import NOW, PASSWORD, csrf
from tests.pictures import PNG

FORM = "/area-clientes/tickets/nuevo"
REPORT = {
    "area": "mail",
    "description": "no me salen los mails con adjuntos",
    "error_message": "552 5.3.4 Message size exceeds fixed limit",
    "site": "ventas@panaderialola.com.ar",
    "mail_program": "Outlook",
    "frequency": "Siempre",
    "since": "Desde hoy",
    "shown": "correo-adjuntos correo-casilla-llena ../../etc",
}


def only_ticket(session: Session) -> Ticket:
    found = session.scalars(select(Ticket)).one()
    session.commit()
    return found


def test_the_form_asks_what_the_chat_asks_for_the_same_areas() -> None:
    assert [field.name for field in report_form.FIELDS] == [name for name in chat.FIELDS if name not in ("area", "attachments")]
    assert set(report_form.AREA_CHOICES) == set(chat.AREAS) and {field.name for field in report_form.FIELDS} < set(FIELD_NAMES)
    assert report_form.NOT_KNOWN == chat.NOT_KNOWN and report_form.NO_ERROR_MESSAGE == chat.NO_ERROR_MESSAGE
    assert report_form.NO_FILES == chat.NO_FILES
    for area in Area:
        for values in (
            {},
            {"site": "x.com.ar"},
            {"site": "a@x.com.ar", "frequency": "Siempre"},
            {"frequency": "Pasó una sola vez"},
        ):
            for field in report_form.FIELDS:
                same = chat.applies(field.name, {**values, "area": area})
                assert report_form.applies(field.name, area, values) == same, (field.name, area, values)


def test_a_report_becomes_a_ticket_as_from_the_chat(client: FlaskClient, session: Session, carla: Customer) -> None:
    enter(client)
    file = (io.BytesIO(PNG), "captura.png")
    done = send(client, FORM, {**REPORT, "file": [file]}, content_type="multipart/form-data")
    ticket = only_ticket(session)
    assert done.location == f"/area-clientes/tickets/{ticket.number}"
    assert ticket.fields == {
        "description": REPORT["description"],
        "error_message": REPORT["error_message"],
        "site": REPORT["site"],
        "mail_program": "Outlook",
        "frequency": "Siempre",
        "since": "Desde hoy",
        "attachments": "captura.png",
    }
    assert ticket.shown_entries == ["correo-adjuntos", "correo-casilla-llena"] and ticket.promised_at is not None
    assert [item.name for item in ticket.attachments] == ["captura.png"]
    session.commit()
    assert f"Recibimos su ticket {ticket.number}" in client.get(done.location).text
    assert [row.content["subject"] for row in mails(session, CARLA)] == [f"Recibimos su ticket {ticket.number}"]


def test_what_was_left_out_is_not_known_and_what_does_not_apply_is_not_asked(
    client: FlaskClient, session: Session, carla: Customer
) -> None:
    enter(client)
    send(client, FORM, {"area": "payment", "description": "no veo la factura", "mail_program": "Outlook", "no_error_message": ""})
    ticket = only_ticket(session)
    # What he wrote stays, even where it was not asked for.
    expected = {
        "description": "no veo la factura",
        "site": "No lo sabe",
        "mail_program": "Outlook",
        "attachments": "No envía archivos",
    }
    assert ticket.fields == expected


def test_no_error_message_is_an_answer(client: FlaskClient, session: Session, carla: Customer) -> None:
    enter(client)
    send(client, FORM, {"area": "site", "description": "no abre", "no_error_message": "1"})
    assert only_ticket(session).fields["error_message"] == "No hay mensaje de error"


def test_a_doubled_submit_opens_one_ticket_with_one_set_of_files(
    client: FlaskClient, session: Session, carla: Customer, settings: Settings
) -> None:
    enter(client)
    page = client.get(FORM).text
    key = re.search(r'name="key" value="([^"]+)"', page).group(1)
    answers = set()
    for _ in range(2):
        data = {**REPORT, "key": key, "csrf_token": csrf(page), "file": [(io.BytesIO(b"hola"), "nota.txt")]}
        answers.add(client.post(FORM, data=data, content_type="multipart/form-data").location)
    ticket = only_ticket(session)
    assert len(answers) == 1 and len(ticket.attachments) == 1
    session.commit()
    assert len(list(settings.files_folder.iterdir())) == 1


def test_two_submits_at_the_same_moment_open_one_ticket(app: Flask, session: Session, settings: Settings, carla: Customer) -> None:
    key, together, answers = str(uuid.uuid4()), threading.Barrier(4), list[str]()

    def submit(client: FlaskClient, token: str) -> None:
        data = {**REPORT, "key": key, "csrf_token": token, "file": [(io.BytesIO(b"hola"), "nota.txt")]}
        together.wait()
        answers.append(client.post(FORM, data=data, content_type="multipart/form-data").location)

    clients = [enter(app.test_client()) for _ in range(4)]
    threads = [threading.Thread(target=submit, args=(client, csrf(client.get(FORM).text))) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ticket = only_ticket(session)
    assert answers == [f"/area-clientes/tickets/{ticket.number}"] * 4
    assert len(mails(session, CARLA)) == 1 and len(list(settings.files_folder.iterdir())) == 1


def test_a_key_of_another_customer_opens_nothing_and_the_form_comes_back(
    client: FlaskClient, app: Flask, session: Session, carla: Customer, bruno: Customer
) -> None:
    key = str(uuid.uuid4())
    send(enter(client), FORM, {**REPORT, "key": key})
    other = send(enter(app.test_client(), BRUNO), FORM, {**REPORT, "key": key})
    assert other.status_code == 422 and REPORT["description"] in other.text and key not in other.text
    assert only_ticket(session).customer_id == carla.id


def test_mistakes_come_back_beside_their_fields_with_all_that_was_typed(
    client: FlaskClient, session: Session, carla: Customer
) -> None:
    enter(client)
    wrong = send(client, FORM, {**REPORT, "area": "weather", "description": " ", "since": "x" * (tickets.FIELD_MAX + 1)})
    assert wrong.status_code == 422
    for name in ("area", "description", "since"):
        assert f'href="#{name}"' in wrong.text and f'id="{name}-wrong"' in wrong.text
    assert REPORT["error_message"] in wrong.text and 'value="Siempre" checked' in wrong.text
    assert 'value="correo-adjuntos correo-casilla-llena"' in wrong.text
    bad_file = {**REPORT, "file": [(io.BytesIO(b"MZ\x00"), "virus.exe")]}
    refused = send(client, FORM, bad_file, content_type="multipart/form-data")
    assert refused.status_code == 422 and REPORT["description"] in refused.text and 'id="file-wrong"' in refused.text
    assert session.scalars(select(Ticket)).all() == []


def test_his_own_domains_and_mailboxes_are_offered(client: FlaskClient, session: Session, carla: Customer) -> None:
    add_services(session, carla, ["panaderialola.com.ar"], ["ventas@panaderialola.com.ar"])
    session.commit()
    page = enter(client).get(FORM).text
    assert '<option value="panaderialola.com.ar">' in page and '<option value="ventas@panaderialola.com.ar">' in page


def test_secrets_are_hidden_before_they_are_stored(client: FlaskClient, session: Session, carla: Customer) -> None:
    enter(client)
    send(client, FORM, {**REPORT, "description": "no entro al panel, mi clave es Perro.2024!x"})
    ticket = only_ticket(session)
    assert "Perro" not in ticket.fields["description"] and "Perro" not in ticket.subject


def test_what_was_typed_outlives_the_session_with_the_same_key(client: FlaskClient, session: Session, carla: Customer) -> None:
    key = str(uuid.uuid4())
    page = client.get(LOGIN).text
    lapsed = client.post(FORM, data={**REPORT, "key": key, "csrf_token": csrf(page)})
    assert lapsed.status_code == 401 and "lo que escribió no se perdió" in lapsed.text and "archivos" not in lapsed.text
    target = re.search(r'action="([^"]+)"', lapsed.text).group(1)
    hidden = dict(re.findall(r'name="(kept-[^"]+)" value="([^"]*)"', lapsed.text))
    login = {"csrf_token": csrf(lapsed.text), "email": CARLA}
    wrong = client.post(target, data={**login, **hidden, "password": "adivino"})
    hidden_again = dict(re.findall(r'name="(kept-[^"]+)" value="([^"]*)"', wrong.text))
    assert wrong.status_code == 401 and hidden_again == hidden
    done = client.post(target, data={**login, **hidden_again, "password": PASSWORD})
    assert done.location == FORM
    form = client.get(FORM).text
    assert "Recuperamos lo que había escrito" in form and REPORT["description"] in form and 'value="mail" required checked' in form
    assert f'value="{key}"' in form
    send(client, FORM, {**REPORT, "key": key})
    assert "Recuperamos" not in client.get(FORM).text
    assert only_ticket(session).idempotency_key == f"area-{key}"


def test_a_reply_outlives_the_session_too_and_no_password_is_kept(client: FlaskClient, session: Session, carla: Customer) -> None:
    send(enter(client), FORM, REPORT)
    path = f"/area-clientes/tickets/{only_ticket(session).number}"
    send(client, "/area-clientes/salir", form=FORM)
    page = client.get(LOGIN).text
    lapsed = client.post(path, data={"body": "La clave es Perro.2024!x", "csrf_token": csrf(page)})
    hidden = dict(re.findall(r'name="(kept-[^"]+)" value="([^"]*)"', lapsed.text))
    assert set(hidden) == {"kept-body"}
    data = {"csrf_token": csrf(lapsed.text), "email": CARLA, "password": PASSWORD, **hidden}
    client.post(f"{LOGIN}?next={path}", data=data)
    assert session.scalars(select(FormDraft)).one().fields == {"body": "La clave es [contraseña oculta]"}
    session.commit()
    assert "La clave es [contraseña oculta]</textarea>" in client.get(path).text


def test_a_log_in_keeps_nothing_for_other_places(client: FlaskClient, session: Session, carla: Customer) -> None:
    page = client.get(LOGIN).text
    data = {"csrf_token": csrf(page), "email": CARLA, "password": PASSWORD, "kept-body": "hola"}
    client.post(f"{LOGIN}?next=/area-clientes/cuenta", data=data)
    assert session.scalars(select(FormDraft)).all() == []


def test_a_form_of_an_earlier_log_in_is_shown_again_and_not_obeyed(client: FlaskClient, session: Session, carla: Customer) -> None:
    enter(client)
    again = client.post(FORM, data={**REPORT, "csrf_token": "old"})
    assert again.status_code == 400 and REPORT["description"] in again.text and "La página había vencido" in again.text
    assert session.scalars(select(Ticket)).all() == []
    session.commit()
    send(client, FORM, REPORT)
    path = f"/area-clientes/tickets/{only_ticket(session).number}"
    again = client.post(path, data={"body": "Sigue igual.", "csrf_token": "old"})
    assert again.status_code == 400 and "Sigue igual.</textarea>" in again.text
    assert session.scalars(select(TicketMessage)).all() == []
    session.commit()
    assert client.post("/area-clientes/salir", data={"csrf_token": "old"}).status_code == 400


def test_while_the_database_is_busy_the_page_holds_what_was_typed(
    client: FlaskClient, session: Session, carla: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(client)

    def locked(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr(new_ticket, "_commit", locked)
        busy = send(client, FORM, REPORT)
    assert busy.status_code == 503 and "no se perdió" in busy.text and f">{REPORT['description']}</textarea>" in busy.text
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', busy.text))
    assert client.post(FORM, data={**hidden, "description": REPORT["description"]}).status_code == 302
    assert only_ticket(session).fields["mail_program"] == "Outlook"


def test_kept_texts_are_forgotten_after_a_day(session: Session, carla: Customer) -> None:
    form_drafts.save(session, carla, form_drafts.NEW_TICKET, {"description": "x"}, NOW)
    later = NOW + form_drafts.OFFERED_FOR
    assert form_drafts.kept(session, carla, form_drafts.NEW_TICKET, later) == {}
    form_drafts.save(session, carla, "MDA-7K3Q9T", {"body": "y"}, later)
    assert [row.place for row in session.scalars(select(FormDraft))] == ["MDA-7K3Q9T"]


def test_only_the_help_centre_may_be_asked_from_the_page(client: FlaskClient, carla: Customer) -> None:
    page = enter(client).get(FORM)
    assert "connect-src 'self' http://127.0.0.1:8000" in page.headers["Content-Security-Policy"]
    assert "<script>" not in page.text and "style=" not in page.text
    assert 'href="http://127.0.0.1:8000/ayuda/"' in page.text
