"""The fields of the form in which a job is made and changed: how each is called, shown and read."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orario.core.durations import duration
from orario.core.errors import Invalid
from orario.core.policy import Backoff, Misfire, Overlap
from orario.core.schedule import Dst
from orario.dashboard.moments import zone as zone_of

OVERLAPS = {
    Overlap.SKIP: "Skip it, and record why",
    Overlap.QUEUE: "Let it wait",
    Overlap.CANCEL_OTHER: "Stop the running one",
}
MISFIRES = {
    Misfire.LATEST: "Run the latest of them, once",
    Misfire.ALL: "Run each of them",
    Misfire.NONE: "Run none of them",
}
BACKOFFS = {Backoff.FIXED: "Always the same", Backoff.EXPONENTIAL: "Twice as long each time"}
DSTS = {
    Dst.DEBIAN: "Skipped: run right after. Twice: once",
    Dst.SKIP: "Skipped: do not run. Twice: once",
    Dst.BOTH: "Skipped: run right after. Twice: twice",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `name` is the API's. `kind`: text, long, whole, number, span, choice, zone, moment, days, names."""

    name: str
    title: str
    kind: str
    hint: str = ""
    options: Mapping[Any, str] | None = None
    is_required: bool = False
    may_be_empty: bool = False  # nothing means null, not what is usual


GROUPS: Mapping[str, Sequence[Field]] = {
    "": (
        Field("name", "Name", "text", is_required=True),
        Field("slug", "Short name", "text", "Empty: made of the name"),
        Field("description", "What it is for", "long", may_be_empty=True),
    ),
    "Queue": (
        Field("queue", "Queue", "text", "Empty: the task's own", may_be_empty=True),
        Field("priority", "Priority", "whole", "Higher goes first in its queue; -1000 to 1000"),
    ),
    "Times": (
        Field("timezone", "Time zone", "zone", "Empty: the server's", may_be_empty=True),
        Field("dstPolicy", "When the clock is changed", "choice", options=DSTS),
        Field("startAt", "Not before", "moment", "In the job's zone", may_be_empty=True),
        Field("endAt", "Not after", "moment", "In the job's zone", may_be_empty=True),
        Field("jitterSeconds", "Spread by up to", "span", "Each fires later by its own, constant share"),
        Field("excludeDates", "Not on these dates", "days", "As 2026-12-24, one a line"),
        Field("excludeCalendars", "Not on dates of these calendars", "names", "Their names, with commas between"),
    ),
    "Lateness and overlap": (
        Field("maxInstances", "Runs at once, at most", "whole"),
        Field("overlap", "One more than that", "choice", options=OVERLAPS),
        Field("misfire", "Moments passed in a standstill", "choice", options=MISFIRES),
        Field("misfireGraceSeconds", "On time up to", "span", "Later than this is late"),
        Field("misfireWindowSeconds", "Run each: how far back", "span"),
        Field("misfireCap", "Run each: how many", "whole"),
        Field("startWithinSeconds", "Start within", "span", "Later: missed. Empty: it waits", may_be_empty=True),
    ),
    "When it fails": (
        Field("timeoutSeconds", "Time-out of each attempt", "span", "Empty: the task's own", may_be_empty=True),
        Field("retryCount", "Tried again", "whole", "So many times; 0: never"),
        Field("retryDelaySeconds", "After", "span"),
        Field("retryBackoff", "That wait grows", "choice", options=BACKOFFS),
        Field("retryMaxDelaySeconds", "Up to", "span"),
        Field("retryJitter", "Chance adds", "number", "A share of the wait, 0 to 1"),
        Field("pauseAfterFailures", "Paused after failures in a row", "whole", "Empty: never", may_be_empty=True),
    ),
    "What is kept": (
        Field("keepDays", "Of the last days", "number", "Empty: the server's setting", may_be_empty=True),
        Field("keepCount", "So many at most", "whole", "Empty: the server's setting", may_be_empty=True),
    ),
}  # fmt: skip
FIELDS = {field.name: field for group in GROUPS.values() for field in group}

_UNITS = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))


def shown(field: Field, value: Any, zone: str) -> str:
    """A value as the field has it."""
    if value is None:
        return ""
    match field.kind:
        case "span":
            return span_text(float(value))
        case "days":
            return "\n".join(str(day) for day in value)
        case "names":
            return ", ".join(value)
        case "number":
            return f"{value:g}"
        case "moment":
            return wall_text(str(value), zone)
        case _:
            return str(value)


def parsed(field: Field, text: str) -> Any:
    """What was put into a field, as the API takes it; ValueError says what is wrong."""
    text = text.replace("\r\n", "\n").strip()
    if not text and field.kind not in {"days", "names"}:
        return None
    return _READERS.get(field.kind, _same)(text)


def _same(text: str) -> str:
    return text


def _whole(text: str) -> int:
    if not re.fullmatch(r"-?\d{1,18}", text):
        raise ValueError("is not a whole number")
    return int(text)


def _number(text: str) -> float | int:
    try:
        value = float(text)
    except ValueError:
        raise ValueError("is not a number") from None
    if abs(value) >= 2**53 or value != value:
        raise ValueError("is not a number of sane size")
    return int(value) if value.is_integer() else value


def seconds(text: str) -> float | int:
    """`90`, `10m`, `1h 30m`, in seconds."""
    packed = "".join(text.split())
    if re.fullmatch(r"\d+(\.\d+)?", packed):
        return _number(packed)
    try:
        value = duration(packed).total_seconds()
    except Invalid:
        raise ValueError("is no length of time; write 90s, 10m or 1h 30m") from None
    return int(value) if value.is_integer() else value


def _days(text: str) -> list[str]:
    return [one for one in re.split(r"[\s,;]+", text) if one]


def _names(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


_READERS: Mapping[str, Callable[[str], Any]] = {
    "whole": _whole,
    "number": _number,
    "span": seconds,
    "days": _days,
    "names": _names,
}


def span_text(value: float) -> str:
    """`1h 30m`; `0.5s` where it is no whole number of seconds."""
    if not value:
        return "0s"
    if value < 1 or value % 1:
        return f"{value:g}s"
    rest, parts = int(value), []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts)


def wall_text(text: str, zone: str) -> str:
    """A time on the wall of a zone, as a browser's field for times has it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    wall = moment if moment.tzinfo is None else moment.astimezone(zone_of(zone)).replace(tzinfo=None)
    return wall.isoformat(timespec="minutes" if wall.second == 0 else "seconds")


def interval_text(interval: timedelta) -> str:
    """An interval, as the form has it."""
    return span_text(interval.total_seconds())


def summary(group: str, texts: Mapping[str, str]) -> str:
    """What a group of fields says, in a line."""
    said = texts.get
    match group:
        case "Queue":
            return f"{said('queue') or 'the usual queue'}, priority {said('priority')}"
        case "Lateness and overlap":
            overlap = next((word for one, word in OVERLAPS.items() if one.value == said("overlap")), "")
            return f"{said('maxInstances')} at once; one more: {overlap.lower()}"
        case "When it fails":
            again = f"{said('retryCount')} more tries" if said("retryCount") not in ("0", "") else "no more tries"
            return f"time-out {said('timeoutSeconds') or 'as its task says'}, {again}"
        case "What is kept":
            return f"{said('keepDays')} days" if said("keepDays") else "as the server's setting says"
    return ""
