"""Every route says who may call it, and means it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from escalation import tickets
from escalation.auth.access import Caller, rule_of
from escalation.models import Customer, Staff
from tests.escalation.conftest import AREA_URL, NOW, conversation, csrf, log_in, service
from tests.escalation.test_tickets import MAIL_REPORT


@pytest.fixture
def server_url() -> None:
    """SQLite alone: who may call is decided before any row is read; every route is asked on both in test_access_matrix."""


@pytest.fixture
def number(session: Session, carla: Customer) -> str:
    ticket, _ = tickets.open_ticket(session, carla, MAIL_REPORT, "k", AREA_URL, NOW)
    session.commit()
    return ticket.number


PUBLIC, CUSTOMER, AGENT, SERVICE, OWN = Caller.PUBLIC, Caller.CUSTOMER, Caller.AGENT, Caller.SERVICE, Caller.CONVERSATION
TOKEN = Caller.INTEGRATION
ADMIN = Caller.ADMIN
# Said once more here: a rule that is widened by mistake is a change of two places.
MATRIX: dict[str, set[Caller]] = {
    "GET /health": {PUBLIC},
    "GET /static/<path:filename>": {PUBLIC},
    "GET /archivos/<token>": {PUBLIC},
    "GET /metrics": {SERVICE, Caller.SCRAPER},
    "GET /api/v1/openapi.json": {PUBLIC},
    "POST /api/v1/conversation-login": {OWN},
    "POST /api/v1/tickets": {SERVICE, OWN},
    "GET /api/v1/conversations/<conversation_id>": {SERVICE},
    "DELETE /api/v1/conversations/<conversation_id>/customer": {SERVICE},
    "POST /api/v1/conversations/<conversation_id>/code": {SERVICE},
    "POST /api/v1/conversations/<conversation_id>/code/verify": {SERVICE},
    "PUT /api/v1/conversations/<conversation_id>/draft": {SERVICE},
    "DELETE /api/v1/conversations/<conversation_id>/draft": {SERVICE},
    "POST /api/v1/conversations/<conversation_id>/draft/adopt": {SERVICE},
    "POST /api/v1/conversations/<conversation_id>/events": {SERVICE},
    "POST /api/v1/conversations/<conversation_id>/attachments": {SERVICE, OWN},
    "POST /api/v1/conversations/<conversation_id>/similar": {SERVICE},
    "GET /api/v1/conversations/<conversation_id>/tickets": {SERVICE},
    "POST /api/v1/conversations/<conversation_id>/tickets/<number>/messages": {SERVICE},
    "POST /api/v1/conversations/<conversation_id>/tickets/<number>/solve": {SERVICE},
    "POST /api/v1/conversations/<conversation_id>/tickets/<number>/reopen": {SERVICE},
    "GET /api/v1/incidents/current": {SERVICE},
    "GET /api/v1/conversations/<conversation_id>/incidents": {SERVICE},
    "POST /api/v1/conversations/<conversation_id>/incidents/<incident_id>/subscribe": {SERVICE},
    "GET /api/v1/tickets": {TOKEN},
    "GET /api/v1/tickets/<number>": {TOKEN},
    "PATCH /api/v1/tickets/<number>": {TOKEN},
    "POST /api/v1/tickets/<number>/messages": {TOKEN},
    "GET /api/v1/search/tickets": {TOKEN},
    "GET /api/v1/attachments/<attachment_id>": {TOKEN},
    "GET /api/v1/search/customers": {TOKEN},
    "GET /api/v1/customers": {TOKEN},
    "POST /api/v1/customers": {TOKEN},
    "GET /api/v1/customers/<customer_id>": {TOKEN},
    "PATCH /api/v1/customers/<customer_id>": {TOKEN},
    "POST /api/v1/customers/<customer_id>/tickets": {TOKEN},
    "GET /api/v1/webhooks": {TOKEN},
    "POST /api/v1/webhooks": {TOKEN},
    "GET /api/v1/webhooks/<webhook_id>": {TOKEN},
    "PATCH /api/v1/webhooks/<webhook_id>": {TOKEN},
    "DELETE /api/v1/webhooks/<webhook_id>": {TOKEN},
    "GET /api/v1/webhooks/<webhook_id>/deliveries": {TOKEN},
    "POST /api/v1/conversations/<conversation_id>/link": {SERVICE},
    "GET /api/v1/conversations/<conversation_id>/elsewhere": {SERVICE},
    "POST /api/v1/conversations/<conversation_id>/transcript": {SERVICE},
    "PUT /api/v1/alarms/<channel>": {SERVICE},
    "DELETE /api/v1/alarms/<channel>": {SERVICE},
    "GET /vincular-messenger": {PUBLIC},
    "POST /vincular-messenger": {PUBLIC},
    "GET /area-clientes/ingresar": {PUBLIC},
    "POST /area-clientes/ingresar": {PUBLIC},
    "GET /area-clientes/": {CUSTOMER},
    "POST /area-clientes/salir": {CUSTOMER},
    "GET /area-clientes/tickets/<number>": {CUSTOMER},
    "POST /area-clientes/tickets/<number>": {CUSTOMER},
    "GET /area-clientes/adjuntos/<attachment_id>": {CUSTOMER},
    "GET /area-clientes/recuperar": {PUBLIC},
    "POST /area-clientes/recuperar": {PUBLIC},
    "GET /area-clientes/recuperar/<token>": {PUBLIC},
    "POST /area-clientes/recuperar/<token>": {PUBLIC},
    "GET /area-clientes/tickets/nuevo": {CUSTOMER},
    "POST /area-clientes/tickets/nuevo": {CUSTOMER},
    "POST /area-clientes/tickets/<number>/resuelto": {CUSTOMER},
    "POST /area-clientes/tickets/<number>/reabrir": {CUSTOMER},
    "POST /area-clientes/tickets/<number>/valoracion": {CUSTOMER},
    "GET /area-clientes/tickets/<number>/valorar/<token>": {PUBLIC},
    "POST /area-clientes/tickets/<number>/valorar/<token>": {PUBLIC},
    "GET /area-clientes/cuenta": {CUSTOMER},
    "GET /area-clientes/cuenta/contrasena": {CUSTOMER},
    "POST /area-clientes/cuenta/contrasena": {CUSTOMER},
    "GET /area-clientes/cuenta/sesiones": {CUSTOMER},
    "POST /area-clientes/cuenta/sesiones/<shown_id>/cerrar": {CUSTOMER},
    "POST /area-clientes/cuenta/sesiones/cerrar-otras": {CUSTOMER},
    "GET /area-clientes/cuenta/direcciones": {CUSTOMER},
    "POST /area-clientes/cuenta/direcciones": {CUSTOMER},
    "POST /area-clientes/cuenta/direcciones/quitar": {CUSTOMER},
    "GET /area-clientes/cuenta/direcciones/confirmar/<token>": {CUSTOMER},
    "POST /area-clientes/cuenta/direcciones/confirmar/<token>": {CUSTOMER},
    "GET /area-clientes/cuenta/datos": {CUSTOMER},
    "POST /area-clientes/cuenta/datos/descargar": {CUSTOMER},
    "POST /area-clientes/cuenta/datos/supresion": {CUSTOMER},
    "POST /area-clientes/cuenta/datos/supresion/retirar": {CUSTOMER},
    "GET /consola/supresiones/": {ADMIN},
    "POST /consola/supresiones/<request_id>": {ADMIN},
    "GET /consola/recursos/<digest>/<name>": {PUBLIC},
    "GET /consola/ingresar": {PUBLIC},
    "POST /consola/ingresar": {PUBLIC},
    "GET /consola/": {AGENT},
    "POST /consola/acciones": {AGENT},
    "POST /consola/vistas": {AGENT},
    "POST /consola/vistas/<view_id>/quitar": {AGENT},
    "POST /consola/salir": {AGENT},
    "GET /consola/tickets/<number>": {AGENT},
    "POST /consola/tickets/<number>": {AGENT},
    "GET /consola/adjuntos/<attachment_id>": {AGENT},
    "POST /consola/tickets/<number>/propiedades": {AGENT},
    "POST /consola/tickets/<number>/seguir": {AGENT},
    "POST /consola/tickets/<number>/unir": {AGENT},
    "POST /consola/tickets/<number>/separar": {AGENT},
    "POST /consola/tickets/<number>/relacionar": {AGENT},
    "POST /consola/tickets/<number>/preguntar": {AGENT},
    "POST /consola/tickets/<number>/deshacer": {AGENT},
    "POST /consola/tickets/<number>/borrador": {AGENT},
    "POST /consola/tickets/<number>/presencia": {AGENT},
    "GET /consola/ingresar/codigo": {PUBLIC},
    "POST /consola/ingresar/codigo": {PUBLIC},
    "GET /consola/mi-cuenta/": {AGENT},
    "POST /consola/mi-cuenta/idioma": {AGENT},
    "POST /consola/mi-cuenta/contrasena": {AGENT},
    "POST /consola/mi-cuenta/sesiones/<shown_id>/cerrar": {AGENT},
    "GET /consola/mi-cuenta/segundo-factor": {AGENT},
    "POST /consola/mi-cuenta/segundo-factor/empezar": {AGENT},
    "POST /consola/mi-cuenta/segundo-factor/confirmar": {AGENT},
    "POST /consola/mi-cuenta/segundo-factor/codigos": {AGENT},
    "POST /consola/mi-cuenta/segundo-factor/quitar": {AGENT},
    "GET /consola/clientes/": {AGENT},
    "POST /consola/clientes/": {ADMIN},
    "GET /consola/clientes/<customer_id>": {AGENT},
    "POST /consola/clientes/<customer_id>/servicios": {AGENT},
    "POST /consola/clientes/<customer_id>/direcciones": {AGENT},
    "POST /consola/clientes/<customer_id>/direcciones/registrar": {ADMIN},
    "POST /consola/clientes/<customer_id>/direcciones/quitar": {ADMIN},
    "POST /consola/clientes/<customer_id>/estado": {ADMIN},
    "GET /consola/clientes/<customer_id>/unir": {ADMIN},
    "POST /consola/clientes/<customer_id>/unir": {ADMIN},
    "GET /consola/clientes-importar/": {ADMIN},
    "POST /consola/clientes-importar/": {ADMIN},
    "POST /consola/clientes-importar/<import_id>": {ADMIN},
    "GET /consola/incidentes/": {AGENT},
    "GET /consola/incidentes/declarar": {AGENT},
    "POST /consola/incidentes/declarar": {AGENT},
    "POST /consola/incidentes/sospechas/<suspected_id>/descartar": {AGENT},
    "GET /consola/incidentes/<incident_id>": {AGENT},
    "POST /consola/incidentes/<incident_id>/cambiar": {AGENT},
    "POST /consola/incidentes/<incident_id>/tickets": {AGENT},
    "POST /consola/incidentes/<incident_id>/mensaje": {AGENT},
    "GET /consola/numeros/": {AGENT},
    "GET /consola/numeros/figuras": {AGENT},
    "GET /consola/numeros/<name>.svg": {AGENT},
    "GET /consola/numeros/<name>.csv": {AGENT},
    "GET /consola/personal/": {ADMIN},
    "POST /consola/personal/": {ADMIN},
    "POST /consola/personal/ajustes/segundo-factor": {ADMIN},
    "GET /consola/personal/<staff_id>": {ADMIN},
    "POST /consola/personal/<staff_id>": {ADMIN},
    "GET /consola/auditoria/": {ADMIN},
    "GET /consola/auditoria/csv": {ADMIN},
    "GET /consola/tickets/<number>/hilo": {AGENT},
    "GET /consola/tickets/<number>/parecidos": {AGENT},
    "GET /consola/tickets/<number>/respuestas": {AGENT},
    "GET /consola/novedades/": {AGENT},
    "GET /consola/novedades/flujo": {AGENT},
    "GET /consola/respuestas/": {ADMIN},
    "POST /consola/respuestas/": {ADMIN},
    "GET /consola/respuestas/<reply_id>": {ADMIN},
    "POST /consola/respuestas/<reply_id>/quitar": {ADMIN},
    "GET /consola/correo/": {AGENT},
    "GET /consola/correo/preferencias": {AGENT},
    "POST /consola/correo/preferencias": {AGENT},
    "GET /consola/correo/<mail_id>": {AGENT},
    "POST /consola/correo/<mail_id>": {AGENT},
    "POST /consola/correo/salidas/<row_id>": {AGENT},
    "GET /consola/correo/<mail_id>/original": {ADMIN},
    "GET /correo/confirmar": {PUBLIC},
    "POST /correo/confirmar": {PUBLIC},
    "GET /correo/confirmar/<token>": {PUBLIC},
    "POST /correo/confirmar/<token>": {PUBLIC},
}


def filled(rule: str, number: str) -> str:
    return (
        rule.replace("<number>", number)
        .replace("<conversation_id>", "c-1")
        .replace("<attachment_id>", "a-1")
        .replace("<channel>", "messenger")
        .replace("<row_id>", "1")
        .replace("<incident_id>", "i-1")
        .replace("<suspected_id>", "1")
    )


def test_every_route_is_for_whom_the_matrix_says(app: Flask) -> None:
    with app.app_context():
        real = {
            f"{method} {rule.rule}": set(rule_of(rule.endpoint))
            for rule in app.url_map.iter_rules()
            for method in rule.methods - {"OPTIONS", "HEAD"}
        }
    assert real == MATRIX


def test_what_is_the_services_alone_neither_a_conversation_nor_a_log_in_opens(
    client: FlaskClient, number: str, carla: Customer, agent: Staff
) -> None:
    log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar")
    log_in(client, "/consola/ingresar", agent.email)
    for route in (route for route, callers in MATRIX.items() if callers == {SERVICE}):
        method, rule = route.split()
        for headers in ({}, conversation("c-1")):
            answer = client.open(filled(rule, number), method=method, headers=headers, json={})
            assert answer.status_code == 401, route


def test_every_route_has_a_rule(app: Flask) -> None:
    with app.app_context():
        without = [rule.endpoint for rule in app.url_map.iter_rules() if not rule_of(rule.endpoint)]
    assert without == []


def test_a_route_without_a_rule_is_refused(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert app.test_client().get("/forgotten").status_code == 401


def test_nobody_gets_into_a_route_that_is_not_public(app: Flask, number: str) -> None:
    client = app.test_client()
    with app.app_context():
        rules = [rule for rule in app.url_map.iter_rules() if Caller.PUBLIC not in rule_of(rule.endpoint)]
    assert len(rules) >= 8
    for rule in rules:
        path = filled(rule.rule, number)
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            answer = client.open(path, method=method)
            assert answer.status_code in (302, 401), f"{method} {path}: {answer.status_code}"
            if answer.status_code == 302:
                assert "/ingresar" in answer.location


def test_a_customer_sees_his_own_ticket_and_nobody_elses(
    client: FlaskClient, number: str, carla: Customer, bruno: Customer
) -> None:
    log_in(client, "/area-clientes/ingresar", "bruno@estudioruiz.com")
    assert client.get(f"/area-clientes/tickets/{number}").status_code == 404
    assert number not in client.get("/area-clientes/").text
    token = csrf(client.get("/area-clientes/").text)
    assert client.post(f"/area-clientes/tickets/{number}", data={"body": "hola", "csrf_token": token}).status_code == 404


def test_a_customer_is_not_staff(client: FlaskClient, number: str, carla: Customer) -> None:
    log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar")
    assert client.get(f"/area-clientes/tickets/{number}").status_code == 200
    assert "/consola/ingresar" in client.get("/consola/").location
    assert log_in(client, "/consola/ingresar", "carla@panaderialola.com.ar").status_code == 401


def test_staff_lose_access_at_once_when_deactivated(client: FlaskClient, session: Session, agent: Staff) -> None:
    log_in(client, "/consola/ingresar", agent.email)
    assert client.get("/consola/").status_code == 200
    agent.active = False
    session.commit()
    assert client.get("/consola/").status_code == 302


def test_forms_without_csrf_token_are_refused(client: FlaskClient, number: str, carla: Customer) -> None:
    log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar")
    assert client.post(f"/area-clientes/tickets/{number}", data={"body": "hola"}).status_code == 400
    assert client.post("/area-clientes/ingresar", data={"email": "a@b.co", "password": "x"}).status_code == 400


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test/", "/consola/", "/area-clientes/\\evil", "javascript:alert(1)"]
)
def test_a_log_in_never_leads_out_of_the_room(client: FlaskClient, carla: Customer, target: str) -> None:
    answer = log_in(client, f"/area-clientes/ingresar?next={target}", "carla@panaderialola.com.ar")
    assert answer.location == "/area-clientes/"


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(client: FlaskClient, carla: Customer) -> None:
    answer = log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar")
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("area_session="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/area-clientes/" in cookie


def test_logging_out_ends_the_session_on_the_server(client: FlaskClient, carla: Customer) -> None:
    log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar")
    cookie = client.get_cookie("area_session", path="/area-clientes/")
    client.post("/area-clientes/salir", data={"csrf_token": csrf(client.get("/area-clientes/").text)})
    client.set_cookie("area_session", cookie.value, path="/area-clientes/")
    assert client.get("/area-clientes/").status_code == 302


def test_the_service_credential_opens_what_is_the_bots_and_a_conversation_token_does_not(client: FlaskClient) -> None:
    assert client.get("/api/v1/conversations/c-1", headers=service()).json["customer"] is None
    assert client.get("/api/v1/conversations/c-1", headers=conversation("c-1")).status_code == 401
    assert client.get("/api/v1/conversations/c-1", headers={"Authorization": "Bearer "}).status_code == 401


def test_pages_forbid_inline_script_and_framing(client: FlaskClient) -> None:
    policy = client.get("/area-clientes/ingresar").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy


def test_what_people_write_is_escaped_everywhere(client: FlaskClient, session: Session, carla: Customer, agent: Staff) -> None:
    attack = "<script>alert(1)</script>"
    report = tickets.Report(
        area="mail",
        fields={"description": attack, "site": attack},
        transcript=[{"who": "customer", "text": attack}],
    )
    ticket, _ = tickets.open_ticket(session, carla, report, "x", AREA_URL, NOW)
    tickets.reply_as_customer(session, ticket, attack, NOW)
    session.commit()
    log_in(client, "/area-clientes/ingresar", "carla@panaderialola.com.ar")
    log_in(client, "/consola/ingresar", agent.email)
    for path in (f"/area-clientes/tickets/{ticket.number}", "/area-clientes/", f"/consola/tickets/{ticket.number}", "/consola/"):
        page = client.get(path).text
        assert "&lt;script&gt;" in page and attack not in page
