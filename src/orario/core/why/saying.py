"""Moments, lengths and people, as the causes speak of them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_STEPS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
_MOST = 200  # characters of somebody else's text inside a sentence


def when(moment: datetime, zone: str) -> str:
    """A moment on the job's own clock and, where that differs, in UTC: `2026-03-03 02:00 CET (01:00 UTC)`."""
    try:
        local = moment.astimezone(ZoneInfo(zone))
    except OverflowError:
        return _clock(moment, date=True) + " UTC"
    name = local.tzname() or zone
    if local.utcoffset() == timedelta(0):
        return f"{_clock(local, date=True)} {name}"
    universal = moment.astimezone(UTC)
    other = _clock(universal, date=universal.date() != local.date())
    return f"{_clock(local, date=True)} {name} ({other} UTC)"


def _clock(moment: datetime, *, date: bool) -> str:
    shown = f"{moment:%H:%M:%S}" if moment.second or moment.microsecond >= 1000 else f"{moment:%H:%M}"
    return f"{moment:%Y-%m-%d} {shown}" if date else shown


def length(span: timedelta) -> str:
    """Its two largest units: `1 h 30 min`, `45 s`, `0.4 s`."""
    total = abs(span.total_seconds())
    if total < 10:
        return f"{total:.1f}".removesuffix(".0") + " s"
    left = round(total)
    parts: list[tuple[int, str]] = []
    for unit, size in _STEPS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append((count, unit))
    return " ".join(f"{count} {unit}" for count, unit in parts[:2] if count)


def by(who: str | None) -> str:
    """`by anna`; Orario itself when nobody is known."""
    return f"by {who or 'Orario itself'}"


def quoted(text: str) -> str:
    """Somebody else's words, on one line and not endless."""
    line = " ".join(text.split())
    return line if len(line) <= _MOST else f"{line[: _MOST - 1]}…"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
