"""Which servers are warned today: days by the calendar of a time zone, also when its clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def warning_window(days: int, now: datetime, zone: str) -> tuple[datetime, datetime]:
    """What ends after the first moment, and not after the second, ends "in `days` days".

    It reaches from `days - 1` times 24 hours ahead to the end of the date that is `days` days away, so that of two
    mornings in a row the windows overlap: one morning on which nothing ran costs most people no warning.
    """
    there = ZoneInfo(zone)
    midnight = datetime.combine(now.astimezone(there).date() + timedelta(days=days + 1), datetime.min.time(), there)
    return now + timedelta(days=days - 1), midnight.astimezone(UTC)


def days_left(moment: datetime, now: datetime, zone: str) -> int:
    """Midnights from now to then."""
    there = ZoneInfo(zone)
    return (moment.astimezone(there).date() - now.astimezone(there).date()).days


def written(moment: datetime, zone: str) -> str:
    """`Tuesday, 27 January 2026 at 16:00 (Europe/Bucharest)`"""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%A}, {local.day} {local:%B %Y at %H:%M} ({zone})"
