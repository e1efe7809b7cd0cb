"""Lengths of time as people write them: "10m", "1h30m", 90, timedelta."""

import re
from datetime import timedelta
from math import isfinite

from orario.core.errors import invalid

Duration = timedelta | float | int | str

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])")
_LONGEST = timedelta(days=36500)


def duration(value: Duration) -> timedelta:
    """The timedelta that `value` means: a number is seconds, a text has units (ms s m h d w).

    Raises Invalid for anything else, for negative values and for more than a hundred years.
    """
    seconds = _seconds(value)
    if not isfinite(seconds) or not 0 <= seconds <= _LONGEST.total_seconds():
        raise invalid(message="a duration is between 0 and 36500 days")
    return timedelta(seconds=seconds)


def _seconds(value: Duration) -> float:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bool):
        raise invalid(message="a duration is a number of seconds or a text such as 10m or 1h30m")
    if isinstance(value, int | float):
        return float(value)
    return _parsed(value.strip())


def _parsed(text: str) -> float:
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise invalid(message="a duration is a number of seconds or a text such as 10m or 1h30m")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
