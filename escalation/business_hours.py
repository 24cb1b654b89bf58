"""When Soporte is at its desk: opening hours of the week, less Argentina's public holidays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import count
from zoneinfo import ZoneInfo

from holidays import country_holidays

COUNTRY = "AR"
ONE_DAY = timedelta(days=1)
NOTHING = timedelta()
# As people here write them; accents are taken off before.
DAY_NAMES = ("lun", "mar", "mie", "jue", "vie", "sab", "dom")
DAY = "|".join((*DAY_NAMES, "[1-7]"))
SETTING = re.compile(rf"({DAY})-({DAY})\s+(\d\d?)(?::(\d\d))?-(\d\d?)(?::(\d\d))?")
WITHOUT_ACCENTS = str.maketrans("áé", "ae")


@lru_cache
def _holidays(year: int) -> frozenset[date]:
    # The package's own object fills itself while it is asked: a second thread could find a year that is known but still empty.
    return frozenset(country_holidays(COUNTRY, years=year))


@dataclass(frozen=True)
class BusinessHours:
    """Open from ``opens`` until just before ``closes``, local time, on ``weekdays`` (Monday is 0) that are no holiday.

    National public holidays, moved days and bridges are those of the package ``holidays``; a province's own are not known
    to it here. Bridges are decreed year by year: a package older than the decree takes them for working days.

    Moments are aware, of any zone, and come back in UTC; every method raises ValueError for a moment without a zone.
    """

    opens: time = time(9)
    closes: time = time(18)
    weekdays: frozenset[int] = frozenset(range(5))
    timezone: str = "America/Argentina/Buenos_Aires"

    def __post_init__(self) -> None:
        # Without an open minute in the week the search for the next one would never end.
        if not self.opens < self.closes:
            raise ValueError("business hours must open before they close, on the same day")
        if not self.weekdays or not self.weekdays <= set(range(7)):
            raise ValueError("business hours need weekdays, first to last, out of Monday (0) to Sunday (6)")

    @classmethod
    def parse(cls, text: str) -> BusinessHours:
        """Hours of a setting: days by name or number (Monday is 1) and local hours, "lun-vie 9-18" or "1-5 09:00-18:00".

        Raises:
            ValueError: says what was read and how it is written.
        """
        found = SETTING.fullmatch(text.strip().lower().translate(WITHOUT_ACCENTS))
        try:
            if found is None:
                raise ValueError("not days and hours")
            first, last, opens, opens_minute, closes, closes_minute = found.groups()
            return cls(
                opens=time(int(opens), int(opens_minute or 0)),
                closes=time(int(closes), int(closes_minute or 0)),
                weekdays=frozenset(range(_weekday(first), _weekday(last) + 1)),
            )
        except ValueError as wrong:
            raise ValueError(f"business hours {text!r}: {wrong}; write them like 'lun-vie 9-18' or '1-5 09:00-18:00'") from wrong

    @property
    def day(self) -> timedelta:
        """Open time of one open day."""
        return datetime.combine(date.min, self.closes) - datetime.combine(date.min, self.opens)

    def local(self, at: datetime) -> datetime:
        """``at`` on the desk's own clock."""
        return _utc(at).astimezone(ZoneInfo(self.timezone))

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there: yes at the opening instant, no at the closing instant."""
        local = self.local(at)
        return self._works(local.date()) and self.opens <= local.time() < self.closes

    def next_opening(self, at: datetime) -> datetime:
        """The first open instant from ``at`` on: ``at`` itself where the desk is open."""
        at = _utc(at)
        return next(max(at, opening) for opening, closing in self._days(at) if at < closing)

    def add(self, start: datetime, work: timedelta) -> datetime:
        """The first moment when ``work`` of open time has passed after ``start``; work that fills a day ends at its closing.

        Raises:
            ValueError: ``work`` is negative.
        """
        start = _utc(start)
        if work < NOTHING:
            raise ValueError("open time cannot be taken back")
        if not work:
            return start
        days = self._days(start)
        opening, closing = next(days)
        while (left := closing - max(start, opening)) < work:
            work -= max(left, NOTHING)
            opening, closing = next(days)
        return max(start, opening) + work

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Open time from ``start`` to ``end``; none where ``end`` is not later."""
        start, end, total = _utc(start), _utc(end), NOTHING
        for opening, closing in self._days(start):
            if opening >= end:
                break
            total += max(min(end, closing) - max(start, opening), NOTHING)
        return total

    def _days(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Opening and closing of each open day, without end, from the local day of ``start`` on."""
        first, zone = self.local(start).date(), ZoneInfo(self.timezone)
        for day in (first + ONE_DAY * number for number in count()):
            if self._works(day):
                yield _utc(datetime.combine(day, self.opens, zone)), _utc(datetime.combine(day, self.closes, zone))

    def _works(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day not in _holidays(day.year)


def _weekday(name: str) -> int:
    return DAY_NAMES.index(name) if name in DAY_NAMES else int(name) - 1


def _utc(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError("a moment without a time zone is in no business hours")
    return at.astimezone(UTC)
