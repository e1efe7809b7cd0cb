"""Moments and lengths of time, as people read them."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from markupsafe import Markup

NONE = "\N{EN DASH}"
_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60))


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local(moment: datetime, name: str) -> datetime:
    """The moment on the wall of a zone."""
    return moment.astimezone(zone(name))


def absolute(moment: datetime, name: str, now: datetime) -> str:
    """`14:05:09 CET`, with the day where it is not today's; whole minutes go without seconds."""
    there, today = local(moment, name), local(now, name)
    clock = f"{there:%H:%M}" if there.second == 0 else f"{there:%H:%M:%S}"
    if there.date() != today.date():
        year = "" if there.year == today.year else f" {there.year}"
        clock = f"{there.day} {there:%b}{year}, {clock}"
    return f"{clock} {short_zone(there)}"


def whole(moment: datetime, name: str) -> str:
    """Everything about a moment, for whoever rests on it."""
    there = local(moment, name)
    text = f"{there:%A}, {there.day} {there:%B} {there.year}, {there:%H:%M:%S} {name}"
    return text if name == "UTC" else f"{text} ({moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)"


def short_zone(there: datetime) -> str:
    """`CET`, or `UTC+05:30` where a zone has only numbers."""
    short, offset = there.tzname() or "", f"{there:%z}"
    return short if short[:1].isalpha() else f"UTC{offset[:3]}:{offset[3:5]}"


def relative(moment: datetime, now: datetime) -> str:
    """`5 minutes ago`, `in 3 hours`."""
    seconds = (moment - now).total_seconds()
    size = abs(seconds)
    if size < 2:
        return "now"
    text = _rough(size)
    return f"in {text}" if seconds > 0 else f"{text} ago"


def _rough(size: float) -> str:
    if size < 60:
        return f"{int(size)} seconds"
    for unit, seconds in _UNITS:
        if size >= seconds:
            count = int(size // seconds)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return ""


def when(moment: datetime | None, name: str, now: datetime, form: str = "relative") -> Markup:
    """A moment as an element that a script keeps fresh: relative or absolute; the other form is its title."""
    if moment is None:
        return Markup('<span class="none">{}</span>').format(NONE)
    text = relative(moment, now) if form == "relative" else absolute(moment, name, now)
    return Markup('<time datetime="{}" data-form="{}" title="{}">{}</time>').format(
        iso(moment), form, whole(moment, name), text
    )


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def length(seconds: float | timedelta | None) -> str:
    """`340 ms`, `2.4 s`, `3 m 20 s`, `2 h 5 m`, `3 d 4 h`."""
    if seconds is None:
        return NONE
    if isinstance(seconds, timedelta):
        seconds = seconds.total_seconds()
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} m {rest} s" if rest else f"{minutes} m"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} m" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def number(value: float) -> str:
    """`12,345`, `0.5`."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def short_number(value: float) -> str:
    """`999`, `12.3k`, `4.5M`: for places with little room."""
    for size, sign in ((1_000_000_000, "G"), (1_000_000, "M"), (10_000, "k")):
        if value >= size:
            scaled = value / (1000 if sign == "k" else size)
            return f"{scaled:.0f}{sign}" if scaled >= 100 else f"{scaled:.1f}".rstrip("0").rstrip(".") + sign
    return number(value)
