"""Customers and incidents in the console, through the forms; and each list without anything in it."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import audit, customers, incidents, suspicion
from escalation.audit import Actor, Wanted
from escalation.models import Customer, Staff, Status
from tests.escalation.area import mails, send
from tests.escalation.conftest import NOW, log_in
from tests.escalation.desk_helpers import reported
from tests.escalation.test_incidents import DOWN, burst, declared

CLIENTS, IMPORT, INCIDENTS = "/consola/clientes/", "/consola/clientes-importar/", "/consola/incidentes/"
BAD = "email;nombre\nana@x.com.ar;Ana Ñandú\nno es;Malo\n".encode("cp1252")


@pytest.fixture
def boss(client: FlaskClient, admin: Staff) -> FlaskClient:
    log_in(client, "/consola/ingresar", admin.email)
    return client


def follow(client: FlaskClient, path: str, data: dict[str, str], form: str) -> str:
    return send(client, path, data, form=form, follow_redirects=True).text


def test_a_customer_is_found_by_a_part_of_his_domain_and_opened(boss: FlaskClient, carla: Customer, bruno: Customer) -> None:
    page = boss.get(f"{CLIENTS}?q=estudior").text
    assert "Bruno Ruiz" in page and "Carla Medina" not in page
    assert "bruno@estudioruiz.com" in boss.get(f"{CLIENTS}{bruno.id}").text
    assert "Ningún cliente" in boss.get(f"{CLIENTS}?q=nadie").text


def test_an_import_is_looked_over_confirmed_and_not_confirmed_twice(boss: FlaskClient, session: Session) -> None:
    page = send(boss, IMPORT, {"file": (io.BytesIO(BAD), "clientes.csv")}, content_type="multipart/form-data").text
    assert "no es una dirección de correo: no" in page and "Ana Ñandú" in page
    assert session.scalars(select(Customer)).all() == []
    session.commit()
    action = re.search(r'action="(/consola/clientes-importar/[^"]{30,})"', page).group(1)
    assert "Se registraron 1" in follow(boss, action, {}, IMPORT)
    assert send(boss, action, {}, form=IMPORT).status_code == 404
    for wrong in (b"", b"nombre\nAna\n", b"\x00\x01"):
        refused = send(boss, IMPORT, {"file": (io.BytesIO(wrong), "x.csv")}, content_type="multipart/form-data")
        assert refused.status_code == 422 and 'role="alert"' in refused.text


def test_services_and_addresses_come_and_go(boss: FlaskClient, session: Session, carla: Customer) -> None:
    page = f"{CLIENTS}{carla.id}"
    assert "lola.com.ar" in follow(boss, f"{page}/servicios", {"kind": "domain", "name": "Lola.com.ar"}, page)
    assert "Revise" in follow(boss, f"{page}/servicios", {"kind": "domain", "name": "x"}, page)
    gone = {"kind": "domain", "name": "lola.com.ar", "remove": "1"}
    assert "Guardado" in follow(boss, f"{page}/servicios", gone, page)
    assert "Eso ya no estaba" in follow(boss, f"{page}/servicios", gone, page)
    assert "enlace" in follow(boss, f"{page}/direcciones", {"email": "carla@gmail.com"}, page)
    assert "/cuenta/direcciones/confirmar/" in mails(session, "carla@gmail.com")[0].content["body"]
    follow(boss, f"{page}/direcciones/registrar", {"email": "lola@gmail.com"}, page)
    assert "ya está registrada" in follow(boss, f"{page}/direcciones/registrar", {"email": "lola@gmail.com"}, page)
    follow(boss, f"{page}/direcciones/quitar", {"address": "carla@panaderialola.com.ar"}, page)
    assert "última dirección" in follow(boss, f"{page}/direcciones/quitar", {"address": "lola@gmail.com"}, page)
    assert customers.customer_of_address(session, "lola@gmail.com").id == carla.id


def test_a_customer_is_renamed_blocked_and_let_in_again(boss: FlaskClient, session: Session, carla: Customer) -> None:
    page = f"{CLIENTS}{carla.id}"
    assert "Panadería Lola" in follow(boss, f"{page}/estado", {"do": "rename", "name": "Panadería Lola"}, page)
    assert "Desbloquear" in follow(boss, f"{page}/estado", {"do": "block"}, page)
    follow(boss, f"{page}/estado", {"do": "unblock"}, page)
    follow(boss, f"{page}/estado", {"do": "sessions"}, page)
    blocked = [entry.detail["blocked"] for entry in audit.rows(session, Wanted(kind=audit.CUSTOMER_BLOCKED))]
    assert blocked == [True, False]


def test_two_customers_are_merged_after_a_look_and_the_old_page_leads_to_the_new(
    boss: FlaskClient, carla: Customer, bruno: Customer
) -> None:
    page = f"{CLIENTS}{bruno.id}/unir"
    found = boss.get(f"{page}?q=carla").text
    into = re.search(r"into=([0-9a-f-]{36})", found).group(1)
    look = f"{page}?into={into}"
    assert "No se puede deshacer" in boss.get(look).text
    assert "Marque la casilla" in follow(boss, page, {"into": into}, look)
    assert "quedaron unidos" in follow(boss, page, {"into": into, "sure": "1"}, look)
    assert boss.get(f"{CLIENTS}{bruno.id}").location.endswith(carla.id)
    assert "No se pueden unir" in follow(boss, page, {"into": into, "sure": "1"}, CLIENTS)


def test_an_agent_sees_customers_and_not_what_is_the_administrators(client: FlaskClient, agent: Staff, carla: Customer) -> None:
    log_in(client, "/consola/ingresar", agent.email)
    page = client.get(f"{CLIENTS}{carla.id}").text
    assert "Enviar enlace" in page and "Bloquear" not in page and "Unir a otro" not in page
    for path in (f"{CLIENTS}{carla.id}/unir", IMPORT):
        assert client.get(path).status_code == 403


def test_an_incident_is_declared_told_and_closed(boss: FlaskClient, session: Session, carla: Customer) -> None:
    ticket = reported(session, carla)
    wrong = {"title": "Correo lento", "text": "", "area": "mail"}
    page = send(boss, f"{INCIDENTS}declarar", wrong)
    assert page.status_code == 422 and 'value="Correo lento"' in page.text and 'value="mail" checked' in page.text
    right = {**wrong, "text": "Volvemos a las 15.", "numbers": ticket.number, "domains": "lola.com.ar\nruiz.com"}
    answer = send(boss, f"{INCIDENTS}declarar", right)
    one = answer.location
    assert ticket.number in boss.get(one).text and "ruiz.com" in boss.get(one).text
    assert "Enviado a 1" in follow(boss, f"{one}/mensaje", {"body": "Seguimos en eso."}, one)
    assert "de ningún ticket" in send(boss, f"{one}/tickets", {"numbers": "MDA-NOSUCH"}, form=one).text
    assert "Guardado" in follow(boss, f"{one}/cambiar", {**right, "title": "Correo caído"}, one)
    assert "Enviado a 1" in follow(boss, f"{one}/mensaje", {"body": "Resuelto.", "close": "1"}, one)
    session.refresh(ticket)
    assert ticket.status == Status.SOLVED
    session.commit()
    closed = boss.get(one).text
    assert "Terminado" in closed and "Enviar a todos" not in closed
    assert send(boss, f"{one}/mensaje", {"body": "Más."}, form=INCIDENTS + "declarar").status_code == 422


def test_a_ticket_is_attached_to_what_is_down_from_its_own_page(
    boss: FlaskClient, session: Session, carla: Customer, admin: Staff
) -> None:
    ticket, incident = reported(session, carla), declared(session, admin)
    path = f"/consola/tickets/{ticket.number}"
    assert "Es por esto" in boss.get(path).text
    chosen = {"numbers": ticket.number, "back": ticket.number}
    answer = send(boss, f"{INCIDENTS}{incident.id}/tickets", chosen, form=path)
    assert answer.location == path and "Es por esto" not in boss.get(path).text
    assert incidents.of_ticket(session, ticket) is incident


def test_a_suspicion_fills_the_form_or_is_put_aside(boss: FlaskClient, session: Session) -> None:
    burst(session, 4)
    burst(session, 2, area="site", site="servidor7.csiserver.com")
    suspicion.look(session, NOW)
    rows = suspicion.standing(session, NOW)
    # The page asks by the clock of now.

    for row in rows:
        row.noticed_at = datetime.now(UTC)
    session.commit()
    page = boss.get(INCIDENTS).text
    assert "4 reportes parecidos" in page and "servidor7.csiserver.com" in page
    link = re.search(r'href="(/consola/incidentes/declarar\?suspected=[^"]+area=mail[^"]*)"', page).group(1).replace("&amp;", "&")
    form = boss.get(link).text
    numbers = re.search(r'name="numbers" value="([^"]+)"', form).group(1)
    suspected = re.search(r'name="suspected" value="(\d+)"', form).group(1)
    send(boss, f"{INCIDENTS}declarar", {"title": "x", "text": "y", "numbers": numbers, "suspected": suspected})
    (incident,) = incidents.current(session)
    assert len(incidents.tickets_of(session, incident)) == 4
    session.commit()
    other = re.search(r"sospechas/(\d+)/descartar", boss.get(INCIDENTS).text).group(1)
    send(boss, f"{INCIDENTS}sospechas/{other}/descartar", form=INCIDENTS)
    assert "Posible incidente" not in boss.get(INCIDENTS).text


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (CLIENTS, "Todavía no hay clientes."),
        (INCIDENTS, "Nada está caído."),
        ("/consola/auditoria/?kind=exported", "Ninguna línea con ese filtro."),
    ],
)
def test_a_list_without_anything_says_so_and_what_to_do(boss: FlaskClient, path: str, says: str) -> None:
    page = boss.get(path).text
    assert says in page and 'class="state"' in page


def test_what_people_wrote_is_escaped_in_these_rooms_too(
    boss: FlaskClient, session: Session, carla: Customer, admin: Staff
) -> None:
    attack = "<script>alert(1)</script>"
    carla.name = attack
    incident = declared(session, admin, type(DOWN)(attack, attack, server=attack))
    audit.record(session, audit.EXPORTED, Actor(admin), attack, NOW)
    session.commit()
    for path in (
        CLIENTS,
        f"{CLIENTS}{carla.id}",
        f"{CLIENTS}{carla.id}/unir",
        INCIDENTS,
        f"{INCIDENTS}{incident.id}",
        "/consola/auditoria/",
    ):
        page = boss.get(path).text
        assert "&lt;script&gt;" in page and attack not in page, path
