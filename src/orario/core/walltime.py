"""Times that people give, on the clock of some zone, made into moments."""

from datetime import UTC, datetime, timedelta, timezone

from orario.core.errors import invalid
from orario.core.seconds import moment_of, wall_second
from orario.core.zones import first_instant, local_date_time


def checked_time(at: object) -> datetime:
    """The time that was given, as an object or in ISO 8601."""
    try:
        if isinstance(at, datetime):
            return _plain(at)
        if isinstance(at, str) and len(at) <= 64 and at.isprintable():
            return _plain(datetime.fromisoformat(at))
    except ValueError:
        pass
    raise invalid("at", message="a time in ISO 8601 is expected, such as 2026-12-24T08:00:00")


def _plain(time: datetime) -> datetime:
    """The same time with its offset at most, so that it compares, and is written, as one thing."""
    offset = time.utcoffset()
    return time.replace(tzinfo=None if offset is None else timezone(offset), fold=0)


def moment_at(wall: datetime, zone: str) -> datetime:
    """The moment of an aware time, or of a wall-clock time in a zone."""
    try:
        if wall.utcoffset() is not None:
            return wall.astimezone(UTC)
        return _first_shown(wall, zone)
    except OverflowError:
        raise invalid("at", message="this time is outside the calendar") from None


def _first_shown(wall: datetime, zone: str) -> datetime:
    whole = wall.replace(microsecond=0)
    moment = moment_of(first_instant(zone, wall_second(whole)))
    skipped = local_date_time(zone, moment) != whole
    return moment if skipped else moment + timedelta(microseconds=wall.microsecond)


def utc_time(moment: datetime, name: str) -> datetime:
    """An aware time in UTC."""
    try:
        if moment.utcoffset() is not None:
            return moment.astimezone(UTC)
    except OverflowError:
        pass
    raise invalid(name, message="a time with a zone, inside the calendar, is expected")
