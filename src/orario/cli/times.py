"""Moments and lengths of time as a person at a terminal reads them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_STEPS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def parse(text: str) -> datetime:
    """A moment as the API writes it."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def absolute(moment: datetime, zone: str | None = None) -> str:
    """In a zone, which it names; this machine's own unless one is given."""
    return moment.astimezone(ZoneInfo(zone) if zone else None).strftime("%Y-%m-%d %H:%M:%S %Z")


def clock(moment: datetime) -> str:
    """The time of day in this machine's zone, with milliseconds."""
    return moment.astimezone().strftime("%H:%M:%S.%f")[:-3]


def relative(moment: datetime, now: datetime) -> str:
    """How far it is: "in 5 min", "2 d ago", "now"."""
    away = moment - now
    if abs(away) < timedelta(seconds=1):
        return "now"
    return f"in {length(away)}" if away > timedelta(0) else f"{length(-away)} ago"


def length(span: timedelta) -> str:
    """Its two largest units, the smaller one left out when it is zero: "1 h 30 min", "45 s"."""
    left = round(span.total_seconds())
    parts: list[tuple[int, str]] = []
    for unit, size in _STEPS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append((count, unit))
    return " ".join(f"{count} {unit}" for count, unit in parts[:2] if count) or "0 s"


def seconds(value: float | None) -> str:
    """A duration as the API gives it, in seconds, fit for a table."""
    if value is None:
        return ""
    return f"{value:.2f} s" if value < 60 else length(timedelta(seconds=value))
