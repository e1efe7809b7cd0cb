"""The length of an interval, from the numbers that a person gives."""

import math
from collections.abc import Mapping
from datetime import timedelta

from orario.core.errors import Invalid, Problem, invalid

UNITS = ("days", "hours", "minutes", "seconds")
SHORTEST = timedelta(milliseconds=100)
LONGEST = timedelta(days=365_250)
_LARGEST = 2**63 - 1
_NOT_AN_INTEGER = "value is not a valid integer"


def interval_of(numbers: Mapping[str, object]) -> timedelta:
    """The sum of days, hours, minutes and seconds; only the seconds may have a fraction."""
    problems = [problem for unit, number in numbers.items() if (problem := _problem(unit, number))]
    if problems:
        raise Invalid(*problems)
    # Exact: a fraction of a second is taken as it is written, whatever the binary float makes of it.
    microseconds = sum(_microseconds(unit, number) for unit, number in numbers.items())
    if microseconds > LONGEST // timedelta(microseconds=1):
        raise invalid(message="the interval is longer than a thousand years")
    return checked_interval(timedelta(microseconds=microseconds))


def checked_interval(interval: timedelta) -> timedelta:
    if not interval:
        raise invalid(message="the interval is empty; give hours, minutes or seconds above 0")
    if interval < SHORTEST:
        raise invalid(message="the shortest interval is 0.1 seconds")
    return interval


def _problem(unit: str, number: object) -> Problem | None:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return Problem((unit,), _NOT_AN_INTEGER, "type_error.integer")
    if isinstance(number, float) and not math.isfinite(number):
        return Problem((unit,), _NOT_AN_INTEGER, "type_error.integer")
    if number < 0:
        return Problem((unit,), "ensure this value is greater than or equal to 0")
    if number > _LARGEST:
        return Problem((unit,), "the number is too large")
    if unit != "seconds" and number != int(number):
        return Problem((unit,), _NOT_AN_INTEGER, "type_error.integer")
    return None


def _microseconds(unit: str, number: object) -> int:
    assert isinstance(number, int | float)
    whole = int(number)
    scale = {"days": 86_400, "hours": 3600, "minutes": 60, "seconds": 1}[unit]
    return whole * scale * 1_000_000 + round((number - whole) * 1_000_000)
