"""A forgotten password: the same words for everybody, one use, one hour, and whoever else was in is out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import bonds, customers, outbox, recovery, sessions
from escalation.area_models import RecoveryLink
from escalation.errors import InvalidReport, LoginFailed, NotFound
from escalation.models import Customer, LoginSession, OutboxRow
from escalation.recovery import LIFETIME, MAX_PER_ADDRESS, MAX_PER_ORIGIN, WINDOW
from escalation.sessions import Kind
from escalation.throttle import Origin
from tests.escalation.area import BRUNO, CARLA, enter, link_in, mails, send
from tests.escalation.conftest import AREA_URL, NOW, PASSWORD

HOME = Origin("10.0.0.1", "key")
ASK, NEW = "/area-clientes/recuperar", "otra clave más larga"


def asked(session: Session, email: str = CARLA, origin: Origin = HOME, now: datetime = NOW) -> str:
    """The token of the newest link."""
    recovery.send_link(session, email, origin, AREA_URL, now)
    session.commit()
    row = mails(session, email.lower())[-1]
    return link_in(row).rpartition("/")[2]


def test_the_link_leads_to_a_new_password_and_works_once(session: Session, carla: Customer) -> None:
    token = asked(session, CARLA.upper())
    assert recovery.customer_of(session, token, NOW).id == carla.id
    recovery.choose_password(session, token, NEW, HOME, NOW)
    assert customers.prove_customer(session, CARLA, NEW, HOME, NOW).id == carla.id
    with pytest.raises(LoginFailed):
        customers.prove_customer(session, CARLA, PASSWORD, HOME, NOW)
    with pytest.raises(NotFound):
        recovery.choose_password(session, token, "una tercera clave", HOME, NOW)


def test_a_link_is_over_after_an_hour_and_ended_by_the_use_of_another(session: Session, carla: Customer) -> None:
    old = asked(session)
    with pytest.raises(NotFound):
        recovery.customer_of(session, old, NOW + LIFETIME)
    newer = asked(session)
    assert recovery.customer_of(session, old, NOW)
    recovery.choose_password(session, newer, NEW, HOME, NOW)
    with pytest.raises(NotFound):
        recovery.customer_of(session, old, NOW)


def test_everybody_else_who_was_in_is_out_and_all_addresses_are_told(session: Session, carla: Customer, bruno: Customer) -> None:
    for owner in (carla, bruno):
        sessions.start(session, Kind.CUSTOMER, owner.id, timedelta(hours=1), NOW)
    bonds.bind(session, "c-1", carla, timedelta(hours=1), NOW)
    carla.addresses.append(type(carla.addresses[0])(address="lola@gmail.com"))
    recovery.choose_password(session, asked(session), NEW, HOME, NOW)
    session.flush()
    assert [row.owner_id for row in session.scalars(select(LoginSession))] == [bruno.id]
    assert bonds.customer_of(session, "c-1", NOW) is None
    session.commit()
    told = {row.recipient for row in mails(session) if "cambiada" in row.content["subject"]}
    assert told == {CARLA, "lola@gmail.com"}


@pytest.mark.parametrize("password", ["corta", "x" * 201, CARLA, PASSWORD])
def test_a_password_that_is_no_good_leaves_the_link_usable(session: Session, carla: Customer, password: str) -> None:
    token = asked(session)
    with pytest.raises(InvalidReport):
        recovery.choose_password(session, token, password, HOME, NOW)
    session.rollback()
    recovery.choose_password(session, token, NEW, HOME, NOW)


def test_an_unknown_and_a_blocked_address_leave_rows_but_no_mail(session: Session, carla: Customer) -> None:
    carla.blocked = True
    session.commit()
    for email in ("nadie@panaderialola.com.ar", CARLA, "no es una dirección\x00"):
        recovery.send_link(session, email, HOME, AREA_URL, NOW)
    session.commit()
    rows = mails(session)
    assert [row.state for row in rows] == [outbox.VOID] * 3
    assert all(row.content["body"] == "" and row.recipient == "nobody@invalid" for row in rows)
    links = session.scalars(select(RecoveryLink)).all()
    assert len(links) == 3 and all(link.customer_id is None and "panaderia" not in link.account for link in links)


def test_nobodys_mailbox_is_filled_and_no_sender_asks_without_end(session: Session, carla: Customer) -> None:
    for number in range(MAX_PER_ADDRESS + 2):
        recovery.send_link(session, CARLA, Origin(f"10.0.0.{number}", "key"), AREA_URL, NOW)
    assert len(session.scalars(select(OutboxRow)).all()) == MAX_PER_ADDRESS
    recovery.send_link(session, CARLA, HOME, AREA_URL, NOW + WINDOW)
    assert len(session.scalars(select(OutboxRow)).all()) == MAX_PER_ADDRESS + 1
    session.rollback()
    for number in range(MAX_PER_ORIGIN + 2):
        recovery.send_link(session, f"{number}@x.com.ar", HOME, AREA_URL, NOW)
    assert len(session.scalars(select(OutboxRow)).all()) == MAX_PER_ORIGIN


def test_a_blocked_customers_link_is_worth_nothing(session: Session, carla: Customer) -> None:
    token = asked(session)
    carla.blocked = True
    session.commit()
    with pytest.raises(NotFound):
        recovery.choose_password(session, token, NEW, HOME, NOW)


def test_the_secret_is_forgotten_once_the_mail_left(session: Session, carla: Customer) -> None:
    asked(session)
    (row,) = mails(session)
    outbox.mark_sent(session, row.id, NOW)
    session.commit()
    assert mails(session)[0].content["body"] == ""


def test_the_pages_say_the_same_for_every_address_and_lead_to_the_log_in(
    client: FlaskClient, session: Session, carla: Customer, bruno: Customer
) -> None:
    answers = {send(client, ASK, {"email": email}).text for email in (CARLA, "nadie@x.com.ar", "no-es-mail", "")}
    assert len(answers) == 1 and "Si esa dirección está registrada" in answers.pop()
    path = link_in(mails(session, CARLA)[0])
    assert client.get(path).status_code == 200
    assert "No es igual" in send(client, path, {"password": NEW, "again": "otra"}).text
    short = send(client, path, {"password": "corta", "again": "corta"})
    assert short.status_code == 422 and "al menos 10 caracteres" in short.text
    assert 'aria-invalid="true"' in short.text and 'id="password-wrong"' in short.text
    done = send(client, path, {"password": NEW, "again": NEW})
    assert done.location == "/area-clientes/ingresar"
    assert client.get(path).status_code == 410 and "Pida otro enlace" in client.get(path).text
    enter(client, CARLA, NEW)
    enter(client, BRUNO)


def test_a_link_nobody_issued_is_over_too(client: FlaskClient) -> None:
    assert client.get(f"{ASK}/cualquier-cosa").status_code == 410
    assert send(client, f"{ASK}/cualquier-cosa", {"password": NEW, "again": NEW}, form=ASK).status_code == 410


def test_who_guessed_wrong_too_often_gets_in_with_the_new_password(client: FlaskClient, session: Session, carla: Customer) -> None:
    for _ in range(5):
        send(client, "/area-clientes/ingresar", {"email": CARLA, "password": "no me acuerdo"})
    send(client, ASK, {"email": CARLA})
    send(client, link_in(mails(session, CARLA)[0]), {"password": NEW, "again": NEW})
    enter(client, CARLA, NEW)


def test_links_of_the_past_are_dropped(session: Session, carla: Customer) -> None:
    asked(session)
    recovery.send_link(session, CARLA, HOME, AREA_URL, NOW + timedelta(days=1))
    session.commit()
    assert [row.created_at.astimezone(UTC) for row in session.scalars(select(RecoveryLink))] == [NOW + timedelta(days=1)]
