"""The life of a ticket, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation import tickets
from escalation.errors import InvalidReport, NotAllowed, NotFound, StaleTicket
from escalation.models import Customer, OutboxRow, Staff, Status, Ticket
from escalation.tickets import FIELD_MAX, TRANSITIONS, Report, StaffUpdate
from tests.escalation.conftest import AREA_URL, NOW

MAIL_REPORT = Report(
    area="mail",
    fields={
        "description": "no me salen los mails con adjuntos",
        "error_message": "552 5.3.4 Message size exceeds fixed limit",
        "site": "ventas@panaderialola.com.ar",
        "mail_program": "Outlook",
        "frequency": "Siempre",
    },
    conversation_id="c-1",
)


def opened(session: Session, customer: Customer, key: str = "k-1") -> Ticket:
    ticket, _ = tickets.open_ticket(session, customer, MAIL_REPORT, key, AREA_URL, NOW)
    return ticket


def kinds(ticket: Ticket, session: Session) -> list[tuple[str, str | None, str | None]]:
    session.refresh(ticket)
    return [(event.kind, event.old, event.new) for event in ticket.events]


def test_a_report_becomes_a_ticket_with_event_and_confirmation_in_one_transaction(session: Session, carla: Customer) -> None:
    ticket = opened(session, carla)
    session.rollback()
    assert session.scalars(select(Ticket)).all() == []
    assert session.scalars(select(OutboxRow)).all() == []

    ticket = opened(session, carla)
    session.commit()
    assert kinds(ticket, session) == [("opened", None, "new")]
    (row,) = session.scalars(select(OutboxRow))
    assert row.recipient == "carla@panaderialola.com.ar"
    assert ticket.number in row.content["subject"]


def test_active_staff_are_notified_of_a_new_ticket(session: Session, carla: Customer, agent: Staff) -> None:
    opened(session, carla)
    assert {row.recipient for row in session.scalars(select(OutboxRow))} == {"carla@panaderialola.com.ar", agent.email}


def test_the_same_key_gives_the_same_ticket_and_no_second_mail(session: Session, carla: Customer) -> None:
    first, made_first = tickets.open_ticket(session, carla, MAIL_REPORT, "k", AREA_URL, NOW)
    second, made_second = tickets.open_ticket(session, carla, MAIL_REPORT, "k", AREA_URL, NOW)
    assert (made_first, made_second) == (True, False)
    assert first is second
    assert len(session.scalars(select(OutboxRow)).all()) == 1


def test_a_key_of_another_customer_is_refused_and_tells_nothing(session: Session, carla: Customer, bruno: Customer) -> None:
    number = opened(session, carla, "k").number
    with pytest.raises(InvalidReport) as refused:
        tickets.open_ticket(session, bruno, MAIL_REPORT, "k", AREA_URL, NOW)
    assert number not in str(refused.value)


@pytest.mark.parametrize(
    ("area", "fields", "named"),
    [
        ("mail", {"description": "   "}, "description"),
        ("mail", {}, "description"),
        ("mail", {"description": "x", "colour": "red"}, "colour"),
        ("weather", {"description": "x"}, "area"),
        ("mail", {"description": "x" * (FIELD_MAX + 1)}, "description"),
    ],
)
def test_a_report_that_cannot_be_taken_says_which_field(
    session: Session, carla: Customer, area: str, fields: dict[str, str], named: str
) -> None:
    with pytest.raises(InvalidReport) as refused:
        tickets.open_ticket(session, carla, Report(area=area, fields=fields), "k", AREA_URL, NOW)
    assert named in refused.value.fields


def test_numbers_are_human_and_do_not_leak_volume(session: Session, carla: Customer) -> None:
    numbers = [opened(session, carla, f"k-{index}").number for index in range(20)]
    assert len(set(numbers)) == 20
    assert numbers != sorted(numbers)
    assert not set("".join(number[4:] for number in numbers)) & set("01ILOU")


def test_a_long_description_gives_a_subject_cut_at_a_word(session: Session, carla: Customer) -> None:
    report = Report(area="site", fields={"description": "palabra " * 60})
    ticket, _ = tickets.open_ticket(session, carla, report, None, AREA_URL, NOW)
    assert len(ticket.subject) <= 120 and ticket.subject.endswith("palabra…")


@pytest.mark.parametrize("before", [Status.WAITING, Status.SOLVED, Status.CLOSED])
def test_a_customers_reply_opens_a_ticket_again(session: Session, carla: Customer, agent: Staff, before: Status) -> None:
    ticket = opened(session, carla)
    tickets.update_as_staff(session, ticket, agent, StaffUpdate("", before, ticket.version), AREA_URL, NOW)
    session.commit()
    tickets.reply_as_customer(session, ticket, "Sigue igual.", NOW + timedelta(hours=1))
    session.commit()
    assert ticket.status == Status.OPEN
    assert ("status", before, "open") in kinds(ticket, session)


def test_a_reply_to_a_new_ticket_leaves_it_new(session: Session, carla: Customer) -> None:
    ticket = opened(session, carla)
    tickets.reply_as_customer(session, ticket, "Agrego un dato.", NOW)
    assert ticket.status == Status.NEW


@pytest.mark.parametrize("old", list(Status))
@pytest.mark.parametrize("new", list(Status))
def test_staff_can_make_only_the_changes_of_the_table(
    session: Session, carla: Customer, agent: Staff, old: Status, new: Status
) -> None:
    ticket = opened(session, carla)
    ticket.status = old
    session.flush()
    update = StaffUpdate("Una respuesta.", new, ticket.version)
    if new == old or new in TRANSITIONS[old]:
        tickets.update_as_staff(session, ticket, agent, update, AREA_URL, NOW)
        assert ticket.status == new
    else:
        with pytest.raises(NotAllowed):
            tickets.update_as_staff(session, ticket, agent, update, AREA_URL, NOW)


def test_an_answer_is_mailed_and_an_internal_note_is_not(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = opened(session, carla)
    session.commit()
    note = StaffUpdate("Ojo con este cliente.", Status.NEW, ticket.version, internal=True)
    tickets.update_as_staff(session, ticket, agent, note, AREA_URL, NOW)
    session.commit()
    tickets.update_as_staff(session, ticket, agent, StaffUpdate("Ya está resuelto.", Status.SOLVED, ticket.version), AREA_URL, NOW)
    session.commit()
    bodies = [row.content["body"] for row in session.scalars(select(OutboxRow)) if row.recipient == "carla@panaderialola.com.ar"]
    assert sum("Ya está resuelto." in body for body in bodies) == 1
    assert not any("Ojo con" in body for body in bodies)


def test_the_second_of_two_agents_does_not_overwrite_the_first(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = opened(session, carla)
    session.commit()
    seen = ticket.version
    tickets.update_as_staff(session, ticket, agent, StaffUpdate("Primera.", Status.OPEN, seen), AREA_URL, NOW)
    session.commit()
    with pytest.raises(StaleTicket):
        tickets.update_as_staff(session, ticket, agent, StaffUpdate("Segunda.", Status.CLOSED, seen), AREA_URL, NOW)


def test_a_customers_reply_in_between_also_counts_as_a_change(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = opened(session, carla)
    session.commit()
    seen = ticket.version
    tickets.reply_as_customer(session, ticket, "¡No cierren!", NOW + timedelta(minutes=1))
    session.commit()
    with pytest.raises(StaleTicket):
        tickets.update_as_staff(session, ticket, agent, StaffUpdate("", Status.CLOSED, seen), AREA_URL, NOW)


def test_nothing_to_say_and_nothing_to_change_is_refused(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = opened(session, carla)
    with pytest.raises(InvalidReport):
        tickets.update_as_staff(session, ticket, agent, StaffUpdate("  ", Status.NEW, ticket.version), AREA_URL, NOW)


def test_a_ticket_of_somebody_else_is_not_found(session: Session, carla: Customer, bruno: Customer) -> None:
    number = opened(session, carla).number
    assert tickets.find(session, number.lower(), carla).number == number
    with pytest.raises(NotFound):
        tickets.find(session, number, bruno)
