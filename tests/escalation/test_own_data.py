"""A customer's rights over his data (Ley 25.326): a copy of all of it, and its erasure with evidence and a due date."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from escalation import bonds, erasure, forgetting, form_drafts, outbox, own_data, ratings, recovery, tickets
from escalation.area_models import DataRequest
from escalation.chat_models import Attachment
from escalation.customers import register_customer, register_staff
from escalation.drafts import Content, save
from escalation.errors import NotAllowed, NotFound, TooManyAttempts
from escalation.mail_models import InboundMail
from escalation.models import Base, Customer, CustomerAddress, OutboxRow, Role, Staff, Status, Ticket
from escalation.own_data import MAX_PER_HOUR, WINDOW
from escalation.services import add_services
from escalation.settings import Settings
from escalation.throttle import Origin
from escalation.tickets import Report, StaffUpdate
from tests.escalation.area import BRUNO, CARLA, enter, mails, send
from tests.escalation.conftest import AREA_URL, NOW, PASSWORD, log_in

PAGE = "/area-clientes/cuenta/datos"
HOME = Origin("10.0.0.1", "key")
# Each stands in some row of hers and in nobody else's.
HERS = (
    "Carla",
    "panaderialola",
    "adjuntos de Lola",
    "rebote-lola",
    "Sigue igual, Lola",
    "Hola, Lola",
    "nota sobre Lola",
    "muy lenta Lola",
    "Correo de Lola",
    "citado de Lola",
    "aa/lola.eml",
)


@pytest.fixture
def admin(session: Session) -> Staff:
    member = register_staff(session, "adriana@csiserver.com", "Adriana Sosa", Role.ADMIN, PASSWORD)
    session.commit()
    return member


@pytest.fixture
def full(client: FlaskClient, session: Session, carla: Customer, agent: Staff) -> Ticket:
    """One of everything that a customer leaves behind."""
    now = datetime.now(UTC)
    add_services(session, carla, ["panaderialola.com.ar"], ["ventas@panaderialola.com.ar"])
    bonds.bind(session, "c-1", carla, timedelta(hours=1), now)
    save(session, "c-1", carla, Content("mail", "d-1", {"description": "adjuntos de Lola, borrador"}, []), now)
    report = Report(
        area="mail",
        fields={"description": "no salen los adjuntos de Lola", "site": "ventas@panaderialola.com.ar"},
        transcript=[{"who": "customer", "text": "adjuntos de Lola"}],
        conversation_id="c-1",
    )
    ticket, _ = tickets.open_ticket(session, carla, report, "k", AREA_URL, now)
    session.commit()
    enter(client)
    path = f"/area-clientes/tickets/{ticket.number}"
    file = (io.BytesIO(b"rebote-lola"), "rebote-lola.txt")
    send(client, path, {"body": "Sigue igual, Lola.", "file": [file]}, content_type="multipart/form-data")
    session.refresh(ticket)
    update = StaffUpdate("nota sobre Lola", Status(ticket.status), ticket.version, internal=True)
    tickets.update_as_staff(session, ticket, agent, update, AREA_URL, now)
    update = StaffUpdate("Hola, Lola: listo.", Status.SOLVED, ticket.version)
    tickets.update_as_staff(session, ticket, agent, update, AREA_URL, now)
    ratings.rate(session, ticket, "bad", "muy lenta Lola", now)
    recovery.send_link(session, CARLA, HOME, AREA_URL, now)
    mail = {"message_id": "<lola@example.com>", "mailbox": "INBOX", "raw_path": "aa/lola.eml", "size": 10, "subject_key": "lola"}
    written = {"sender": CARLA, "subject": "Correo de Lola", "written_at": "", "full_text": "citado de Lola", "state": "processed"}
    session.add(InboundMail(**mail, **written, received_at=now, due_at=now, customer_id=carla.id))
    session.commit()
    return ticket


def whole_database(session: Session) -> str:
    """Every column of every row."""
    rows = [row for table in Base.metadata.sorted_tables for row in session.execute(text(f"SELECT * FROM {table.name}"))]
    session.commit()
    return json.dumps([tuple(map(str, row)) for row in rows], ensure_ascii=False)


def archive(answer_data: bytes) -> zipfile.ZipFile:
    found = zipfile.ZipFile(io.BytesIO(answer_data))
    assert found.testzip() is None
    return found


def test_the_copy_holds_all_that_he_may_see_and_the_files(
    client: FlaskClient, session: Session, full: Ticket, carla: Customer
) -> None:
    for row in mails(session, CARLA):
        outbox.mark_sent(session, row.id, NOW)
    form_drafts.save(session, carla, full.number, {"body": "a medio escribir, Lola"}, datetime.now(UTC))
    session.commit()
    answer = send(client, f"{PAGE}/descargar", form=PAGE)
    assert answer.mimetype == "application/zip" and "mis-datos-" in answer.headers["Content-Disposition"]
    copy = archive(answer.data)
    data = json.loads(copy.read("datos.json"))
    assert data["cuenta"]["direcciones"] == [CARLA] and data["cuenta"]["dominios"] == ["panaderialola.com.ar"]
    assert [mail["texto"] for mail in data["correos_recibidos"]] == ["citado de Lola"]
    (ticket,) = data["tickets"]
    assert [message["texto"] for message in ticket["mensajes"]] == ["Sigue igual, Lola.", "Hola, Lola: listo."]
    assert ticket["valoracion"]["comentario"] == "muy lenta Lola" and ticket["conversacion_con_el_asistente"]
    assert data["borradores"][0]["datos"] == {"description": "adjuntos de Lola, borrador"}
    (name,) = [name for name in copy.namelist() if name.startswith(f"archivos/{full.number}/")]
    assert copy.read(name) == b"rebote-lola" and name.endswith("-rebote-lola.txt")
    assert data["borradores"][1]["datos"] == {"body": "a medio escribir, Lola"}
    letters = {letter["asunto"]: letter["texto"] for letter in data["correos_enviados"]}
    assert any("Hola, Lola: listo." in said for said in letters.values()) and letters["Elija una contraseña nueva"] == ""
    whole = copy.read("datos.json").decode()
    assert "nota sobre Lola" not in whole and "$argon2" not in whole and "token" not in whole
    row = session.scalars(select(DataRequest)).one()
    assert (row.kind, row.state, row.outcome) == ("access", "done", {"tickets": 1, "files": 1})


def test_the_copy_is_bounded_in_size_and_number(
    client: FlaskClient, session: Session, settings: Settings, full: Ticket, carla: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_data, "FILES_MAX", 5)
    large = own_data.export(session, carla, settings.files_folder, [], NOW)
    assert large.files == [] and large.data["archivos_no_incluidos"][0].endswith("rebote-lola.txt")
    monkeypatch.undo()
    for file in settings.files_folder.iterdir():
        file.unlink()
    assert own_data.export(session, carla, settings.files_folder, [], NOW).files == []
    own_data.export(session, carla, settings.files_folder, [], NOW)
    with pytest.raises(TooManyAttempts):
        own_data.export(session, carla, settings.files_folder, [], NOW)
    own_data.export(session, carla, settings.files_folder, [], NOW + WINDOW)
    session.rollback()
    for _ in range(MAX_PER_HOUR):
        assert send(client, f"{PAGE}/descargar", form=PAGE).status_code == 200
    assert "veces por hora" in send(client, f"{PAGE}/descargar", form=PAGE).text


def test_nobody_gets_anothers_data(app: Flask, session: Session, full: Ticket, bruno: Customer) -> None:
    other = enter(app.test_client(), BRUNO)
    copy = archive(send(other, f"{PAGE}/descargar", form=PAGE).data)
    assert "Lola" not in copy.read("datos.json").decode() and len(copy.namelist()) == 2


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-11-23T13:00+00:00", date(2026, 11, 30)),  # Monday 23 is a holiday; the day of the request does not count
        ("2026-11-20T12:00+00:00", date(2026, 11, 30)),  # Friday, a weekend and the holiday on Monday
        ("2026-12-24T23:00+00:00", date(2027, 1, 4)),  # Christmas, a weekend, New Year's Day
        ("2026-12-02T02:30+00:00", date(2026, 12, 10)),  # still the 1st in Buenos Aires; the 7th and 8th are holidays
    ],
)
def test_the_law_gives_five_working_days(asked: str, due: date) -> None:
    moment = erasure.due_after(datetime.fromisoformat(asked))
    assert moment.date() == due and (moment.hour, moment.minute) == (23, 59)


def test_the_request_is_one_row_with_a_date_and_both_sides_know(
    client: FlaskClient, session: Session, full: Ticket, admin: Staff, agent: Staff
) -> None:
    assert send(client, f"{PAGE}/supresion", {"password": "adivino"}, form=PAGE).status_code == 422
    for _ in range(2):
        assert send(client, f"{PAGE}/supresion", {"password": PASSWORD}, form=PAGE).status_code == 302
    row = session.scalars(select(DataRequest)).one()
    assert row.state == erasure.PENDING and row.due_at is not None and CARLA not in str(row.subjects)
    subjects = [(mail.recipient, mail.content["subject"]) for mail in mails(session) if "Ley 25.326" in mail.content["subject"]]
    assert {recipient for recipient, _ in subjects} == {CARLA, admin.email} and len(subjects) == 2
    page = client.get(PAGE).text
    assert "está en curso" in page and "Retirar la solicitud" in page
    send(client, f"{PAGE}/supresion/retirar", form=PAGE)
    assert "retirada por usted" in client.get(PAGE).text
    send(client, f"{PAGE}/supresion/retirar", form=PAGE)
    assert len([mail for mail in mails(session, CARLA) if "Retiró" in mail.content["subject"]]) == 1


def test_erasing_leaves_nothing_of_him_but_the_evidence(
    app: Flask,
    client: FlaskClient,
    session: Session,
    settings: Settings,
    full: Ticket,
    carla: Customer,
    bruno: Customer,
    admin: Staff,
) -> None:
    bruno_ticket, _ = tickets.open_ticket(session, bruno, Report("mail", {"description": "de Bruno"}), "b", AREA_URL, NOW)
    session.commit()
    before = whole_database(session)
    assert [word for word in HERS if word not in before] == []
    send(client, f"{PAGE}/supresion", {"password": PASSWORD}, form=PAGE)
    staff = app.test_client()
    log_in(staff, "/consola/ingresar", admin.email)
    listed = staff.get("/consola/supresiones/").text
    request = session.scalars(select(DataRequest)).one()
    session.commit()
    assert request.id in listed and "Carla Medina" in listed
    path = f"/consola/supresiones/{request.id}"
    send(staff, path, form="/consola/supresiones/")
    assert "Marque la casilla" in staff.get("/consola/supresiones/").text
    assert len(list(settings.files_folder.iterdir())) == 1
    send(staff, path, {"sure": "1"}, form="/consola/supresiones/")

    (last,) = mails(session, CARLA)
    assert last.content["subject"].startswith("Cumplimos su solicitud")
    outbox.mark_sent(session, last.id, NOW)
    session.commit()
    after = whole_database(session)
    assert [word for word in HERS if word in after] == []
    assert list(settings.files_folder.iterdir()) == []
    assert client.get(PAGE).status_code == 302
    assert log_in(client, "/area-clientes/ingresar", CARLA).status_code == 401
    done = session.get(DataRequest, request.id, populate_existing=True)
    assert (done.state, done.finished_by, done.outcome["files"]) == ("done", admin.id, 1)
    assert done.outcome["tickets"] == 1 and done.outcome["messages"] == 3 and done.due_at is not None
    assert HOME.hashed("x") not in done.subjects
    assert Origin("-", settings.session_secret).hashed(f"data request|{CARLA}") in done.subjects
    assert session.get(Ticket, bruno_ticket.id).subject == "de Bruno" and bruno.addresses[0].address == BRUNO
    session.commit()


def test_what_is_erased_can_be_worked_around_by_the_rest_of_the_desk(
    client: FlaskClient, session: Session, full: Ticket, carla: Customer, admin: Staff
) -> None:
    send(client, f"/area-clientes/tickets/{full.number}/reabrir", form=PAGE)
    request = erasure.ask(session, carla, [], NOW)
    erasure.erase(session, request.id, admin, NOW)
    session.commit()
    ticket = session.get(Ticket, full.id, populate_existing=True)
    assert ticket.status == Status.CLOSED
    # Nobody is left to be told, and that is no error.
    tickets.update_as_staff(session, ticket, admin, StaffUpdate("Reviso.", Status.OPEN, ticket.version), AREA_URL, NOW)
    session.commit()
    log_in(client, "/consola/ingresar", admin.email)
    assert client.get(f"/consola/tickets/{full.number}").status_code == 200
    again = register_customer(session, CARLA, "Carla", PASSWORD, NOW)
    assert again.id != carla.id


def test_only_a_pending_request_is_carried_out_and_only_by_an_administrator(
    client: FlaskClient, session: Session, carla: Customer, admin: Staff, agent: Staff
) -> None:
    request = erasure.ask(session, carla, [], NOW)
    session.commit()
    log_in(client, "/consola/ingresar", agent.email)
    assert client.get("/consola/supresiones/").status_code == 403
    assert client.post(f"/consola/supresiones/{request.id}", data={"sure": "1"}).status_code == 403
    erasure.withdraw(session, carla, NOW)
    with pytest.raises(NotAllowed):
        erasure.erase(session, request.id, admin, NOW)
    with pytest.raises(NotFound):
        erasure.erase(session, "no-such", admin, NOW)
    second = erasure.ask(session, carla, [], NOW + timedelta(days=1))
    assert second.id != request.id
    session.commit()
    log_in(client, "/consola/ingresar", admin.email)
    assert send(client, "/consola/supresiones/no-such", {"sure": "1"}, form="/consola/supresiones/").status_code == 404
    assert send(client, f"/consola/supresiones/{request.id}", {"sure": "1"}, form="/consola/supresiones/").status_code == 302
    assert "ya no está pendiente" in client.get("/consola/supresiones/").text


def test_mail_that_waited_for_him_never_leaves(session: Session, full: Ticket, carla: Customer, admin: Staff) -> None:
    carla.addresses.append(CustomerAddress(address="lola@gmail.com"))
    outbox.enqueue_mail(session, "x", "lola@gmail.com", "Hola, Lola", "Hola, Lola", NOW)
    erasure.erase(session, erasure.ask(session, carla, [], NOW).id, admin, NOW)
    session.commit()
    pending = [row for row in session.scalars(select(OutboxRow)) if row.state == outbox.PENDING]
    assert {row.recipient for row in pending} <= {CARLA, admin.email} and len(pending) == 2
    assert session.scalars(select(Attachment)).all() == []


def test_every_table_that_names_a_customer_has_its_step() -> None:
    naming = {table.name for table in Base.metadata.sorted_tables for column in table.columns if column.name == "customer_id"}
    handled = {
        "account_links",
        "address_links",
        "attachments",
        "conversation_bonds",
        "customer_addresses",
        "customer_domains",
        "customer_mailboxes",
        "drafts",
        "form_drafts",
        "incident_subscribers",
        "inbound_mails",
        "login_codes",
        "recovery_links",
        "tickets",
    }
    # A new table: take him out of it in escalation/forgetting.py, then name it here. data_requests is the evidence itself.
    assert naming - {"data_requests"} == handled and len(forgetting.STEPS) >= 5
