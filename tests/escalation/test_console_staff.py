"""Staff at the door and at their own account, and administrators over staff: through the forms."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import audit, desk_settings, second_factor
from escalation.admin_models import AuditEntry
from escalation.audit import Actor, Wanted
from escalation.models import Customer, Role, Staff
from tests.escalation.area import send
from tests.escalation.conftest import PASSWORD, csrf, log_in
from tests.escalation.test_tickets import opened

LOGIN, CODE, MINE, STAFF = "/consola/ingresar", "/consola/ingresar/codigo", "/consola/mi-cuenta/", "/consola/personal/"
FACTOR = "/consola/mi-cuenta/segundo-factor"


def kinds(session: Session) -> list[str]:
    session.commit()
    return [entry.kind for entry in audit.rows(session, Wanted())]


def enrol(session: Session, member: Staff) -> tuple[str, list[str]]:
    """Some minutes ago, so that the code of now was not seen."""
    at = datetime.now(UTC) - timedelta(minutes=5)
    secret = second_factor.begin(session, member, "session", at).secret
    codes = second_factor.confirm(session, member, pyotp.TOTP(secret).at(at), "session", at)
    session.commit()
    return secret, codes


def test_with_a_second_factor_the_password_alone_opens_nothing(client: FlaskClient, session: Session, agent: Staff) -> None:
    secret, _ = enrol(session, agent)
    answer = log_in(client, LOGIN, agent.email)
    assert answer.location == CODE
    assert client.get("/consola/").status_code == 302
    assert send(client, CODE, {"code": "000000"}).status_code == 401
    right = pyotp.TOTP(secret).now()
    assert send(client, CODE, {"code": right}).location == "/consola/"
    assert client.get("/consola/").status_code == 200
    other = client.application.test_client()
    log_in(other, LOGIN, agent.email)
    assert send(other, CODE, {"code": right}).status_code == 401, "a code is good once"
    assert kinds(session) == [audit.FACTOR_FAILED, audit.LOGIN, audit.FACTOR_FAILED]


def test_a_recovery_code_opens_it_too_and_says_how_many_are_left(client: FlaskClient, session: Session, agent: Staff) -> None:
    _, codes = enrol(session, agent)
    log_in(client, LOGIN, agent.email)
    assert send(client, CODE, {"code": codes[0]}).location == "/consola/"
    assert "Le quedan 9" in client.get("/consola/").text


def test_the_second_step_without_the_first_leads_back_to_it(client: FlaskClient, session: Session, agent: Staff) -> None:
    assert client.get(CODE).status_code == 401 and f'href="{LOGIN}"' in client.get(CODE).text
    enrol(session, agent)
    log_in(client, LOGIN, agent.email)
    agent.active = False
    session.commit()
    assert client.get(CODE).status_code == 401


def test_failed_log_ins_are_written_down_without_what_was_typed(client: FlaskClient, session: Session, agent: Staff) -> None:
    log_in(client, LOGIN, agent.email, "adivino esta clave")
    log_in(client, LOGIN, "mi.clave.secreta@example.com", "x")
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.kind, entry.actor_name) for entry in entries] == [(audit.LOGIN_FAILED, agent.name), (audit.LOGIN_FAILED, "")]
    assert not any("clave" in f"{entry.detail} {entry.subject}" for entry in entries)


def test_somebody_turns_his_own_on_by_the_qr_code_and_off_with_a_code(client: FlaskClient, session: Session, agent: Staff) -> None:
    log_in(client, LOGIN, agent.email)
    send(client, f"{FACTOR}/empezar", form=MINE)
    page = client.get(FACTOR).text
    assert "<svg" in page and "style=" not in page
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page).group(1)
    assert send(client, f"{FACTOR}/confirmar", {"code": "1"}, form=FACTOR).status_code == 422
    done = send(client, f"{FACTOR}/confirmar", {"code": pyotp.TOTP(secret).now()}, form=FACTOR)
    codes = re.findall(r"<code>(\w{5}-\w{5})</code>", done.text)
    assert len(codes) == second_factor.RECOVERY_COUNT
    assert secret not in client.get(FACTOR).text, "once it is on, nobody reads the secret off the page"
    assert send(client, f"{FACTOR}/quitar", {"code": "999999"}, form=FACTOR).status_code == 422
    assert send(client, f"{FACTOR}/quitar", {"code": codes[3]}, form=FACTOR).status_code == 302
    assert not second_factor.is_on(session, agent)
    assert kinds(session)[1:] == [audit.FACTOR_ON, audit.FACTOR_FAILED, audit.FACTOR_OFF]


def test_where_all_must_have_one_nothing_else_is_shown_until_it_is_on(
    app: Flask, client: FlaskClient, session: Session, agent: Staff, admin: Staff
) -> None:
    log_in(client, LOGIN, admin.email)
    assert send(client, f"{STAFF}ajustes/segundo-factor", {"required": "1"}, form=STAFF).location == FACTOR, "his own first"
    assert not desk_settings.second_factor_required(session)
    session.commit()
    enrol(session, admin)
    send(client, f"{STAFF}ajustes/segundo-factor", {"required": "1"}, form=STAFF)
    theirs = app.test_client()
    assert log_in(theirs, LOGIN, agent.email).status_code == 302
    for path in ("/consola/", "/consola/correo/", MINE):
        assert theirs.get(path).location == FACTOR
    send(theirs, f"{FACTOR}/empezar", form=FACTOR)
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", theirs.get(FACTOR).text).group(1)
    send(theirs, f"{FACTOR}/confirmar", {"code": pyotp.TOTP(secret).now()}, form=FACTOR)
    assert theirs.get("/consola/").status_code == 200


def test_an_administrator_adds_somebody_who_logs_in_with_the_password_shown_once(
    app: Flask, client: FlaskClient, session: Session, admin: Staff
) -> None:
    log_in(client, LOGIN, admin.email)
    page = send(client, STAFF, {"email": "Nadia@CSIserver.com", "name": "Nadia Vera", "role": "agent"}).text
    password = re.search(r'id="initial-password">([^<]+)<', page).group(1)
    assert log_in(app.test_client(), LOGIN, "nadia@csiserver.com", password).status_code == 302
    assert send(client, STAFF, {"email": "nadia@csiserver.com", "name": "Otra", "role": "agent"}).status_code == 422
    assert password not in client.get(STAFF).text


def test_role_and_state_change_and_the_last_admin_stays(client: FlaskClient, session: Session, agent: Staff, admin: Staff) -> None:
    log_in(client, LOGIN, admin.email)
    page = f"{STAFF}{agent.id}"
    send(client, page, {"do": "role", "role": "admin"})
    send(client, page, {"do": "deactivate"})
    session.refresh(agent)
    session.commit()
    assert (agent.role, agent.active) == (Role.ADMIN, False)
    assert client.get("/consola/auditoria/").text.count(f"<td>{agent.name}</td>") == 2, "whom it was about, by name"
    assert "siempre queda" in send(client, f"{STAFF}{admin.id}", {"do": "deactivate"}, follow_redirects=True).text
    assert kinds(session)[1:] == [audit.STAFF_ROLE, audit.STAFF_ACTIVE]


def test_a_lost_second_factor_is_taken_off_and_all_his_browsers_are_out(
    app: Flask, client: FlaskClient, session: Session, agent: Staff, admin: Staff
) -> None:
    log_in(client, LOGIN, admin.email)
    theirs = app.test_client()
    log_in(theirs, LOGIN, agent.email)
    enrol(session, agent)
    send(client, f"{STAFF}{agent.id}", {"do": "second_factor"})
    assert not second_factor.is_on(session, agent)
    session.commit()
    assert theirs.get("/consola/").status_code == 302


def test_the_command_line_takes_a_lost_second_factor_off_too(app: Flask, session: Session, admin: Staff) -> None:
    enrol(session, admin)
    done = app.test_cli_runner().invoke(args=["staff", "second-factor-off", admin.email])
    assert done.exit_code == 0, done.output
    session.expire_all()
    assert not second_factor.is_on(session, admin)
    assert kinds(session) == [audit.FACTOR_OFF]


def test_a_new_password_needs_the_old_one_and_ends_the_other_browsers(
    app: Flask, client: FlaskClient, session: Session, agent: Staff
) -> None:
    other = app.test_client()
    log_in(other, LOGIN, agent.email)
    log_in(client, LOGIN, agent.email)
    path = f"{MINE}contrasena"
    assert send(client, path, {"old": "no es ésta", "new": "otra clave larga"}, form=MINE).status_code == 422
    assert send(client, path, {"old": PASSWORD, "new": "corta"}, form=MINE).status_code == 422
    assert send(client, path, {"old": PASSWORD, "new": "otra clave larga"}, form=MINE).status_code == 302
    assert client.get("/consola/").status_code == 200 and other.get("/consola/").status_code == 302
    assert log_in(app.test_client(), LOGIN, agent.email, "otra clave larga").status_code == 302


def test_a_browser_is_logged_out_from_the_list(app: Flask, client: FlaskClient, agent: Staff) -> None:
    other = app.test_client()
    log_in(other, LOGIN, agent.email)
    log_in(client, LOGIN, agent.email)
    (shown,) = re.findall(r"sesiones/(\w+)/cerrar", client.get(MINE).text)
    send(client, f"{MINE}sesiones/{shown}/cerrar", form=MINE)
    assert other.get("/consola/").status_code == 302 and client.get("/consola/").status_code == 200


def test_who_reads_a_customers_file_stands_in_the_log(
    client: FlaskClient, session: Session, agent: Staff, carla: Customer, settings
) -> None:  # type: ignore[no-untyped-def]
    from escalation import attachments
    from escalation.file_store import StoredFile
    from escalation.models import new_id

    ticket = opened(session, carla)
    file = attachments.add(session, StoredFile(new_id(), "captura.png", "image/png", 9, new_id()), "c-1", carla, ticket.created_at)
    file.ticket_id = ticket.id
    session.commit()
    log_in(client, LOGIN, agent.email)
    client.get(f"/consola/adjuntos/{file.id}")
    (entry,) = audit.rows(session, Wanted(kind=audit.ATTACHMENT_READ))
    assert (entry.actor_id, entry.subject, entry.detail) == (agent.id, file.id, {"ticket": ticket.id})


def test_the_log_is_filtered_paged_and_taken_along_and_that_is_noted_too(
    client: FlaskClient, session: Session, agent: Staff, admin: Staff
) -> None:
    for number in range(audit.PAGE + 1):
        audit.record(session, audit.EXPORTED, Actor(agent), f"=row {number}", datetime.now(UTC))
    session.commit()
    log_in(client, LOGIN, admin.email)
    page = client.get("/consola/auditoria/?kind=exported").text
    assert "=row 1<" in page and "=row 0<" not in page
    following = re.search(r'rel="next" href="([^"]+)"', page).group(1).replace("&amp;", "&")
    assert "=row 0<" in client.get(following).text
    assert "Ninguna línea" in client.get(f"/consola/auditoria/?actor={admin.id}&kind=exported").text
    taken = client.get(f"/consola/auditoria/csv?actor={agent.id}")
    assert taken.mimetype == "text/csv" and taken.text.startswith("\ufeffmomento;") and "'=row 5" in taken.text
    assert kinds(session)[-1] == audit.EXPORTED


@pytest.mark.parametrize("path", [STAFF, "/consola/auditoria/", "/consola/auditoria/csv"])
def test_what_is_the_administrators_an_agent_does_not_see(client: FlaskClient, agent: Staff, path: str) -> None:
    log_in(client, LOGIN, agent.email)
    assert client.get(path).status_code == 403
    assert csrf(client.get("/consola/").text)
