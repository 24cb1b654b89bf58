"""News of an incident: one mail to each affected customer, within caps, none twice, in one thread, and nobody else kept waiting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escalation import outbox
from escalation.mail import addresses, caps, incident
from escalation.mail.incident import Affected, News, Phase, Queued
from escalation.models import Customer, CustomerAddress, OutboxRow, Ticket
from tests.mail.conftest import BRUNO, CARLA, LONG_AGO, MailRoom, customer, hashed, letter

NOW = datetime(2026, 11, 30, 13, 0, tzinfo=UTC)
STARTED = News(
    "i7", "1", Phase.STARTED, "El correo del servidor sur no sale", "Cambiamos el disco.", "antes de las 12", "https://x.test/e"
)


@pytest.fixture
def session(mail_room: MailRoom) -> Iterator[Session]:
    with mail_room.read() as opened:
        yield opened
        opened.rollback()


def both(session: Session) -> list[Affected]:
    return [Affected(customer(session, "Carla Medina")), Affected(customer(session, "Bruno Ruiz"))]


def rows(session: Session) -> list[OutboxRow]:
    return list(session.scalars(select(OutboxRow).where(OutboxRow.key.like("incident-%")).order_by(OutboxRow.id)))


def test_each_customer_is_told_once_however_often_it_is_called(session: Session) -> None:
    carla = customer(session, "Carla Medina")
    assert incident.queue(session, STARTED, [*both(session), Affected(carla)], NOW) == Queued(2, 0, 0)
    assert incident.queue(session, STARTED, both(session), NOW) == Queued(0, 0, 0)
    assert sorted(row.recipient for row in rows(session)) == [BRUNO, CARLA]
    solved = News("i7", "2", Phase.SOLVED, STARTED.title, "Ya funciona.")
    assert incident.queue(session, solved, both(session), NOW).written == 2


def test_a_customer_whose_ticket_waits_on_it_answers_into_his_ticket(lite_room: MailRoom) -> None:
    lite_room.take(letter())
    lite_room.change(lambda session: incident.queue(session, STARTED, _with_ticket(session), NOW) and None)
    (row,) = lite_room.sent("incident-")
    mail = message_from_bytes(lite_room.as_mail(row), policy=policy.default)
    number = lite_room.ticket().number
    assert lite_room.room.house.marks.of_address(mail["Reply-To"].addresses[0].addr_spec) == number
    assert f"Su ticket {number} está unido a este incidente" in mail.get_body(("plain",)).get_content()
    assert mail["List-Unsubscribe"] is None and mail["Auto-Submitted"] == "auto-generated"


def _with_ticket(session: Session) -> list[Affected]:
    carla = customer(session, "Carla Medina")
    return [Affected(carla), Affected(carla, session.scalars(select(Ticket)).one())]


def test_who_may_end_the_news_is_told_how_and_all_stand_in_one_thread(lite_room: MailRoom) -> None:
    end = "https://front.test/incidentes/i7/baja"
    for number, phase in enumerate((Phase.STARTED, Phase.UPDATE, Phase.SOLVED)):
        news = News("i7", str(number), phase, STARTED.title, "Lo que se sabe.")
        lite_room.change(
            lambda session, news=news: (
                incident.queue(session, news, [Affected(customer(session, "Carla Medina"), None, end)], NOW) and None
            )
        )
    mails = [message_from_bytes(lite_room.as_mail(row), policy=policy.default) for row in lite_room.sent("incident-")]
    assert [mail["List-Unsubscribe"] for mail in mails] == [f"<{end}>"] * 3
    assert len({mail["References"] for mail in mails}) == 1 and len({mail["Message-ID"] for mail in mails}) == 3
    assert [str(mail["Subject"]).partition(":")[0] for mail in mails] == [STARTED.title, "Novedad", "Solucionado"]


def test_too_many_news_are_held_for_staff_to_see(session: Session) -> None:
    most = caps.INCIDENT_NEWS[0][1]
    for number in range(most + 1):
        news = News("i7", str(number), Phase.UPDATE, STARTED.title, "Sigue.")
        told = incident.queue(session, news, both(session)[:1], NOW + timedelta(hours=number))
    assert told == Queued(1, 1, 0)
    assert [row.state for row in rows(session)] == [outbox.PENDING] * most + [outbox.HELD]


def test_a_dead_address_is_passed_over_for_another_and_else_held(session: Session) -> None:
    carla, bruno = customer(session, "Carla Medina"), customer(session, "Bruno Ruiz")
    carla.addresses.append(CustomerAddress(address="carla@casa.test"))
    session.flush()
    for address in (CARLA, BRUNO):
        addresses.mark_dead(session, address, "5.1.1", NOW)
    assert incident.queue(session, STARTED, [Affected(carla), Affected(bruno)], NOW) == Queued(2, 1, 0)
    assert {row.recipient: row.state for row in rows(session)} == {"carla@casa.test": outbox.PENDING, BRUNO: outbox.HELD}


def test_who_is_blocked_or_has_no_address_gets_none(session: Session) -> None:
    carla, bruno = customer(session, "Carla Medina"), customer(session, "Bruno Ruiz")
    carla.blocked = True
    session.delete(bruno.addresses[0])
    session.flush()
    session.refresh(bruno)
    assert incident.queue(session, STARTED, [Affected(carla), Affected(bruno)], NOW) == Queued(0, 0, 1)


def test_thousands_of_letters_do_not_keep_a_code_waiting(session: Session) -> None:
    people = []
    for number in range(2 * incident.BATCH_MAX):
        person = Customer(name=f"Cliente {number}", password_hash=hashed(), created_at=LONG_AGO)
        person.addresses.append(CustomerAddress(address=f"c{number}@muchos.test"))
        people.append(person)
    session.add_all(people)
    session.flush()
    everybody = [Affected(person) for person in people]
    with pytest.raises(ValueError, match="at most"):
        incident.queue(session, STARTED, everybody, NOW)
    for start in (0, incident.BATCH_MAX):
        incident.queue(session, STARTED, everybody[start : start + incident.BATCH_MAX], NOW)
    outbox.enqueue_mail(session, "code-1", CARLA, "Su código", "123456", NOW + timedelta(seconds=5))
    session.flush()
    before = select(func.count()).where(OutboxRow.key.like("incident-%"), OutboxRow.due_at <= NOW + timedelta(seconds=5))
    # Of four hundred, those that leave within the same five seconds.
    assert session.scalar(before) <= 51
    last = session.scalar(select(func.max(OutboxRow.due_at)))
    assert last == NOW + incident.SPREAD * (len(people) - 1)
