"""Schedules in English, one line each."""

from datetime import datetime, timedelta

from orario.core.cronwording import MONTHS, cron_words
from orario.core.schedule import At, Cron, Every, OnDemand, Schedule


def describe(schedule: Schedule, timezone: str) -> str:
    """The schedule in words; `timezone` is that of a schedule which names none."""
    if isinstance(schedule, Every):
        return interval_words(schedule.interval)
    if isinstance(schedule, Cron):
        return cron_words(schedule.expression, schedule.timezone or timezone)
    if isinstance(schedule, OnDemand):
        return "only on demand"
    return _once(schedule, schedule.timezone or timezone)


def interval_words(interval: timedelta) -> str:
    """`every 5 minutes`, in the largest unit that fits."""
    if interval % timedelta(days=1) == timedelta(0) and interval > timedelta(days=1):
        return _every(interval // timedelta(days=1), "day")
    for unit, size in (("hour", 3600), ("minute", 60), ("second", 1)):
        if interval % timedelta(seconds=size) == timedelta(0):
            return _every(interval // timedelta(seconds=size), unit)
    seconds = f"{interval // timedelta(seconds=1)}.{interval.microseconds:06}".rstrip("0")
    return f"every {seconds} seconds"


def _every(count: int, unit: str) -> str:
    return f"every {unit}" if count == 1 and unit != "day" else f"every {count} {unit}s"


def _once(schedule: At, zone: str) -> str:
    wall = schedule.wall
    if wall.tzinfo is not None:
        zone = "UTC" if wall.utcoffset() == timedelta(0) else str(wall.tzinfo)
    return f"once at {_clock(wall)} on {wall.day} {MONTHS[wall.month - 1]} {wall.year}, {zone}"


def _clock(wall: datetime) -> str:
    if wall.microsecond:
        return f"{wall:%H:%M:%S.%f}".rstrip("0")
    return f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}"
