"""Where the desk's rules meet the Área de Clientes, the mails, the chat and other programs: what each sees of the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import people, ratings, tickets
from escalation.chat_news import CHAT
from escalation.desk import asking, deadlines, merging, splitting, taking_back
from escalation.desk.splitting import Split
from escalation.desk.taking_back import TAKE_BACK
from escalation.errors import NotFound
from escalation.models import Area, Customer, OutboxRow, Staff, Status, Ticket
from escalation.outbox import PENDING, WEBHOOK
from escalation.webhooks import registry
from escalation.webhooks.events import EVENTS
from tests.escalation.area import enter, send, text_of
from tests.escalation.conftest import AREA_URL, NOW
from tests.escalation.desk_helpers import act, answer, events, mails, reported
from tests.escalation.test_business_hours import HOURS

AREA = "/area-clientes/"


@pytest.fixture
def pair(session: Session, carla: Customer, agent: Staff) -> tuple[Ticket, Ticket]:
    """A ticket that went into another one."""
    source, target = reported(session, carla, "Rebotan los correos"), reported(session, carla, "No salen los correos")
    tickets.reply_as_customer(session, source, "Sigue igual.", NOW, HOURS)
    session.commit()
    merging.merge(session, source, target, act(agent, source), AREA_URL, HOURS)
    session.commit()
    return source, target


def told(session: Session, channel: str) -> list[OutboxRow]:
    return list(session.scalars(select(OutboxRow).where(OutboxRow.channel == channel).order_by(OutboxRow.id)))


def test_a_merged_ticket_stands_in_the_list_as_the_one_that_it_went_into_and_its_address_leads_there(
    client: FlaskClient, session: Session, pair: tuple[Ticket, Ticket]
) -> None:
    source, target = pair
    page = enter(client).get(AREA).text
    assert page.count("card ticket") == 1 and f"tickets/{target.number}" in page and f"tickets/{source.number}" not in page
    assert "Usted, " not in text_of(page)
    moved = client.get(f"{AREA}tickets/{source.number}")
    assert (moved.status_code, moved.location) == (302, f"{AREA}tickets/{target.number}")
    shown = text_of(client.get(moved.location).text)
    assert f"Unimos a este ticket el {source.number}" in shown and "Sigue igual." in shown
    # Looked at, it is no news any more: nothing that he cannot open stays marked.
    assert "Novedad sin leer" not in client.get(AREA).text
    gone = send(client, f"{AREA}tickets/{source.number}", {"body": "Por la dirección vieja"}, form=f"{AREA}tickets/{target.number}")
    assert gone.location == f"{AREA}tickets/{target.number}"
    assert "Por la dirección vieja" in client.get(gone.location).text


def test_a_ticket_that_was_split_off_says_who_opened_it_and_the_old_one_where_it_is(
    client: FlaskClient, session: Session, carla: Customer, agent: Staff
) -> None:
    old = reported(session, carla, "Dos cosas")
    message = tickets.reply_as_customer(session, old, "Y además no puedo pagar la factura.", NOW, HOURS)
    wanted = Split([message.id], "Pago de la factura", Area.PAYMENT)
    made = splitting.split(session, old, wanted, act(agent, old), AREA_URL, HOURS)
    session.commit()
    assert "Novedad sin leer" in enter(client).get(AREA).text
    new = text_of(client.get(f"{AREA}tickets/{made.number}").text)
    assert "Novedad sin leer" not in client.get(AREA).text
    assert "no puedo pagar la factura" in new
    assert f"Soporte abrió este ticket con una parte del {old.number}" in new and "Usted abrió" not in new
    before = text_of(client.get(f"{AREA}tickets/{old.number}").text)
    assert f"Soporte abrió aparte el ticket {made.number}" in before and "Usted abrió el ticket" in before
    assert "no puedo pagar la factura" not in before


def test_the_chat_of_a_merged_ticket_goes_on_hearing_of_it(session: Session, carla: Customer, agent: Staff) -> None:
    report = tickets.Report("mail", {"description": "desde el chat"}, conversation_id="c-7")
    source, _ = tickets.open_ticket(session, carla, report, None, AREA_URL, NOW, HOURS)
    target = reported(session, carla, "por mail")
    merging.merge(session, source, target, act(agent, source), AREA_URL, HOURS)
    answer(session, target, agent, "Ya está.", Status.SOLVED)
    assert [row.recipient for row in told(session, CHAT)] == ["c-7"]


def test_an_answer_that_was_taken_back_is_heard_of_by_nobody(
    client: FlaskClient, session: Session, carla: Customer, agent: Staff
) -> None:
    report = tickets.Report("mail", {"description": "no sale"}, conversation_id="c-1")
    ticket, _ = tickets.open_ticket(session, carla, report, None, AREA_URL, NOW, HOURS)
    registry.register(session, "https://crm.example.com/", EVENTS, False, NOW)
    session.commit()
    now = datetime.now(UTC)
    before = [row.id for row in mails(session)]
    answer(session, ticket, agent, "Ya está.", Status.SOLVED, now, hold=TAKE_BACK)
    shown = text_of(enter(client).get(f"{AREA}tickets/{ticket.number}").text)
    assert "Ya está." not in shown
    taking_back.take_back(session, ticket.messages[-1], agent, now + timedelta(seconds=3), HOURS)
    session.commit()
    assert [row.id for row in mails(session)] == before
    assert told(session, WEBHOOK) == [] and told(session, CHAT) == []
    shown = text_of(client.get(f"{AREA}tickets/{ticket.number}").text)
    assert "resuelto" not in shown.lower().replace("ya se resolvió", "") and "volvió a" not in shown
    assert "Novedad sin leer" not in client.get(AREA).text


def test_while_an_answer_can_be_taken_back_the_customer_sees_nothing_of_what_came_with_it(
    client: FlaskClient, session: Session, carla: Customer, agent: Staff
) -> None:
    ticket = reported(session, carla)
    answer(session, ticket, agent, "¿Desde cuándo?", Status.WAITING, datetime.now(UTC), hold=TAKE_BACK)
    assert "Novedad sin leer" not in enter(client).get(AREA).text
    assert "espera su respuesta" not in text_of(client.get(f"{AREA}tickets/{ticket.number}").text).split("Mensajes y novedades")[1]


def test_asked_answered_solved_and_reopened_the_promise_is_always_one_that_can_be_kept(
    session: Session, carla: Customer, agent: Staff
) -> None:
    ticket = reported(session, carla, now=NOW)
    at = NOW
    for step in range(4):
        at += timedelta(minutes=10)
        asking.ask(session, ticket, ["site"], act(agent, ticket, at), AREA_URL, HOURS)
        session.commit()
        assert ticket.status == Status.WAITING and ticket.promised_at is None
        at += timedelta(days=1)
        tickets.reply_as_customer(session, ticket, f"sudominio{step}.com.ar", at, HOURS)
        session.commit()
        assert ticket.status == Status.OPEN and ticket.promised_at is not None and ticket.promised_at > at
    answer(session, ticket, agent, "Listo.", Status.SOLVED, at)
    assert ticket.promised_at is None and ticket.promise_left is None
    tickets.reply_as_customer(session, ticket, "Otra vez.", at + timedelta(days=30), HOURS)
    session.commit()
    assert ticket.promised_at > at + timedelta(days=30)


def test_a_new_time_is_told_where_he_asked_too(session: Session, carla: Customer, agent: Staff) -> None:
    report = tickets.Report("mail", {"description": "no sale"}, conversation_id="c-1")
    ticket, _ = tickets.open_ticket(session, carla, report, None, AREA_URL, NOW, HOURS)
    session.commit()
    deadlines.renew(session, ticket, ticket.promised_at - timedelta(minutes=15), HOURS, AREA_URL)
    session.commit()
    (row,) = told(session, CHAT)
    assert (row.recipient, row.state) == ("c-1", PENDING) and "le responderemos" in row.content["body"]
    assert ticket.number in row.content["body"] and [kind for kind, *_ in events(session, ticket, "promise_renewed")]


def test_who_is_blocked_rates_nothing_by_an_old_link(client: FlaskClient, session: Session, carla: Customer, agent: Staff) -> None:
    ticket = reported(session, carla)
    answer(session, ticket, agent, "Listo.", Status.SOLVED, datetime.now(UTC))
    words = " ".join(row.content["body"] for row in mails(session)).split()
    (link,) = {word.removeprefix("http://desk.test") for word in words if "/valorar/" in word}
    session.commit()
    assert client.get(link).status_code == 200
    people.set_blocked(session, carla, True)
    session.commit()
    assert client.get(link).status_code == 410
    with pytest.raises(NotFound):
        ratings.ticket_of_link(session, ticket.number, link.rpartition("/")[2], datetime.now(UTC))
    session.rollback()


def test_links_in_what_soporte_writes_can_be_followed_and_nothing_else_of_it_is_html(
    client: FlaskClient, session: Session, carla: Customer, agent: Staff
) -> None:
    ticket = reported(session, carla, "ver https://sudominio.com.ar/<b>x</b>")
    answer(
        session,
        ticket,
        agent,
        "Lea https://ayuda.csiserver.com/correo. <img src=x onerror=alert(1)> javascript:alert(1)",
        Status.WAITING,
    )
    page = enter(client).get(f"{AREA}tickets/{ticket.number}").text
    assert '<a href="https://ayuda.csiserver.com/correo" rel="nofollow noopener noreferrer ugc">' in page
    assert "<img src=x" not in page and 'href="javascript' not in page and "<b>x" not in page
