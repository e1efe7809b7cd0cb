"""Which days a cron expression falls on, for every year there is."""

from bisect import bisect_left
from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import product

from orario.core.cronfields import (
    MONTH,
    MonthDays,
    WeekDays,
    read_month_days,
    read_numbers,
    read_week_days,
)

NEVER = 1 << 62
_LAST_DAY = date.max.toordinal() - 1
_MonthShape = tuple[int, int]
"""Length of a month and the weekday (Sunday is 0) of its first day."""


@dataclass(frozen=True)
class Calendar:
    """The days of a rule; a day is its number since 1 January of the year 1, which is 0."""

    tables: tuple[tuple[int, ...], ...]
    """The days of the year for fourteen kinds of year: seven first weekdays, and the same for leap years."""
    daily: bool
    """Whether every day is one of them."""

    def on_or_after(self, day: int) -> int:
        """The first day of the rule that is not earlier; NEVER after the year 9999."""
        if day > _LAST_DAY:
            return NEVER
        if self.daily:
            return day
        for year in range(date.fromordinal(day + 1).year, date.max.year + 1):
            first, kind = _year(year)
            table = self.tables[kind]
            place = bisect_left(table, day - first)
            if place < len(table):
                return first + table[place]
        return NEVER

    def between(self, first: int, last: int) -> int:
        """How many days of the rule are in [first, last)."""
        first, last = max(first, 0), min(last, _LAST_DAY + 1)
        if first >= last:
            return 0
        if self.daily:
            return last - first
        years = range(date.fromordinal(first + 1).year, date.fromordinal(last).year + 1)
        return sum(self._in_year(year, first, last) for year in years)

    def _in_year(self, year: int, first: int, last: int) -> int:
        start, kind = _year(year)
        table = self.tables[kind]
        return bisect_left(table, last - start) - bisect_left(table, first - start)


@lru_cache(maxsize=512)
def calendar_of(day: str, month: str, day_of_week: str) -> Calendar:
    """The calendar of three cron fields."""
    in_month, in_week = read_month_days(day), read_week_days(day_of_week)
    shapes = product(range(28, 32), range(7))
    patterns = {shape: _days_in(in_month, in_week, shape) for shape in shapes}
    months = frozenset(read_numbers(MONTH, month))
    tables = tuple(_table(patterns, months, leap, weekday) for leap, weekday in product((False, True), range(7)))
    return Calendar(tables, all(len(table) >= 365 + (kind >= 7) for kind, table in enumerate(tables)))


def _table(
    patterns: dict[_MonthShape, tuple[int, ...]], months: frozenset[int], leap: bool, weekday: int
) -> tuple[int, ...]:
    """The days of a year of one kind, counted from 0."""
    found: list[int] = []
    start = 0
    for month in range(1, 13):
        length = monthrange(2000 if leap else 2001, month)[1]
        if month in months:
            found += [start + day - 1 for day in patterns[length, (weekday + start) % 7]]
        start += length
    return tuple(found)


def _days_in(in_month: MonthDays, in_week: WeekDays, shape: _MonthShape) -> tuple[int, ...]:
    """The days of a month of one shape, by Debian's rule: two restricted fields, and either may match."""
    by_month, by_week = _month_days(in_month, shape), _week_days(in_week, shape)
    both_restrict = not in_month.free and not in_week.free
    return tuple(sorted(by_month | by_week if both_restrict else by_month & by_week))


def _month_days(rule: MonthDays, shape: _MonthShape) -> set[int]:
    length, _ = shape
    days = {day for day in rule.days if day <= length}
    days |= {length - back for back in rule.from_last if back < length}
    days |= {_nearest_weekday(day or length, shape) for day in rule.near if day <= length}
    return days


def _nearest_weekday(day: int, shape: _MonthShape) -> int:
    """The nearest day from Monday to Friday in the same month."""
    length, first = shape
    weekday = (first + day - 1) % 7
    if weekday == 6:
        return day - 1 if day > 1 else day + 2
    if weekday == 0:
        return day + 1 if day < length else day - 2
    return day


def _week_days(rule: WeekDays, shape: _MonthShape) -> set[int]:
    length, first = shape
    weekdays = {day: (first + day - 1) % 7 for day in range(1, length + 1)}
    return {
        day
        for day, weekday in weekdays.items()
        if weekday in rule.days
        or (weekday in rule.last and day + 7 > length)
        or (weekday, (day + 6) // 7) in rule.nth
    }


@lru_cache(maxsize=1024)
def _year(year: int) -> tuple[int, int]:
    """The number of a year's first day, and which of the fourteen kinds it is."""
    first = date(year, 1, 1).toordinal() - 1
    # 1 January of the year 1, day 0, was a Monday.
    return first, (first + 1) % 7 + 7 * isleap(year)
