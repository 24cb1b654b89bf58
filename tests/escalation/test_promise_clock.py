"""A promised time runs in open hours, rests while the customer's turn lasts, and never lapses in silence. Reckoned by hand.

Fridays, holidays and the like are those of 2026; the desk is open from 9 to 18, Monday to Friday. Without known answers and
with one agent, mail is promised 4 h of open time from now on, rounded up to the full hour, plus 0:24 for each ticket that waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from escalation import customer_tickets, tickets
from escalation.customers import register_staff
from escalation.desk import asking, deadlines, properties, targets
from escalation.desk.clock import STAFFS_TURN
from escalation.desk.steps import EVERY, Steps
from escalation.models import Author, Customer, Role, Staff, Status, Ticket, TicketMessage
from escalation.settings import Settings
from tests.escalation.conftest import AREA_URL, PASSWORD
from tests.escalation.desk_helpers import act, answer, events, mails, reported
from tests.escalation.test_business_hours import HOURS, here

CARLA = "carla@panaderialola.com.ar"
PROMISES = ("promise_made", "promise_kept", "promise_paused", "promise_resumed", "promise_renewed", "promise_dropped")


def iso(text: str) -> str:
    return here(text).isoformat()


def ask(session: Session, ticket: Ticket, agent: Staff, at: str) -> None:
    asking.ask(session, ticket, ["error_message"], act(agent, ticket, here(at)), AREA_URL, HOURS)
    session.commit()


def reply(session: Session, ticket: Ticket, at: str) -> None:
    tickets.reply_as_customer(session, ticket, "Dice 552.", here(at), HOURS)
    session.commit()


@pytest.mark.parametrize(
    ("opened", "promised", "asked", "replied", "resumed"),
    [
        # Tuesday 10:00 + 4 h; asked at 11:00, 3 h left; answered on the same day at 13:00.
        ("2026-11-24T10:00", "2026-11-24T14:00", "2026-11-24T11:00", "2026-11-24T13:00", "2026-11-24T16:00"),
        # 3 h left at 11:00 of Thursday; Friday 17:00, then the Monday that is a holiday, 2 h of Tuesday.
        ("2026-11-19T10:00", "2026-11-19T14:00", "2026-11-19T11:00", "2026-11-20T17:00", "2026-11-24T11:00"),
        # Asked at 10:30, 3:30 left; 12:00 + 3:30 = 15:30, up to 16.
        ("2026-11-24T10:00", "2026-11-24T14:00", "2026-11-24T10:30", "2026-11-24T12:00", "2026-11-24T16:00"),
        # Ten minutes left are an hour, and 9:20 + 1 h is up to 11.
        ("2026-11-24T10:00", "2026-11-24T14:00", "2026-11-24T13:50", "2026-11-25T09:20", "2026-11-25T11:00"),
        # Opened on Friday evening: 13:00 of Tuesday. Asked on Sunday, nothing has passed; answered on the holiday: the same.
        ("2026-11-20T19:00", "2026-11-24T13:00", "2026-11-22T12:00", "2026-11-23T20:00", "2026-11-24T13:00"),
        # Thursday before Carnival 16:00: 2 h of it, 2 h of Friday; asked on Friday 9:30, 1:30 left; Ash Wednesday 8:00.
        ("2026-02-12T16:00", "2026-02-13T11:00", "2026-02-13T09:30", "2026-02-18T08:00", "2026-02-18T11:00"),
        # Wednesday before Easter 17:00; Monday 12:00. Asked at 17:30, 3:30 left; answered on Good Friday: Monday 12:30, up to 13.
        ("2026-04-01T17:00", "2026-04-06T12:00", "2026-04-01T17:30", "2026-04-03T11:00", "2026-04-06T13:00"),
        # The last day of the year 16:30: 1:30 of it, 2:30 of Monday 4 January, up to 12. Asked at 17:30, 0:30 + 3 h left.
        ("2026-12-31T16:30", "2027-01-04T12:00", "2026-12-31T17:30", "2027-01-04T09:00", "2027-01-04T13:00"),
        # The customer answers after a month: what was left is still left.
        ("2026-06-01T09:00", "2026-06-01T13:00", "2026-06-01T12:00", "2026-07-08T17:30", "2026-07-13T10:00"),
    ],
)
def test_a_promise_rests_while_we_wait_on_the_customer(
    session: Session,
    carla: Customer,
    agent: Staff,
    opened: str,
    promised: str,
    asked: str,
    replied: str,
    resumed: str,
) -> None:
    # Reckoned by hand for a complete report: an incomplete one has two hours more.
    ticket = reported(session, carla, now=here(opened))
    assert ticket.promised_at == _rounded(promised, opened)
    ask(session, ticket, agent, asked)
    assert (ticket.status, ticket.promised_at) == (Status.WAITING, None)
    reply(session, ticket, replied)
    assert (ticket.status, ticket.promised_at) == (Status.OPEN, here(resumed))
    assert [kind for kind, *_ in events(session, ticket, *PROMISES)] == ["promise_paused", "promise_resumed"]


def _rounded(promised: str, opened: str) -> datetime:
    assert HOURS.between(here(opened), here(promised)) >= timedelta(hours=4)
    return here(promised)


def test_an_answer_keeps_the_promise_and_who_still_waits_for_more_gets_a_new_time(
    session: Session, carla: Customer, agent: Staff
) -> None:
    ticket = reported(session, carla, now=here("2026-11-24T10:00"))
    answer(session, ticket, agent, "Lo estamos viendo.", Status.OPEN, here("2026-11-24T11:00"))
    # One hour is the usual time now, for a tenth of what is known: 0.1 x 1 h + 0.9 x 4 h = 3:42, up to 15.
    assert events(session, ticket, *PROMISES) == [
        ("promise_kept", iso("2026-11-24T14:00"), None),
        ("promise_made", None, ticket.promised_at.isoformat()),
    ]
    assert ticket.promised_at == here("2026-11-24T15:00")
    assert "le escribiremos de nuevo hoy antes de las 15" in mails(session, CARLA)[-1].content["body"]


@pytest.mark.parametrize("status", [Status.WAITING, Status.SOLVED, Status.CLOSED])
def test_after_an_answer_nothing_is_promised_until_the_customer_writes(
    session: Session, carla: Customer, agent: Staff, status: Status
) -> None:
    ticket = reported(session, carla, now=here("2026-11-24T10:00"))
    answer(session, ticket, agent, "Pruebe ahora.", status, here("2026-11-24T10:30"))
    assert ticket.promised_at is None
    assert "le escribiremos de nuevo" not in mails(session, CARLA)[-1].content["body"]
    reply(session, ticket, "2026-11-25T09:00")
    assert ticket.promised_at > here("2026-11-25T10:00")
    assert events(session, ticket, *PROMISES)[-1] == ("promise_made", None, ticket.promised_at.isoformat())


def test_a_note_promises_nothing_and_keeps_nothing(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = reported(session, carla, now=here("2026-11-24T10:00"))
    promised = ticket.promised_at
    answer(session, ticket, agent, "Es el plan viejo.", Status.OPEN, here("2026-11-24T11:00"), internal=True)
    assert ticket.promised_at == promised
    assert events(session, ticket, *PROMISES) == []


def test_what_was_solved_without_a_word_and_reopened_is_promised_anew(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = reported(session, carla, now=here("2026-11-24T10:00"))
    customer_tickets.change(session, ticket, Status.SOLVED, here("2026-11-24T10:05"), HOURS)
    assert events(session, ticket, *PROMISES) == [("promise_dropped", iso("2026-11-24T14:00"), None)]
    customer_tickets.change(session, ticket, Status.OPEN, here("2026-11-25T10:00"), HOURS)
    session.commit()
    assert ticket.promised_at == here("2026-11-25T14:00")


@pytest.mark.parametrize(
    ("area", "priority", "at"),
    [
        # 4 h of mail.
        ("mail", "normal", "2026-11-24T14:00"),
        ("mail", "high", "2026-11-24T12:00"),
        ("mail", "urgent", "2026-11-24T11:00"),
        ("mail", "low", "2026-11-24T18:00"),
        # 6 h of a domain: 1:30 of it up to 12; 12 h are 8 of this day and 4 of the next.
        ("domain", "urgent", "2026-11-24T12:00"),
        ("domain", "low", "2026-11-25T13:00"),
        # 9 h of the rest.
        ("other", "normal", "2026-11-25T10:00"),
    ],
)
def test_targets_by_priority_and_area(session: Session, area: str, priority: str, at: str) -> None:
    made = targets.reckon(session, area, priority, here("2026-11-24T10:00"), HOURS)
    assert made.at == here(at)
    assert made.basis["priority"] == priority


def test_an_urgent_ticket_takes_its_share_of_the_usual_time(session: Session, carla: Customer) -> None:
    for number in range(10):
        ticket = reported(session, carla, f"nro {number}", here("2026-11-19T09:00"))
        ticket.status = Status.CLOSED
        message = TicketMessage(ticket_id=ticket.id, author=Author.STAFF, author_id="a", author_name="A", body="x")
        message.created_at = here("2026-11-19T17:00")
        session.add(message)
    session.flush()
    # Ten answers after 8 h each are the whole of what is expected; a quarter of it are 2 h.
    assert targets.reckon(session, "mail", "normal", here("2026-11-24T09:00"), HOURS).at == here("2026-11-24T17:00")
    assert targets.reckon(session, "mail", "urgent", here("2026-11-24T09:00"), HOURS).at == here("2026-11-24T11:00")


@pytest.fixture
def run(session: Session, engine: Engine, settings: Settings) -> Callable[[str], None]:
    """The worker's steps at a local time."""

    def steps(at: str) -> None:
        # What was only read began a transaction, too: the worker would wait for it on SQLite.
        session.commit()
        Steps(engine, settings).run(here(at))

    return steps


def test_staff_are_warned_once_an_open_hour_before(
    session: Session, carla: Customer, agent: Staff, run: Callable[[str], None]
) -> None:
    berta = register_staff(session, "berta@csiserver.com", "Berta", Role.AGENT, PASSWORD)
    ticket = reported(session, carla, now=here("2026-11-24T15:00"))  # 3 h and 1 h: 10:00 of Wednesday
    properties.change(session, ticket, {"assignee": berta.id}, act(agent, ticket), HOURS)
    session.commit()
    before = len(mails(session))
    run("2026-11-24T17:59")
    assert len(mails(session)) == before
    for at in ("2026-11-24T18:00", "2026-11-24T23:00", "2026-11-25T09:10"):
        run(at)
    (warning,) = mails(session)[before:]
    assert warning.recipient == berta.email
    assert "se prometió mañana miércoles antes de las 10" in warning.content["subject"]
    assert events(session, ticket, "promise_warned") == [("promise_warned", None, iso("2026-11-25T10:00"))]


def test_the_customer_gets_a_new_time_and_an_apology_before_the_old_one_lapses(
    session: Session, carla: Customer, agent: Staff, run: Callable[[str], None]
) -> None:
    ticket = reported(session, carla, now=here("2026-11-20T12:00"))  # 16:00 of Friday
    run("2026-11-20T15:44")
    assert len(mails(session, CARLA)) == 1
    run("2026-11-20T15:45")
    session.refresh(ticket)
    # From the old time on 4 h: 2 of Friday, 2 of Tuesday.
    assert ticket.promised_at == here("2026-11-24T11:00")
    assert events(session, ticket, "promise_renewed") == [("promise_renewed", iso("2026-11-20T16:00"), iso("2026-11-24T11:00"))]
    body = mails(session, CARLA)[-1].content["body"]
    assert "Le pedimos disculpas" in body
    assert "le responderíamos hoy antes de las 16" in body
    assert "Le responderemos el martes 24 antes de las 11." in body
    assert ticket.promise_basis["renewals"] == 1


def test_each_new_time_is_later_than_the_one_before_and_counted(
    session: Session, carla: Customer, run: Callable[[str], None]
) -> None:
    ticket = reported(session, carla, now=here("2026-11-24T10:00"))
    times = [ticket.promised_at]
    for _ in range(5):
        run((HOURS.local(times[-1]) - timedelta(minutes=10)).replace(tzinfo=None).isoformat())
        session.refresh(ticket)
        times.append(ticket.promised_at)
    assert times == sorted(set(times))
    assert ticket.promise_basis["renewals"] == 5
    assert len(mails(session, CARLA)) == 6


def test_a_promise_that_lapsed_while_nothing_ran_is_renewed_late_but_not_in_silence(
    session: Session, carla: Customer, agent: Staff, run: Callable[[str], None]
) -> None:
    ticket = reported(session, carla, now=here("2026-11-19T10:00"))
    run("2026-11-24T12:00")
    session.refresh(ticket)
    assert ticket.promised_at == here("2026-11-24T16:00")
    assert "le responderíamos el jueves 19 de noviembre antes de las 14" in mails(session, CARLA)[-1].content["body"]
    assert events(session, ticket, "promise_warned") == []


@pytest.mark.parametrize("status", [Status.WAITING, Status.SOLVED, Status.CLOSED])
def test_where_the_answer_is_not_ours_to_give_nothing_is_renewed_and_nobody_warned(
    session: Session, carla: Customer, agent: Staff, status: Status, run: Callable[[str], None]
) -> None:
    ticket = reported(session, carla, now=here("2026-11-24T10:00"))
    answer(session, ticket, agent, "", status, here("2026-11-24T10:30"))
    before = len(mails(session))
    run("2026-11-25T17:00")
    assert len(mails(session)) == before


def test_an_agent_who_is_writing_is_not_told_that_somebody_changed_the_ticket(
    session: Session, carla: Customer, agent: Staff, run: Callable[[str], None]
) -> None:
    ticket = reported(session, carla, now=here("2026-11-24T10:00"))
    seen = ticket.version
    run("2026-11-24T13:50")
    tickets.update_as_staff(
        session, ticket, agent, tickets.StaffUpdate("Listo.", Status.SOLVED, seen), AREA_URL, here("2026-11-24T13:55"), HOURS
    )
    session.commit()
    assert (ticket.status, ticket.promised_at) == (Status.SOLVED, None)


def test_several_workers_renew_and_warn_exactly_once(
    session: Session, engine: Engine, settings: Settings, carla: Customer, agent: Staff
) -> None:
    opened = [reported(session, carla, f"nro {number}", here("2026-11-24T09:00")) for number in range(6)]
    for ticket, hour in zip(opened, (13, 13, 13, 14, 14, 14), strict=True):
        ticket.promised_at = here(f"2026-11-24T{hour}:00")
    session.commit()
    before = len(mails(session))
    session.commit()
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        Steps(engine, settings).run(here("2026-11-24T13:00"))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ticket in opened[:3]:
        assert len(events(session, ticket, "promise_renewed")) == 1
    for ticket in opened[3:]:
        assert len(events(session, ticket, "promise_warned")) == 1
    assert len(mails(session)) == before + 6


def test_one_ticket_that_cannot_be_renewed_keeps_no_other_from_it(
    session: Session, carla: Customer, bruno: Customer, run: Callable[[str], None]
) -> None:
    broken, sound = reported(session, carla, now=here("2026-11-24T10:00")), reported(session, bruno, now=here("2026-11-24T10:00"))
    # An area that nothing is known of.
    broken.area = "weather"
    session.commit()
    run("2026-11-24T14:50")
    assert len(events(session, sound, "promise_renewed")) == 1
    assert events(session, broken, "promise_renewed") == []


def test_steps_do_not_ask_the_database_all_the_time(session: Session, engine: Engine, settings: Settings, carla: Customer) -> None:
    ticket = reported(session, carla, now=here("2026-11-24T10:00"))
    steps = Steps(engine, settings)
    steps.run(here("2026-11-24T13:44:50"))
    steps.run(here("2026-11-24T13:45"))
    assert events(session, ticket, "promise_renewed") == []
    session.commit()
    steps.run(here("2026-11-24T13:44:50") + EVERY)
    assert len(events(session, ticket, "promise_renewed")) == 1


def test_a_solved_ticket_is_closed_by_itself_after_its_time_and_a_reply_still_opens_it(
    session: Session, engine: Engine, settings: Settings, carla: Customer, agent: Staff
) -> None:
    ticket = reported(session, carla, now=here("2026-11-02T10:00"))
    answer(session, ticket, agent, "Listo.", Status.SOLVED, here("2026-11-02T11:00"))
    answer(session, ticket, agent, "Anoto algo.", Status.SOLVED, here("2026-11-08T11:00"), internal=True)
    weekly = replace(settings, close_solved_after=timedelta(days=7))
    Steps(engine, weekly).run(here("2026-11-09T10:59"))
    session.refresh(ticket)
    assert ticket.status == Status.SOLVED
    before = len(mails(session))
    session.commit()
    Steps(engine, weekly).run(here("2026-11-09T11:00"))
    session.refresh(ticket)
    assert (ticket.status, ticket.events[-1].author, ticket.events[-1].author_id) == (Status.CLOSED, "system", None)
    assert len(mails(session)) == before
    reply(session, ticket, "2026-12-01T10:00")
    assert ticket.status == Status.OPEN and ticket.promised_at is not None


def test_he_reopens_by_a_stroke_of_a_button_only_so_often_a_day_and_by_a_message_always(session: Session, carla: Customer) -> None:
    from escalation.errors import NotAllowed

    ticket = reported(session, carla, now=here("2026-11-24T10:00"))
    at = here("2026-11-24T10:00")
    for _ in range(customer_tickets.REOPENINGS_MAX):
        customer_tickets.change(session, ticket, Status.SOLVED, at, HOURS)
        customer_tickets.change(session, ticket, Status.OPEN, at, HOURS)
    customer_tickets.change(session, ticket, Status.SOLVED, at, HOURS)
    session.commit()
    with pytest.raises(NotAllowed):
        customer_tickets.change(session, ticket, Status.OPEN, at + timedelta(hours=23), HOURS)
    session.rollback()
    reply(session, ticket, "2026-11-24T12:00")
    assert ticket.status == Status.OPEN
    assert ticket.status in STAFFS_TURN


def test_the_times_of_warning_and_renewal_leave_room_for_an_answer() -> None:
    assert timedelta() < deadlines.RENEW_BEFORE < deadlines.WARN_BEFORE
