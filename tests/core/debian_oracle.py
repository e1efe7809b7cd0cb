"""Debian cron's documented rules, walked minute by minute: slow, plain and independent of orario.core."""

import calendar
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
REACH = timedelta(days=1, hours=12)
STEP = timedelta(days=3)
CORRECTION = timedelta(hours=3)
DAY_NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]


@dataclass(frozen=True)
class Window:
    """A change of the clock: when, in which zone, and the minutes around it with what the wall shows."""

    zone: str
    change: datetime

    @property
    def start(self) -> datetime:
        return self.change - REACH

    @property
    def end(self) -> datetime:
        return self.change + REACH


@lru_cache(maxsize=8)
def minutes_of(window: Window) -> tuple[tuple[datetime, datetime], ...]:
    zone = ZoneInfo(window.zone)
    assert offset(zone, window.end) == offset(zone, window.change), "a window has one change"
    return (
        *_minutes(window.start, window.change, offset(zone, window.start)),
        *_minutes(window.change, window.end, offset(zone, window.change)),
    )


def _minutes(start: datetime, end: datetime, shift: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """Between two changes of the clock: the moments, and what the wall shows."""
    moment, wall = start, start.replace(tzinfo=None) + shift
    while moment < end:
        yield moment, wall
        moment, wall = moment + MINUTE, wall + MINUTE


def changes(zone_name: str, first_year: int, last_year: int) -> Iterator[tuple[datetime, timedelta, timedelta]]:
    """The changes of a zone's offset with the offsets before and after; none are closer than three days."""
    zone = ZoneInfo(zone_name)
    moment = datetime(first_year, 1, 1, tzinfo=UTC)
    after = offset(zone, moment)
    while moment.year <= last_year:
        following = moment + STEP
        before, after = after, offset(zone, following)
        if after != before:
            place = bisect_left(range(STEP // MINUTE), True, key=partial(differs, zone, moment, before))
            yield moment + place * MINUTE, before, after
        moment = following


def offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def differs(zone: ZoneInfo, moment: datetime, before: timedelta, minutes: int) -> bool:
    return offset(zone, moment + minutes * MINUTE) != before


def moments(expression: str, window: Window, policy: str) -> list[datetime]:
    """The moments of a five-field expression in the window."""
    rule = Rule(expression)
    shown = minutes_of(window)
    found = []
    before = highest = shown[0][1] - MINUTE
    for moment, wall in shown:
        jump = wall - before - MINUTE
        if abs(jump) >= CORRECTION:
            highest = wall - MINUTE
        due = rule.matches(wall) and (rule.wildcard or policy == "both" or wall > highest)
        if jump and not rule.wildcard and policy != "skip":
            skipped = highest + MINUTE
            while skipped < wall and not due:
                due = rule.matches(skipped)
                skipped += MINUTE
        if due:
            found.append(moment)
        before, highest = wall, max(highest, wall)
    return found


class Rule:
    """A five-field expression of numbers, day names, ranges, lists and steps."""

    def __init__(self, expression: str) -> None:
        minute, hour, day, month, weekday = expression.lower().split()
        self.wildcard = minute.startswith("*") or hour.startswith("*")
        self.either = not day.startswith("*") and not weekday.startswith("*")
        self.minutes = values(minute, 0, 59)
        self.hours = values(hour, 0, 23)
        self.days = values(day, 1, 31)
        self.months = values(month, 1, 12)
        self.weekdays = {number % 7 for number in values(weekday, 0, 7)}

    def matches(self, wall: datetime) -> bool:
        return wall.minute in self.minutes and wall.hour in self.hours and self._matches_day(wall)

    def _matches_day(self, wall: datetime) -> bool:
        by_month = wall.day in self.days
        by_week = (calendar.weekday(wall.year, wall.month, wall.day) + 1) % 7 in self.weekdays
        by_day = by_month or by_week if self.either else by_month and by_week
        return wall.month in self.months and by_day


def values(field: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for item in field.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        start = low if span == "*" else number(first)
        end = high if span == "*" else number(last or first)
        found |= {value for value in range(start, end + 1) if (value - start) % int(step or 1) == 0}
    return found


def number(text: str) -> int:
    return DAY_NAMES.index(text) if text in DAY_NAMES else int(text)
