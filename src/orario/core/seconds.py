"""Moments as whole seconds since the year 1 in UTC, the numbers in which cron schedules are worked out."""

from datetime import UTC, datetime, timedelta

DAY = 86_400
ORIGIN = datetime(1, 1, 1, tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)
LAST = (END - ORIGIN) // timedelta(seconds=1)
TICK = timedelta(microseconds=1)


def floor_second(moment: datetime) -> int:
    """The second in which an aware moment lies."""
    since = moment - ORIGIN
    return since.days * DAY + since.seconds


def moment_of(second: int) -> datetime:
    return ORIGIN + timedelta(0, second)


def wall_second(wall: datetime) -> int:
    """The number of a naive wall-clock time, fractions dropped."""
    return floor_second(wall.replace(tzinfo=UTC))


def plus(moment: datetime, span: timedelta) -> datetime:
    """Moment plus span in UTC, held inside the years that a datetime knows."""
    try:
        return moment.astimezone(UTC) + span
    except OverflowError:
        return END if span > timedelta() else ORIGIN
