"""The account in the customer's own hands: password, open sessions, registered addresses."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import account, addresses, bonds, codes, people, recovery, sessions
from escalation.addresses import ADDRESSES_MAX, LIFETIME, MAX_PER_HOUR, WINDOW
from escalation.browsers import family
from escalation.customers import customer_of_address
from escalation.errors import InvalidReport, LoginFailed, NotAllowed, NotFound, TooManyAttempts
from escalation.models import Customer, CustomerAddress, LoginSession
from escalation.outbox import VOID
from escalation.sessions import NOTED_EVERY, Kind
from escalation.throttle import Origin
from tests.escalation.area import BRUNO, CARLA, enter, link_in, mails, send
from tests.escalation.conftest import AREA_URL, NOW, PASSWORD

PASSWORD_FORM, LOGINS, ADDRESSES = (f"/area-clientes/cuenta/{name}" for name in ("contrasena", "sesiones", "direcciones"))
HOME = Origin("10.0.0.1", "key")
NEW, LOLA = "otra clave más larga", "lola@gmail.com"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"


def test_the_password_changes_for_who_knows_the_old_one_and_others_are_out(
    app: Flask, client: FlaskClient, session: Session, carla: Customer
) -> None:
    phone = enter(app.test_client())
    enter(client)
    form = {"password": NEW, "again": NEW}
    wrong = send(client, PASSWORD_FORM, {**form, "old": "adivino"})
    assert wrong.status_code == 422 and "La contraseña actual no es correcta" in wrong.text
    assert send(client, PASSWORD_FORM, {**form, "old": PASSWORD, "again": "otra"}).status_code == 422
    assert "ya tenía" in send(client, PASSWORD_FORM, {"old": PASSWORD, "password": PASSWORD, "again": PASSWORD}).text
    assert phone.get("/area-clientes/").status_code == 200
    assert send(client, PASSWORD_FORM, {**form, "old": PASSWORD}).location == "/area-clientes/cuenta"
    assert client.get("/area-clientes/").status_code == 200
    assert phone.get("/area-clientes/").status_code == 302
    assert [row.content["subject"] for row in mails(session, CARLA)] == ["Su contraseña fue cambiada"]
    enter(phone, CARLA, NEW)


def test_who_sits_at_an_open_session_cannot_guess_the_password_for_long(client: FlaskClient, carla: Customer) -> None:
    enter(client)
    for _ in range(5):
        send(client, PASSWORD_FORM, {"old": "adivino", "password": NEW, "again": NEW})
    right = send(client, PASSWORD_FORM, {"old": PASSWORD, "password": NEW, "again": NEW})
    assert right.status_code == 422 and "demasiados intentos" in right.text


def test_sessions_are_listed_with_their_browser_and_ended_one_by_one_or_all(
    app: Flask, client: FlaskClient, session: Session, carla: Customer, bruno: Customer
) -> None:
    office = enter(app.test_client())
    office.get("/area-clientes/", headers={"User-Agent": CHROME})
    home, foreign = enter(app.test_client()), enter(app.test_client(), BRUNO)
    enter(client)
    page = client.get(LOGINS).text
    assert "Chrome en Windows" in page and page.count("cuenta/sesiones/") == 3 and page.count(">Ésta<") == 1
    named = session.scalars(select(LoginSession).where(LoginSession.browser == "Chrome en Windows")).one()
    session.commit()
    assert send(client, f"{LOGINS}/{sessions.public_id(named)}/cerrar", form=LOGINS).status_code == 302
    assert office.get("/area-clientes/").status_code == 302
    assert home.get("/area-clientes/").status_code == 200
    send(client, f"{LOGINS}/cerrar-otras", form=LOGINS)
    assert home.get("/area-clientes/").status_code == 302
    assert client.get("/area-clientes/").status_code == foreign.get("/area-clientes/").status_code == 200


def test_nobody_ends_anothers_session(app: Flask, client: FlaskClient, session: Session, carla: Customer, bruno: Customer) -> None:
    victim = enter(app.test_client())
    enter(client, BRUNO)
    logins = session.scalars(select(LoginSession)).all()
    session.commit()
    for login in logins:
        if login.owner_id == carla.id:
            send(client, f"{LOGINS}/{sessions.public_id(login)}/cerrar", form=LOGINS)
    assert victim.get("/area-clientes/").status_code == 200


def test_a_use_is_noted_now_and_then(session: Session, carla: Customer) -> None:
    token = sessions.start(session, Kind.CUSTOMER, carla.id, timedelta(hours=12), NOW)
    assert sessions.use_is_old(session, token, NOW)
    sessions.note_use(session, token, "Firefox en Linux", NOW)
    session.expire_all()
    assert not sessions.use_is_old(session, token, NOW + NOTED_EVERY - timedelta(seconds=1))
    assert sessions.use_is_old(session, token, NOW + NOTED_EVERY)
    assert not sessions.use_is_old(session, "of nobody", NOW)
    (login,) = sessions.live_of(session, Kind.CUSTOMER, carla.id, NOW)
    assert (login.browser, login.last_used_at) == ("Firefox en Linux", NOW)
    assert sessions.live_of(session, Kind.CUSTOMER, carla.id, NOW + timedelta(hours=12)) == []


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (CHROME, "Chrome en Windows"),
        (f"{CHROME} Edg/131.0.0.0", "Edge en Windows"),
        (f"{CHROME} OPR/115.0", "Opera en Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox en Linux"),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-A515F) SamsungBrowser/26.0 Chrome/122.0 Mobile Safari/537.36",
            "Samsung Internet en Android",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1", "Safari en iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605.1.15", "Safari en Mac"),
        ("<script>alert(1)</script>", "Un navegador"),
        ("", "Un navegador"),
    ],
)
def test_a_browser_is_named_so_that_its_owner_knows_it(header: str, shown: str) -> None:
    assert family(header) == shown


def ask(session: Session, customer: Customer, email: str = LOLA) -> str:
    """The token of the link."""
    addresses.ask_to_add(session, customer, email, AREA_URL, NOW)
    session.commit()
    return link_in(mails(session, email)[-1]).rpartition("/")[2]


def test_an_address_is_his_once_he_proved_it_and_all_are_told(session: Session, carla: Customer) -> None:
    token = ask(session, carla)
    assert customer_of_address(session, LOLA) is None
    assert addresses.asked(session, carla, token, NOW) == LOLA
    addresses.confirm(session, carla, token, NOW)
    session.commit()
    assert customer_of_address(session, LOLA) is carla
    told = [row for row in mails(session) if row.content["subject"] == "Se agregó una dirección a su cuenta"]
    assert {row.recipient for row in told} == {CARLA, LOLA}
    with pytest.raises(NotFound):
        addresses.confirm(session, carla, token, NOW)


def test_a_link_proves_nothing_for_another_customer_or_after_a_day(session: Session, carla: Customer, bruno: Customer) -> None:
    token = ask(session, carla)
    for customer, now in ((bruno, NOW), (carla, NOW + LIFETIME)):
        with pytest.raises(NotFound):
            addresses.confirm(session, customer, token, now)


def test_an_address_of_another_customer_is_answered_alike_and_never_taken(
    session: Session, carla: Customer, bruno: Customer
) -> None:
    assert addresses.ask_to_add(session, carla, BRUNO.upper(), AREA_URL, NOW) == BRUNO
    session.commit()
    assert [row.state for row in mails(session)] == [VOID]
    token = ask(session, carla)
    bruno.addresses.append(CustomerAddress(address=LOLA))
    session.commit()
    with pytest.raises(NotFound):
        addresses.confirm(session, carla, token, NOW)


def test_addresses_have_their_limits(session: Session, carla: Customer) -> None:
    for email, reason in ((CARLA, "own"), ("no-es-mail", None)):
        with pytest.raises(InvalidReport) as wrong:
            addresses.ask_to_add(session, carla, email, AREA_URL, NOW)
        assert reason is None or wrong.value.fields["email"] == reason
    for number in range(MAX_PER_HOUR):
        addresses.ask_to_add(session, carla, f"{number}@x.com.ar", AREA_URL, NOW)
    with pytest.raises(TooManyAttempts):
        addresses.ask_to_add(session, carla, LOLA, AREA_URL, NOW)
    addresses.ask_to_add(session, carla, LOLA, AREA_URL, NOW + WINDOW)
    carla.addresses.extend(CustomerAddress(address=f"m{number}@x.com.ar") for number in range(ADDRESSES_MAX - 1))
    session.flush()
    with pytest.raises(InvalidReport):
        addresses.ask_to_add(session, carla, LOLA, AREA_URL, NOW + 2 * WINDOW)


def test_an_address_goes_and_the_last_one_stays(session: Session, carla: Customer, bruno: Customer) -> None:
    addresses.confirm(session, carla, ask(session, carla), NOW)
    session.commit()
    with pytest.raises(NotFound):
        addresses.remove(session, carla, BRUNO, NOW)
    addresses.remove(session, carla, CARLA, NOW)
    session.commit()
    assert [item.address for item in carla.addresses] == [LOLA]
    gone = [row.recipient for row in mails(session) if row.content["subject"] == "Se quitó una dirección de su cuenta"]
    assert set(gone) == {CARLA, LOLA}
    with pytest.raises(NotAllowed):
        addresses.remove(session, carla, LOLA, NOW)


def test_the_pages_add_with_the_password_and_take_the_link_by_a_button(
    client: FlaskClient, session: Session, carla: Customer, bruno: Customer
) -> None:
    enter(client)
    assert "no es correcta" in send(client, ADDRESSES, {"email": LOLA, "password": "adivino"}).text
    assert mails(session) == []
    wrong = send(client, ADDRESSES, {"email": "lola", "password": PASSWORD})
    assert wrong.status_code == 422 and 'value="lola"' in wrong.text
    taken, free = (send(client, ADDRESSES, {"email": email, "password": PASSWORD}).status_code for email in (BRUNO, LOLA))
    assert taken == free == 302
    path = link_in(mails(session, LOLA)[0])
    assert LOLA in client.get(path).text and customer_of_address(session, LOLA) is None
    session.commit()
    assert send(client, path).location == ADDRESSES
    assert customer_of_address(session, LOLA).id == carla.id
    session.commit()
    assert client.get(path).status_code == 410
    assert send(client, path, form=ADDRESSES).status_code == 410
    for address in (CARLA, LOLA, BRUNO):
        send(client, f"{ADDRESSES}/quitar", {"address": address}, form=ADDRESSES)
    session.expire_all()
    assert [item.address for item in carla.addresses] == [LOLA] and len(bruno.addresses) == 1


def test_the_link_asks_who_is_not_logged_in_to_log_in_first(client: FlaskClient, session: Session, carla: Customer) -> None:
    path = f"{ADDRESSES}/confirmar/{ask(session, carla)}"
    answer = client.get(path)
    assert answer.status_code == 302 and f"next={path}" in answer.location


@pytest.mark.parametrize("way", ["in the Área", "by command"])
def test_with_the_password_go_the_links_codes_and_chats_that_who_knew_it_may_have_got(
    session: Session, carla: Customer, way: str
) -> None:
    now = datetime.now(UTC)
    recovery.send_link(session, CARLA, HOME, AREA_URL, now)
    codes.send_code(session, "c-1", CARLA, "session", now)
    bonds.bind(session, "c-2", carla, timedelta(hours=1), now)
    session.commit()
    token = link_in(next(row for row in mails(session, CARLA) if "recuperar" in row.content["body"])).rpartition("/")[2]
    code = re.search(r"\b\d{6}\b", next(row for row in mails(session, CARLA) if "code-" in row.key).content["body"]).group()
    if way == "by command":
        people.set_password(session, carla, "una clave nueva y larga")
    else:
        account.change_password(session, carla, "una clave nueva y larga", None, now)
    session.commit()
    with pytest.raises(NotFound):
        recovery.choose_password(session, token, "la clave del intruso", HOME, now)
    with pytest.raises(LoginFailed):
        codes.prove_code(session, "c-1", code, "session", now)
    assert bonds.customer_of(session, "c-2", now) is None
    session.rollback()
