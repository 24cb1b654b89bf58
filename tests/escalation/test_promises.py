"""The expected answer time: reckoned by hand, measured on both databases, and said as a person would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Session

from escalation.business_hours import BusinessHours
from escalation.customers import register_staff
from escalation.models import Area, Author, Customer, Role, Staff, Status, Ticket, TicketMessage, new_id
from escalation.promises import RECENT_MAX, TARGETS, Load, depends_on, load_of, promise, spoken
from tests.escalation.conftest import PASSWORD
from tests.escalation.test_business_hours import HOURS, here, hours

TUESDAY = here("2026-11-24T10:00")
QUIET = Load(waiting=0, agents=2, recent=())

AREAS = st.sampled_from(list(Area))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31, 23, 59), timezones=st.just(UTC))
RECENT = st.lists(st.timedeltas(timedelta(), timedelta(hours=60)), max_size=30).map(tuple)
LOADS = st.builds(Load, st.integers(0, 200), st.integers(0, 20), RECENT)
DESKS = st.sampled_from([HOURS, BusinessHours.parse("lun-sab 8:30-13:30"), BusinessHours.parse("1-7 0:10-23:50")])


def promised(
    load: Load, area: str = "mail", complete: bool = True, now: datetime = TUESDAY, desk: BusinessHours = HOURS
) -> datetime:
    return promise(load, area, complete, now, desk, TARGETS).at


@pytest.mark.parametrize(
    ("load", "area", "complete", "expected"),
    [
        # 4 h.
        (QUIET, "mail", True, "2026-11-24T14:00"),
        # 4 h + 2 h.
        (QUIET, "mail", False, "2026-11-24T16:00"),
        # 6 h.
        (QUIET, "domain", True, "2026-11-24T16:00"),
        # 4 h + 0:24 for each of 6/2 in the queue.
        (Load(6, 2, ()), "mail", True, "2026-11-24T16:00"),
        # … + 2 h = 7:12, up to the closing time.
        (Load(6, 2, ()), "mail", False, "2026-11-24T18:00"),
        # 4 h + 12/2 x 0:24 + 2 h = 8:24: 24 minutes of the next day.
        (Load(12, 2, ()), "mail", False, "2026-11-25T10:00"),
        # Ten known, 1 h … 10 h: eight of them within 8 h; whatever the area.
        (Load(0, 2, tuple(hours(n) for n in range(1, 11))), "other", True, "2026-11-24T18:00"),
        # Their median is 5 h: 8 h + 4/1 x 0:30 = 10 h.
        (Load(4, 1, tuple(hours(n) for n in range(10, 0, -1))), "mail", True, "2026-11-25T11:00"),
        # Five of 1 h, and half a target of 4 h: 2:30.
        (Load(0, 1, (hours(1),) * 5), "mail", True, "2026-11-24T13:00"),
        # Answered at once: the floor.
        (Load(0, 1, (hours(0),) * 10), "mail", True, "2026-11-24T11:00"),
        # Nobody is active: like one.
        (Load(5, 0, ()), "mail", True, "2026-11-24T16:00"),
        # The cap, 27 h: 8 + 9 + 9 + 1.
        (Load(500, 1, (hours(50),) * 10), "mail", False, "2026-11-27T10:00"),
    ],
)
def test_promises_by_hand(load: Load, area: str, complete: bool, expected: str) -> None:
    assert promised(load, area, complete) == here(expected)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-24T09:00", "2026-11-24T13:00"),
        ("2026-11-24T09:00:01", "2026-11-24T14:00"),
        ("2026-11-24T14:00", "2026-11-24T18:00"),
        ("2026-11-24T14:00:01", "2026-11-25T10:00"),
        ("2026-11-24T18:00", "2026-11-25T13:00"),
        # Friday evening before a Monday that is a holiday.
        ("2026-11-20T19:00", "2026-11-24T13:00"),
        # Good Friday.
        ("2026-04-03T11:00", "2026-04-06T13:00"),
        ("2026-12-31T16:30", "2027-01-04T12:00"),
    ],
)
def test_an_hour_is_full_and_inside_the_opening_hours(now: str, expected: str) -> None:
    assert promised(QUIET, now=here(now)) == here(expected)


def test_a_desk_that_closes_at_half_past_is_promised_until_then_and_no_longer() -> None:
    desk = BusinessHours.parse("lun-vie 9-17:30")
    assert promised(QUIET, now=here("2026-11-24T13:10"), desk=desk) == here("2026-11-24T17:30")


def test_targets_can_be_given_and_every_area_has_one() -> None:
    made = promise(QUIET, "mail", True, TUESDAY, HOURS, {"mail": hours(2)})
    assert made.at == here("2026-11-24T12:00")
    assert set(TARGETS) == set(Area)


def test_the_numbers_that_led_there_are_kept() -> None:
    assert promise(Load(12, 2, ()), "mail", False, TUESDAY, HOURS, TARGETS).basis == {
        "area": "mail",
        "waiting": 12,
        "agents": 2,
        "known": 0,
        "target_minutes": 240,
        "usual_minutes": 240,
        "queue_minutes": 144,
        "surcharge_minutes": 120,
        "open_minutes": 504,
    }


@given(LOADS, AREAS, st.booleans(), MOMENTS, DESKS)
def test_a_promise_is_later_than_now_and_never_outside_of_the_opening_hours(
    load: Load, area: Area, complete: bool, now: datetime, desk: BusinessHours
) -> None:
    at = promised(load, area, complete, now, desk)
    assert at > now
    assert desk.between(now, at) >= hours(1)
    assert desk.between(now, at) <= 3 * desk.day + hours(1)
    assert desk.is_open(at) or desk.local(at).time() == desk.closes
    assert desk.is_open(at - timedelta(microseconds=1))
    assert desk.local(at).minute == 0 or desk.local(at).time() == desk.closes


@given(LOADS, st.integers(0, 50), st.integers(0, 10), st.timedeltas(timedelta(), hours(20)), AREAS, MOMENTS)
def test_more_load_is_never_answered_earlier(
    load: Load, tickets: int, agents: int, slower: timedelta, area: Area, now: datetime
) -> None:
    busier = Load(load.waiting + tickets, max(load.agents - agents, 0), tuple(time + slower for time in load.recent))
    assert promised(load, area, now=now) <= promised(busier, area, now=now)


@given(LOADS, AREAS, MOMENTS, DESKS)
def test_an_incomplete_report_is_never_answered_earlier(load: Load, area: Area, now: datetime, desk: BusinessHours) -> None:
    assert promised(load, area, True, now, desk) <= promised(load, area, False, now, desk)


@given(LOADS, AREAS, st.lists(MOMENTS, min_size=2, max_size=2))
def test_who_asks_later_is_never_answered_earlier(load: Load, area: Area, moments: list[datetime]) -> None:
    first, second = sorted(moments)
    assert promised(load, area, now=first) <= promised(load, area, now=second)


def asked(session: Session, customer: Customer, at: datetime, area: Area = Area.MAIL, status: Status = Status.WAITING) -> Ticket:
    ticket = Ticket(number=new_id()[:18], customer=customer, subject="x", area=area, status=status, created_at=at, updated_at=at)
    ticket.fields, ticket.transcript, ticket.shown_entries = {}, [], []
    session.add(ticket)
    session.flush()
    return ticket


def wrote(session: Session, ticket: Ticket, at: datetime, author: Author = Author.STAFF, internal: bool = False) -> None:
    message = TicketMessage(ticket_id=ticket.id, author=author, author_id="a", author_name="A", body="x", created_at=at)
    message.internal = internal
    session.add(message)
    session.flush()


def test_an_empty_desk_has_no_load(session: Session) -> None:
    assert load_of(session, TUESDAY, HOURS) == Load(0, 0, ())


def test_new_and_open_tickets_wait_and_active_agents_answer(session: Session, carla: Customer, agent: Staff) -> None:
    for status in Status:
        asked(session, carla, TUESDAY, status=status)
    register_staff(session, "berta@csiserver.com", "Berta", Role.AGENT, PASSWORD)
    register_staff(session, "celia@csiserver.com", "Celia", Role.AGENT, PASSWORD).active = False
    register_staff(session, "dario@csiserver.com", "Darío", Role.ADMIN, PASSWORD)
    assert load_of(session, TUESDAY, HOURS) == Load(2, 2, ())


def test_the_first_answer_of_staff_counts_in_open_hours(session: Session, carla: Customer) -> None:
    ticket = asked(session, carla, here("2026-11-20T17:00"))
    wrote(session, ticket, here("2026-11-20T17:05"), Author.CUSTOMER)
    wrote(session, ticket, here("2026-11-20T17:10"), internal=True)
    wrote(session, ticket, here("2026-11-24T09:30"))
    wrote(session, ticket, here("2026-11-24T09:45"))
    only_noted = asked(session, carla, here("2026-11-20T17:00"))
    wrote(session, only_noted, here("2026-11-20T17:10"), internal=True)
    assert load_of(session, TUESDAY, HOURS).recent == (hours(1.5),)
    assert load_of(session, here("2026-11-24T09:20"), HOURS).recent == ()


def test_times_of_one_kind_of_problem_and_the_queue_of_all(session: Session, carla: Customer) -> None:
    for area, minutes in ((Area.MAIL, 10), (Area.DOMAIN, 20), (Area.MAIL, 30)):
        wrote(session, asked(session, carla, TUESDAY, area, Status.OPEN), TUESDAY + timedelta(minutes=minutes))
    found = load_of(session, TUESDAY + hours(1), HOURS, Area.MAIL)
    assert found == Load(3, 0, (timedelta(minutes=30), timedelta(minutes=10)))


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    yield statements
    event.remove(session.get_bind(), "before_cursor_execute", note)


def test_the_latest_hundred_answers_in_three_queries_however_many_there_are(session: Session, carla: Customer) -> None:
    for number in range(RECENT_MAX + 5):
        wrote(session, asked(session, carla, TUESDAY), TUESDAY + timedelta(minutes=number))
    session.commit()
    with counted(session) as statements:
        recent = load_of(session, TUESDAY + hours(8), HOURS).recent
    assert len(statements) == 3
    assert recent == tuple(timedelta(minutes=number) for number in range(RECENT_MAX + 4, 4, -1))


@pytest.mark.parametrize(
    ("at", "now", "words"),
    [
        ("2026-11-24T17:00", "2026-11-24T10:00", "hoy antes de las 17"),
        ("2026-11-24T11:00", "2026-11-23T10:00", "mañana martes antes de las 11"),
        ("2026-11-24T12:00", "2026-11-24T10:59:59", "hoy antes de las 12"),
        ("2026-11-26T10:00", "2026-11-24T10:00", "el jueves 26 antes de las 10"),
        ("2026-11-30T13:00", "2026-11-24T10:00", "el lunes 30 antes de las 13"),
        ("2026-11-30T13:00", "2026-11-23T10:00", "el lunes 30 de noviembre antes de las 13"),
        ("2026-12-07T12:00", "2026-11-24T10:00", "el lunes 7 de diciembre antes de las 12"),
        ("2026-12-02T12:00", "2026-11-30T10:00", "el miércoles 2 de diciembre antes de las 12"),
        ("2026-12-01T10:00", "2026-11-30T17:00", "mañana martes antes de las 10"),
        ("2027-01-04T12:00", "2026-12-31T16:30", "el lunes 4 de enero antes de las 12"),
        ("2026-11-24T17:30:20", "2026-11-24T10:00", "hoy antes de las 17:30"),
        ("2026-11-24T09:00", "2026-11-24T08:00", "hoy antes de las 9"),
        # In UTC it is tomorrow already.
        ("2026-11-24T18:00", "2026-11-24T22:30", "hoy antes de las 18"),
        ("2026-11-25T10:00", "2026-11-24T22:30", "mañana miércoles antes de las 10"),
        ("2026-11-25T10:00", "2026-11-25T00:30", "hoy antes de las 10"),
        # A promise that is over is named by its date.
        ("2026-11-20T10:00", "2026-11-24T10:00", "el viernes 20 de noviembre antes de las 10"),
    ],
)
def test_a_moment_is_said_as_day_and_hour(at: str, now: str, words: str) -> None:
    assert spoken(here(at), here(now), HOURS) == words


def test_what_the_time_depends_on_is_said_as_in_the_policy() -> None:
    assert depends_on() == (
        "El tiempo de respuesta depende de la carga de trabajo de Soporte en este momento, de lo que demore investigar el "
        "problema, del tipo de problema y de que tengamos toda la información necesaria."
    )


@pytest.mark.parametrize(
    ("missing", "listed"),
    [
        (("Mensaje de error",), "mensaje de error"),
        (("Mensaje de error", "Cuándo pasa"), "mensaje de error y cuándo pasa"),
        (("Mensaje de error", "Sitio o cuenta", "Cuándo pasa"), "mensaje de error, sitio o cuenta y cuándo pasa"),
    ],
)
def test_what_is_missing_is_named_in_the_same_sentence(missing: tuple[str, ...], listed: str) -> None:
    text = depends_on(missing)
    assert text.endswith(f"necesaria; podremos responderle antes si nos indica lo que falta: {listed}.")
    assert text.count(".") == 1
