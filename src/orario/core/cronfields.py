"""One field of a cron expression: its text read into the values it allows."""

import re
from dataclasses import dataclass, field

from orario.core.errors import invalid

_WEEKDAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_PRINTABLE = re.compile(r"[A-Za-z0-9*/,#?_.+-]{1,24}")
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Field:
    """A field's name, its limits and the names that stand for numbers in it."""

    name: str
    low: int
    high: int
    names: dict[str, int] = field(default_factory=dict)

    @property
    def limits(self) -> str:
        words = f" or {'-'.join((*self.names,)[:: len(self.names) - 1])}" if self.names else ""
        return f"{self.low}-{self.high}{words}"


SECOND = Field("second", 0, 59)
MINUTE = Field("minute", 0, 59)
HOUR = Field("hour", 0, 23)
DAY = Field("day", 1, 31)
MONTH = Field("month", 1, 12, _MONTHS)
DAY_OF_WEEK = Field("day_of_week", 0, 7, _WEEKDAYS)
FIELDS = (SECOND, MINUTE, HOUR, DAY, MONTH, DAY_OF_WEEK)


@dataclass(frozen=True)
class MonthDays:
    """The days that a day-of-month field names."""

    days: frozenset[int]
    from_last: frozenset[int] = frozenset()
    """Days counted back from the last of the month, which is 0."""
    near: frozenset[int] = frozenset()
    """Days of which the nearest weekday is meant; 0 is the last of the month."""
    free: bool = False
    """Whether the field starts with a star, and so does not restrict in Debian's sense."""


@dataclass(frozen=True)
class WeekDays:
    """The days that a day-of-week field names, Sunday being 0."""

    days: frozenset[int]
    last: frozenset[int] = frozenset()
    nth: frozenset[tuple[int, int]] = frozenset()
    free: bool = False


def read_numbers(spec: Field, text: str) -> tuple[int, ...]:
    """The values of a field of plain numbers, in order."""
    found: set[int] = set()
    for item in text.lower().split(","):
        found.update(_span(spec, item))
    return tuple(sorted(found))


def read_month_days(text: str) -> MonthDays:
    """The day-of-month field: numbers, `L`, `L-3`, `15W`, `LW`."""
    text = "*" if text == "?" else text.lower()
    days: set[int] = set()
    from_last: set[int] = set()
    near: set[int] = set()
    for item in text.split(","):
        if item == "l":
            from_last.add(0)
        elif item.startswith("l-"):
            from_last.add(_number(Field("day", 0, 30), item[2:]))
        elif item == "lw":
            near.add(0)
        elif item.endswith("w"):
            near.add(_number(DAY, item[:-1]))
        else:
            days.update(_span(DAY, item))
    return MonthDays(frozenset(days), frozenset(from_last), frozenset(near), text.startswith("*"))


def read_week_days(text: str) -> WeekDays:
    """The day-of-week field: numbers, names, `friL`, `mon#2`."""
    text = "*" if text == "?" else text.lower()
    days: set[int] = set()
    last: set[int] = set()
    nth: set[tuple[int, int]] = set()
    for item in text.split(","):
        weekday, hash_sign, place = item.partition("#")
        if hash_sign:
            nth.add((_number(DAY_OF_WEEK, weekday) % 7, _number(Field("day_of_week", 1, 5), place)))
        elif len(item) > 1 and item.endswith("l"):
            last.add(_number(DAY_OF_WEEK, item[:-1]) % 7)
        else:
            days.update(number % 7 for number in _span(DAY_OF_WEEK, item))
    return WeekDays(frozenset(days), frozenset(last), frozenset(nth), text.startswith("*"))


def _span(spec: Field, item: str) -> range:
    """The values of one item of a list: `*`, `7`, `1-5`, any of them with `/2`."""
    body, slash, step = item.partition("/")
    if body == "*":
        first, last = spec.low, spec.high
    elif "-" in body:
        first, last = _ends(spec, body)
    else:
        first = _number(spec, body)
        last = spec.high if slash else first
    return range(first, last + 1, _step(spec, step) if slash else 1)


def _ends(spec: Field, body: str) -> tuple[int, int]:
    low, _, high = body.partition("-")
    first, last = _number(spec, low), _number(spec, high)
    if first > last and spec is DAY_OF_WEEK and last == 0:
        last = 7
    if first > last:
        message = f"the range {quoted(body)} runs backwards; write it as two ranges"
        raise invalid(spec.name, message=message)
    return first, last


def _step(spec: Field, text: str) -> int:
    most = spec.high - spec.low + 1
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= most:
        raise invalid(spec.name, message=f"the step {quoted(text)} is not a number from 1 to {most}")
    return int(text)


def _number(spec: Field, text: str) -> int:
    if text in spec.names:
        return spec.names[text]
    if not _NUMBER.fullmatch(text) or not spec.low <= int(text) <= spec.high:
        raise invalid(spec.name, message=f"{quoted(text)} is not allowed here; allowed is {spec.limits}")
    return int(text)


def quoted(text: str) -> str:
    """The text in quotes, if it is short and harmless enough to be sent back."""
    if not text:
        return "nothing"
    return f"'{text}'" if _PRINTABLE.fullmatch(text) else "this text"
