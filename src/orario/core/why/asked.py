"""Reads the time that somebody asks about: a moment in ISO 8601, `02:00`, `yesterday 02:00`."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from orario.core.errors import Invalid, invalid
from orario.core.walltime import checked_time, moment_at
from orario.core.zones import local_date_time

_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_RELATIVE = re.compile(r"(?:(yesterday|today|tomorrow)\s*)?(?:(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIRST_YEAR, _LAST_YEAR = 1970, 9000
_HOW = "give a time in ISO 8601, `02:00`, or `yesterday 02:00`"


@dataclass(frozen=True, slots=True)
class Asked:
    """The stretch [low, high) that a time means by its own precision; `wall` is what the clock was to show."""

    low: datetime
    high: datetime
    wall: datetime | None = None  # naive; None where an offset was given


def read_time(text: str, zone: str, now: datetime) -> Asked:
    """What a text means on the clock of a zone; raises Invalid at `at`."""
    text = text.strip()
    try:
        found = _RELATIVE.fullmatch(text.lower())
        if text and found is not None:
            return _relative(*found.groups(), zone=zone, now=now)
        return _within_reach(_absolute(text, zone))
    except (ValueError, OverflowError, Invalid):
        raise invalid("at", message=f"this is no time of which one can ask; {_HOW}") from None


def exactly(moment: datetime) -> Asked:
    """The very moment."""
    return Asked(moment, moment + timedelta(microseconds=1))


def _relative(
    day: str | None, hour: str | None, minute: str, second: str | None, *, zone: str, now: datetime
) -> Asked:
    today = local_date_time(zone, now).date()
    if hour is None:
        return _whole_day(today + timedelta(days=_DAYS[day or "today"]), zone)
    clock = timedelta(hours=int(hour), minutes=int(minute), seconds=int(second or 0))
    if clock >= timedelta(days=1) or int(minute) > 59 or int(second or 0) > 59:
        raise ValueError
    step = timedelta(minutes=1) if second is None else timedelta(seconds=1)
    asked = _on(today + timedelta(days=_DAYS[day or "today"]), clock, step, zone)
    if day is None and asked.low > now:  # the last time that the clock showed it
        return _on(today - timedelta(days=1), clock, step, zone)
    return asked


def _on(day: date, clock: timedelta, step: timedelta, zone: str) -> Asked:
    wall = datetime.combine(day, time.min) + clock
    return _from_wall(wall, step, zone)


def _absolute(text: str, zone: str) -> Asked:
    if _DATE.fullmatch(text):
        return _whole_day(date.fromisoformat(text), zone)
    given, step = checked_time(text), _precision(text)
    if given.utcoffset() is None:
        return _from_wall(given, step, zone)
    low = given.astimezone(UTC)
    return Asked(low, low + step)


def _within_reach(asked: Asked) -> Asked:
    """Not so far at the calendar's ends that nothing can be before or after it."""
    if not _FIRST_YEAR <= asked.low.year < _LAST_YEAR:
        raise ValueError
    return asked


def _from_wall(wall: datetime, step: timedelta, zone: str) -> Asked:
    low = moment_at(wall, zone)
    return Asked(low, low + step, wall)


def _whole_day(day: date, zone: str) -> Asked:
    start = datetime.combine(day, time.min)
    return Asked(moment_at(start, zone), moment_at(start + timedelta(days=1), zone))


def _precision(text: str) -> timedelta:
    clock = re.search(r"[T ]\d{2}(:?\d{2})?(:?\d{2})?([.,]\d+)?", text)
    _, second, fraction = clock.groups() if clock is not None else (None, None, None)
    if fraction is not None:
        return timedelta(milliseconds=1) if len(fraction) <= 4 else timedelta(microseconds=1)
    return timedelta(minutes=1) if second is None else timedelta(seconds=1)
