"""Open time over Argentina's holidays of 2026, reckoned by hand; local times are UTC-3."""

from __future__ import annotations

import time as clock
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.business_hours import BusinessHours

HOURS = BusinessHours()
HERE = ZoneInfo("America/Argentina/Buenos_Aires")
SECOND = timedelta(seconds=1)
MOMENTS = st.datetimes(datetime(2025, 12, 1), datetime(2027, 1, 31), timezones=st.just(UTC))
WORK = st.timedeltas(timedelta(), timedelta(days=20))


def here(text: str) -> datetime:
    """A moment in UTC, written as local time."""
    return datetime.fromisoformat(text).replace(tzinfo=HERE).astimezone(UTC)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


@pytest.mark.parametrize(
    "day",
    [
        "2026-01-01",
        "2026-02-16",
        "2026-02-17",
        "2026-03-23",  # bridge
        "2026-03-24",
        "2026-04-02",
        "2026-04-03",
        "2026-05-01",
        "2026-05-25",
        "2026-06-15",  # moved from Wednesday 17
        "2026-07-09",
        "2026-07-10",  # bridge
        "2026-08-17",
        "2026-10-12",
        "2026-11-23",  # moved from Friday 20
        "2026-12-07",  # bridge
        "2026-12-08",
        "2026-12-25",
        "2026-11-21",  # Saturday
        "2026-11-22",  # Sunday
    ],
)
def test_nobody_is_there_on_holidays_bridges_and_weekends(day: str) -> None:
    assert not HOURS.is_open(here(f"{day}T12:00"))


@pytest.mark.parametrize("day", ["2026-02-18", "2026-04-01", "2026-06-17", "2026-11-20", "2026-12-24", "2026-12-31"])
def test_the_desk_is_open_beside_holidays_and_where_one_was_moved_away(day: str) -> None:
    assert HOURS.is_open(here(f"{day}T12:00"))


@pytest.mark.parametrize(
    ("at", "is_open"), [("08:59:59", False), ("09:00", True), ("12:00", True), ("17:59:59", True), ("18:00", False)]
)
def test_the_opening_instant_is_open_and_the_closing_instant_is_not(at: str, is_open: bool) -> None:
    assert HOURS.is_open(here(f"2026-11-24T{at}")) is is_open


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2026-11-24T11:07", "2026-11-24T11:07"),
        ("2026-11-24T06:00", "2026-11-24T09:00"),
        ("2026-11-24T09:00", "2026-11-24T09:00"),
        ("2026-11-24T18:00", "2026-11-25T09:00"),
        ("2026-11-20T19:00", "2026-11-24T09:00"),
        ("2026-03-20T18:00", "2026-03-25T09:00"),
        ("2026-12-31T18:00", "2027-01-04T09:00"),
    ],
)
def test_the_next_opening(at: str, opening: str) -> None:
    assert HOURS.next_opening(here(at)) == here(opening)


@pytest.mark.parametrize(
    ("start", "work", "end"),
    [
        ("2026-11-24T10:15", hours(2), "2026-11-24T12:15"),
        ("2026-11-24T07:00", hours(2), "2026-11-24T11:00"),
        ("2026-11-24T09:00", hours(9), "2026-11-24T18:00"),
        ("2026-11-24T18:00", hours(9), "2026-11-25T18:00"),
        ("2026-11-24T09:00", hours(9) + SECOND, "2026-11-25T09:00:01"),
        ("2026-11-24T20:00", hours(0), "2026-11-24T20:00"),
        # Friday evening; the weekend, and the Monday of national sovereignty.
        ("2026-11-20T17:00", hours(2), "2026-11-24T10:00"),
        ("2026-11-20T21:30", hours(1), "2026-11-24T10:00"),
        # Carnival.
        ("2026-02-13T18:00", hours(9), "2026-02-18T18:00"),
        # A bridge before 24 March, a Tuesday.
        ("2026-03-20T17:30", hours(1), "2026-03-25T09:30"),
        # Thursday for the Malvinas, Good Friday.
        ("2026-04-01T17:00", hours(2), "2026-04-06T10:00"),
        ("2026-04-30T17:00", hours(1.5), "2026-05-04T09:30"),
        ("2026-05-22T16:00", hours(3), "2026-05-26T10:00"),
        # 9 July, a Thursday, and its bridge.
        ("2026-07-08T17:00", hours(2), "2026-07-13T10:00"),
        # A bridge before 8 December, a Tuesday.
        ("2026-12-04T17:00", hours(2), "2026-12-09T10:00"),
        ("2026-12-24T17:00", hours(2), "2026-12-28T10:00"),
        ("2026-12-31T17:00", hours(2), "2027-01-04T10:00"),
    ],
)
def test_work_ends_when_that_much_open_time_has_passed(start: str, work: timedelta, end: str) -> None:
    assert HOURS.add(here(start), work) == here(end)
    assert HOURS.between(here(start), here(end)) == work


@pytest.mark.parametrize(
    ("start", "end", "work"),
    [
        ("2026-11-24T10:00", "2026-11-24T10:00", hours(0)),
        ("2026-11-24T12:00", "2026-11-24T10:00", hours(0)),
        ("2026-11-24T18:00", "2026-11-25T09:00", hours(0)),
        ("2026-11-20T18:00", "2026-11-24T09:00", hours(0)),
        ("2026-11-24T00:00", "2026-11-25T00:00", hours(9)),
        # Wednesday, Thursday, Monday, Tuesday.
        ("2026-12-30T09:00", "2027-01-05T18:00", hours(36)),
        # 129 days from Monday to Friday, less ten holidays.
        ("2026-01-01T00:00", "2026-07-01T00:00", hours(119 * 9)),
    ],
)
def test_open_time_between_two_moments(start: str, end: str, work: timedelta) -> None:
    assert HOURS.between(here(start), here(end)) == work


@given(MOMENTS, WORK)
def test_open_time_between_a_start_and_its_end_is_the_work(start: datetime, work: timedelta) -> None:
    assert HOURS.between(start, HOURS.add(start, work)) == work


@given(MOMENTS, MOMENTS, WORK, WORK)
def test_a_later_start_or_more_work_never_ends_earlier(one: datetime, two: datetime, short: timedelta, long: timedelta) -> None:
    (one, two), (short, long) = sorted((one, two)), sorted((short, long))
    assert HOURS.add(one, short) <= HOURS.add(two, short) <= HOURS.add(two, long)


@given(MOMENTS, WORK, WORK)
def test_work_in_two_parts_ends_like_work_in_one(start: datetime, one: timedelta, two: timedelta) -> None:
    assert HOURS.add(HOURS.add(start, one), two) == HOURS.add(start, one + two)


@given(MOMENTS)
@settings(max_examples=50)
def test_the_next_opening_is_open_and_nothing_was_open_before(at: datetime) -> None:
    opening = HOURS.next_opening(at)
    assert HOURS.is_open(opening) and opening >= at
    assert HOURS.between(at, opening) == timedelta()


def test_moments_of_any_zone_come_back_in_utc() -> None:
    tokyo = datetime(2026, 11, 25, 0, 0, tzinfo=timezone(hours(9)))
    for found in (HOURS.next_opening(tokyo), HOURS.add(tokyo, hours(1)), HOURS.add(tokyo, hours(0))):
        assert found.tzinfo is UTC
    assert HOURS.add(tokyo, hours(1)) == here("2026-11-24T13:00")


def test_a_moment_without_zone_and_negative_work_are_refused() -> None:
    naive, aware = datetime(2026, 11, 24, 10), here("2026-11-24T10:00")
    for call in (
        lambda: HOURS.is_open(naive),
        lambda: HOURS.next_opening(naive),
        lambda: HOURS.add(naive, hours(1)),
        lambda: HOURS.between(naive, aware),
        lambda: HOURS.between(aware, naive),
        lambda: HOURS.add(aware, -SECOND),
    ):
        with pytest.raises(ValueError):
            call()


def test_ten_years_ahead_are_fast() -> None:
    begin = clock.process_time()
    end = HOURS.add(here("2026-11-24T09:00"), 2400 * HOURS.day)
    assert end.year == 2036
    assert HOURS.between(here("2026-11-24T09:00"), end) == 2400 * HOURS.day
    assert clock.process_time() - begin < 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lun-vie 9-18", HOURS),
        ("1-5 09:00-18:00", HOURS),
        (" Lun-Sáb  8:30-12:15 ", BusinessHours(time(8, 30), time(12, 15), frozenset(range(6)))),
        ("mié-mie 9-10", BusinessHours(time(9), time(10), frozenset({2}))),
    ],
)
def test_hours_of_a_setting(text: str, expected: BusinessHours) -> None:
    assert BusinessHours.parse(text) == expected


@pytest.mark.parametrize("text", ["", "9-18", "lun-vie", "mon-fri 9-18", "0-5 9-18", "vie-lun 9-18", "lun-vie 18-9", "1-5 9-24"])
def test_a_setting_that_cannot_be_read_says_what_it_was_and_how_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="'lun-vie 9-18'") as refused:
        BusinessHours.parse(text)
    assert repr(text) in str(refused.value)


def test_a_week_without_open_time_is_refused() -> None:
    for wrong in ({"weekdays": frozenset()}, {"weekdays": frozenset({7})}, {"opens": time(18)}):
        with pytest.raises(ValueError):
            BusinessHours(**wrong)


def test_a_desk_that_also_works_on_saturdays_rests_on_a_holiday_saturday() -> None:
    week = BusinessHours.parse("lun-sab 9-13")
    assert week.day == hours(4)
    assert week.is_open(here("2026-06-13T10:00"))
    assert date(2026, 6, 20).weekday() == 5
    assert not week.is_open(here("2026-06-20T10:00"))
