"""A year of desk time on a clock of the test's own: by hand around every holiday of 2026, and at random against a second reckoning.

The second reckoning has its own list of holidays and counts day by day in local time; Argentina knows no summer time.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from escalation import tickets
from escalation.desk import asking, properties
from escalation.desk.deadlines import RENEW_BEFORE
from escalation.desk.steps import Steps
from escalation.models import Customer, OutboxRow, Staff, Status, Ticket
from escalation.settings import Settings
from tests.escalation.conftest import AREA_URL
from tests.escalation.desk_helpers import act, answer, reported
from tests.escalation.test_business_hours import HERE, HOURS, here

# Of 2026: fixed, moved and bridge days that fall on weekdays. 9 November was decreed for this year alone, a papal visit.
DAYS_OFF = "01-01 02-16 02-17 03-23 03-24 04-02 04-03 05-01 05-25 06-15 07-09 07-10 08-17 10-12 11-09 11-23 12-07 12-08 12-25"
OFF = {date.fromisoformat(f"2026-{day}") for day in DAYS_OFF.split()} | {date(2027, 1, 1)}


@pytest.mark.parametrize(
    ("opened", "area", "priority", "promised"),
    [
        # New Year's Day, a Thursday: 1 h on Wednesday, 3 h on Friday.
        ("2025-12-31T17:00", "mail", "normal", "2026-01-02T12:00"),
        # Carnival: 1:50 on Friday, 2:10 on Ash Wednesday, up to the full hour.
        ("2026-02-13T16:10", "mail", "normal", "2026-02-18T12:00"),
        # A bridge and Memory Day: an urgent hour, half of it on Friday and half on Wednesday, up to 10.
        ("2026-03-20T17:30", "mail", "urgent", "2026-03-25T10:00"),
        # Malvinas on Maundy Thursday, Good Friday: 4 h on Wednesday, 2 h on Monday.
        ("2026-04-01T14:00", "domain", "normal", "2026-04-06T11:00"),
        # Labour Day, a Friday: 1 h on Thursday, 8 h on Monday.
        ("2026-04-30T17:00", "other", "normal", "2026-05-04T17:00"),
        # May Revolution, a Monday: a low one has 8 h, 3 on Friday and 5 on Tuesday.
        ("2026-05-22T15:00", "mail", "low", "2026-05-26T14:00"),
        # Güemes, moved to Monday: a high one has 2 h, a minute of Friday and 1:59 of Tuesday.
        ("2026-06-12T17:59", "mail", "high", "2026-06-16T11:00"),
        # Independence Day, a Thursday, and its bridge: 18 h are 6 on Wednesday, 9 on Monday, 3 on Tuesday.
        ("2026-07-08T12:00", "other", "low", "2026-07-14T12:00"),
        # San Martín, a Monday; reported on Saturday.
        ("2026-08-15T11:00", "mail", "normal", "2026-08-18T13:00"),
        # Cultural diversity, a Monday; reported in the last minute of Sunday.
        ("2026-10-11T23:59", "mail", "urgent", "2026-10-13T10:00"),
        # Sovereignty, moved to Monday; reported as the desk closes on Friday.
        ("2026-11-20T18:00", "mail", "normal", "2026-11-24T13:00"),
        # A holiday of this year alone, on a Monday: 1 h on Friday, 3 h on Tuesday.
        ("2026-11-06T17:00", "mail", "normal", "2026-11-10T12:00"),
        # A bridge and the Immaculate Conception: 1 h on Friday, 5 h on Wednesday.
        ("2026-12-04T17:00", "payment", "normal", "2026-12-09T14:00"),
        # Christmas, a Friday: 30 minutes on Thursday, 1:30 on Monday, up to 11.
        ("2026-12-24T17:30", "account", "high", "2026-12-28T11:00"),
        # The cap of three open days does not hold a low one of 18 h: Thursday 8, then Monday 4 January 9, Tuesday 1.
        ("2026-12-31T10:00", "other", "low", "2027-01-05T10:00"),
    ],
)
def test_around_every_holiday_by_hand(
    session: Session, carla: Customer, agent: Staff, opened: str, area: str, priority: str, promised: str
) -> None:
    # Reported before, so that setting the priority sets the promise that is reckoned here.
    ticket = reported(session, carla, now=here(opened), area=area)
    if priority == "low":
        answer(session, ticket, agent, "", Status.CLOSED, here(opened))
        ticket.priority = priority
        tickets.reply_as_customer(session, ticket, "¿Y?", here(opened), HOURS)
    elif priority != "normal":
        properties.change(session, ticket, {"priority": priority}, act(agent, ticket, here(opened)), HOURS)
    assert ticket.promised_at == here(promised)


def test_a_chain_of_promises_over_the_turn_of_the_year_by_hand(
    session: Session, engine: Engine, settings: Settings, carla: Customer
) -> None:
    ticket = reported(session, carla, now=here("2026-12-30T15:00"))
    told = [ticket.promised_at]
    for at in ("2026-12-31T09:45", "2026-12-31T13:45", "2027-01-04T13:45", "2027-01-06T13:45"):
        session.commit()
        Steps(engine, settings).run(here(at))
        session.refresh(ticket)
        told.append(ticket.promised_at)
    # 3 h and 1 h; 4 h; an open day: 4 h, and 5 h of Monday; two: 4, 9 and 5 h; three: 4, 9, 9 h and, after a weekend, 5 h.
    expected = ("2026-12-31T10:00", "2026-12-31T14:00", "2027-01-04T14:00", "2027-01-06T14:00", "2027-01-11T14:00")
    assert told == [here(at) for at in expected]


def is_off(day: date) -> bool:
    return day.weekday() > 4 or day in OFF


def open_minutes(start: datetime, end: datetime) -> float:
    """Day by day, in local time."""
    start, end = (at.astimezone(HERE).replace(tzinfo=None) for at in (start, end))
    total, day = 0.0, start.date()
    while day <= end.date():
        if not is_off(day):
            nine = datetime(day.year, day.month, day.day, 9)
            total += max((min(end, nine + timedelta(hours=9)) - max(start, nine)).total_seconds() / 60, 0)
        day += timedelta(days=1)
    return total


def first_full_hour_after(start: datetime, minutes: float) -> datetime:
    """The first full hour, nine to eighteen on an open day, by when so many open minutes have passed."""
    local = start.astimezone(HERE)
    hour = local.replace(minute=0, second=0, microsecond=0)
    while True:
        is_desk_hour = not is_off(hour.date()) and 9 <= hour.hour <= 18
        if is_desk_hour and hour >= local and open_minutes(start, hour) >= minutes:
            return hour
        hour += timedelta(hours=1)


class Year:
    """Customers and staff who act at random moments of 2026, and the worker at each moment when it has something to do."""

    def __init__(self, engine: Engine, settings: Settings, people: tuple[Customer, Staff], seed: int) -> None:
        self.engine, self.settings, self.chance = engine, settings, random.Random(seed)  # noqa: S311
        self.customer, self.member = people
        self.queue: list[tuple[datetime, int, Callable[[Session, datetime], None]]] = []
        self.order = count()

    def at(self, when: datetime, work: Callable[[Session, datetime], None]) -> None:
        heapq.heappush(self.queue, (when, next(self.order), work))

    def run(self, until: datetime) -> None:
        while self.queue:
            when, _, work = heapq.heappop(self.queue)
            if when > until:
                break
            self.let_the_worker_work(when)
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                work(session, when)

    def let_the_worker_work(self, until: datetime) -> None:
        while True:
            with Session(self.engine) as session:
                soonest = session.scalar(select(func.min(Ticket.promised_at)))
            if soonest is None or soonest - RENEW_BEFORE > until:
                return
            Steps(self.engine, self.settings).run(soonest - RENEW_BEFORE)

    def report(self, session: Session, now: datetime) -> None:
        area = self.chance.choice(["mail", "site", "domain", "payment", "other"])
        ticket, _ = tickets.open_ticket(
            session,
            session.get_one(Customer, self.customer.id),
            tickets.Report(area, {"description": "x"}),
            None,
            AREA_URL,
            now,
            HOURS,
        )
        self.next_turn_of_staff(ticket.id, now)

    def next_turn_of_staff(self, ticket_id: int, now: datetime) -> None:
        # Mostly within the day, at times after a week: then the promise has to be renewed, more than once.
        delay = timedelta(minutes=self.chance.choice([20, 90, 200, 500, 1500, 6000]))
        status = self.chance.choice([Status.OPEN, Status.WAITING, Status.SOLVED, "ask"])
        self.at(now + delay, lambda session, at: self.staff(session, session.get_one(Ticket, ticket_id), status, at))

    def staff(self, session: Session, ticket: Ticket, status: Status | str, now: datetime) -> None:
        member = session.get_one(Staff, self.member.id)
        if status == "ask":
            asking.ask(session, ticket, ["since"], act(member, ticket, now), AREA_URL, HOURS)
        else:
            update = tickets.StaffUpdate("Listo.", Status(status), ticket.version)
            tickets.update_as_staff(session, ticket, member, update, AREA_URL, now, HOURS)
        if status == Status.OPEN:
            self.next_turn_of_staff(ticket.id, now)
        elif self.chance.random() < 0.6:
            delay = timedelta(minutes=self.chance.choice([5, 300, 4000, 20000]))
            self.at(now + delay, lambda session, at: self.reply(session, session.get_one(Ticket, ticket.id), at))

    def reply(self, session: Session, ticket: Ticket, now: datetime) -> None:
        tickets.reply_as_customer(session, ticket, "Desde ayer.", now, HOURS)
        self.next_turn_of_staff(ticket.id, now)


def test_in_a_year_at_random_no_promise_passes_in_silence_and_each_pause_is_reckoned_right(
    session: Session, engine: Engine, settings: Settings, carla: Customer, agent: Staff
) -> None:
    year = Year(engine, settings, (carla, agent), seed=2026)
    begin = here("2026-01-02T00:00")
    for _ in range(40):
        year.at(begin + timedelta(minutes=year.chance.randrange(345 * 24 * 60)), year.report)
    year.run(here("2026-12-20T00:00"))
    seen = Counter[str]()
    for ticket in session.scalars(select(Ticket)):
        seen += checked(session, ticket)
    renewals = session.scalars(select(OutboxRow).where(OutboxRow.key.like("event-%"))).all()
    apologies = [row for row in renewals if "Le pedimos disculpas" in row.content["body"]]
    assert len(apologies) == seen["promise_renewed"]
    # The year had something of everything.
    assert all(seen[kind] > 5 for kind in ("promise_kept", "promise_renewed", "promise_paused", "promise_resumed"))


def checked(session: Session, ticket: Ticket) -> Counter[str]:
    """Walks through what the customer was told, in order."""
    told = _first_promise(ticket)
    left: float | None = None
    for event in ticket.events:
        if not event.kind.startswith("promise_") or event.kind == "promise_warned":
            continue
        new = datetime.fromisoformat(event.new) if event.new else None
        assert event.old == (told.isoformat() if told else None)
        if told is not None:
            assert event.at < told, (event.kind, event.at, told)
        if event.kind == "promise_paused":
            left = open_minutes(event.at, told)
        elif event.kind == "promise_resumed":
            assert new == first_full_hour_after(event.at, max(left, 60))
        elif event.kind == "promise_renewed":
            assert new > told
        if new is not None:
            assert new == first_full_hour_after(new, 0), new
        told = new
    return Counter(event.kind for event in ticket.events)


def _first_promise(ticket: Ticket) -> datetime:
    for event in ticket.events:
        if event.kind.startswith("promise_") and event.kind != "promise_warned":
            return datetime.fromisoformat(event.old)
    assert ticket.promised_at is not None
    return ticket.promised_at
