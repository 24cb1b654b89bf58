"""A stretch of days on the desk's clock, cut into steps for a chart; and how many values become one."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from escalation.business_hours import BusinessHours

ONE_DAY = timedelta(days=1)
# A chart of more points is a smear; past this the steps are weeks, then months.
DAYS_OF_DAYS, DAYS_OF_WEEKS = 31, 200
DAYS_MAX = 800


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both inclusive, on the desk's clock."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.last + ONE_DAY, self.zone)

    def steps(self) -> list[tuple[date, datetime, datetime]]:
        """Days, weeks from Monday or months, whichever gives a readable chart: first day, start, end."""
        starts, day = [self.first], self.first
        while (day := self._next(day)) <= self.last:
            starts.append(day)
        ends = [*starts[1:], self.last + ONE_DAY]
        return [(first, _midnight(first, self.zone), _midnight(end, self.zone)) for first, end in zip(starts, ends, strict=True)]

    def _next(self, day: date) -> date:
        days = (self.last - self.first).days + 1
        if days <= DAYS_OF_DAYS:
            return day + ONE_DAY
        if days <= DAYS_OF_WEEKS:
            return day + timedelta(days=7 - day.weekday())
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


class OpenTime:
    """Open time of the desk between many pairs of moments: its days are laid out once, where each call would walk them anew."""

    def __init__(self, hours: BusinessHours, start: datetime, end: datetime) -> None:
        self._openings: list[datetime] = []
        self._day = hours.day
        # From a midnight on, so that the first opening is one, and not the middle of a day.
        opening = hours.next_opening(_midnight(hours.local(start).date(), ZoneInfo(hours.timezone)))
        while opening < end:
            self._openings.append(opening)
            opening = hours.next_opening(opening + self._day)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """As :meth:`escalation.business_hours.BusinessHours.between`, for moments within the stretch."""
        return max(self._until(end) - self._until(start), timedelta())

    def _until(self, at: datetime) -> timedelta:
        place = bisect_right(self._openings, at) - 1
        return timedelta() if place < 0 else place * self._day + min(at - self._openings[place], self._day)


def period_of(first: str, last: str, now: datetime, zone: ZoneInfo, days: int = 28) -> Period:
    """From two days as ISO 8601; where one cannot be read, or they are too far apart, the last ``days`` days."""
    today = now.astimezone(zone).date()
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
        if timedelta() <= end - start < timedelta(days=DAYS_MAX) and start.year > 2000 and end.year < 2200:
            return Period(start, end, zone)
    except ValueError:
        pass
    return Period(today - timedelta(days=days - 1), today, zone)


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Nearest rank: the smallest value that ``percent`` of them do not exceed; None of none."""
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1] if values else None


def share(part: int, whole: int) -> float | None:
    """In percent; None of nothing."""
    return 100 * part / whole if whole else None


def in_hours(span: timedelta) -> float:
    """As a number of hours."""
    return span.total_seconds() / 3600


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
