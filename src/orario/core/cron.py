"""Cron expressions compiled into arithmetic on wall-clock seconds."""

from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache

from orario.core.crondays import NEVER, Calendar, calendar_of
from orario.core.cronfields import (
    FIELDS,
    HOUR,
    MINUTE,
    SECOND,
    Field,
    read_month_days,
    read_numbers,
    read_week_days,
)
from orario.core.errors import Invalid, Problem, invalid
from orario.core.seconds import DAY

LONGEST = 200
MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_NO_REBOOT = "@reboot names no moment of time: a start of the machine or of Orario is not due at any"


@dataclass(frozen=True)
class DayTimes:
    """The times of day of a cron expression: every combination of its hours, minutes and seconds."""

    hours: tuple[int, ...]
    minutes: tuple[int, ...]
    seconds: tuple[int, ...]
    hour_from: tuple[int, ...]
    """For each hour, the first of the rule's that is not earlier, or 24; the like for minutes and seconds."""
    minute_from: tuple[int, ...]
    second_from: tuple[int, ...]
    per_day: int
    first: int

    def at_or_after(self, time: int) -> int:
        """The first time of day, in seconds, that is not earlier; NEVER if there is none left today."""
        minute_of_day, second = divmod(time, 60)
        hour, minute = divmod(minute_of_day, 60)
        if self.hour_from[hour] == hour:
            if self.minute_from[minute] == minute and self.second_from[second] < 60:
                return time - second + self.second_from[second]
            later = self.minute_from[minute + 1]
            if later < 60:
                return hour * 3600 + later * 60 + self.seconds[0]
        hour = self.hour_from[hour + 1]
        return hour * 3600 + self.first % 3600 if hour < 24 else NEVER

    def before(self, time: int) -> int:
        """How many times of day are earlier."""
        minute_of_day, second = divmod(time, 60)
        hour, minute = divmod(minute_of_day, 60)
        count = bisect_left(self.hours, hour) * len(self.minutes) * len(self.seconds)
        if self.hour_from[hour] == hour:
            count += bisect_left(self.minutes, minute) * len(self.seconds)
            if self.minute_from[minute] == minute:
                count += bisect_left(self.seconds, second)
        return count


@dataclass(frozen=True)
class Plan:
    """A compiled expression; its wall times are seconds since the year 1."""

    times: DayTimes
    days: Calendar
    fixed: bool
    """Whether neither minute nor hour starts with a star: then the clock's jumps are made up for."""

    def at_or_after(self, wall: int) -> int:
        """The first wall time of the expression that is not earlier."""
        day, time = divmod(max(wall, 0), DAY)
        found = self.days.on_or_after(day)
        if found == day:
            time_of_day = self.times.at_or_after(time)
            if time_of_day < DAY:
                return day * DAY + time_of_day
            found = self.days.on_or_after(day + 1)
        return found * DAY + self.times.first if found < NEVER else NEVER

    def between(self, first: int, last: int) -> int:
        """How many wall times of the expression are in [first, last)."""
        return self._since(first, last) if first < last else 0

    def _since(self, first: int, last: int) -> int:
        (day, time), (last_day, last_time) = divmod(max(first, 0), DAY), divmod(last, DAY)
        count = self.days.between(day, last_day) * self.times.per_day
        if self.days.between(day, day + 1):
            count -= self.times.before(time)
        if self.days.between(last_day, last_day + 1):
            count += self.times.before(last_time)
        return count


def normalised(expression: object) -> str:
    """The text with single blanks; refused if it is none, or absurdly long."""
    if not isinstance(expression, str) or not expression.strip():
        raise invalid("expression", message="a cron expression is a text such as '0 2 * * *'")
    if len(expression) > LONGEST:
        raise invalid("expression", message=f"a cron expression has at most {LONGEST} characters")
    return " ".join(expression.split())


@lru_cache(maxsize=2048)
def compiled(expression: str) -> Plan:
    """The plan of a normalised expression."""
    fields = texts_of(expression)
    problems = [problem for spec, text in zip(FIELDS, fields, strict=True) for problem in problems_of(spec, text)]
    if problems:
        raise Invalid(*(_in_expression(problem) for problem in problems))
    second, minute, hour, day, month, day_of_week = fields
    days = calendar_of(day.lower(), month.lower(), day_of_week.lower())
    if not any(days.tables):
        raise invalid("expression", message="this is never due: no year has such a day")
    fixed = not minute.startswith("*") and not hour.startswith("*")
    return Plan(_day_times(hour, minute, second), days, fixed)


def texts_of(expression: str) -> tuple[str, ...]:
    """The texts of the six fields, second first."""
    if expression.startswith("@"):
        expression = _spelt_out(expression)
    fields = tuple(expression.split(" "))
    if len(fields) not in (5, 6):
        message = (
            f"a cron expression has 5 fields (minute hour day month day_of_week) "
            f"or 6 (second first), not {len(fields)}"
        )
        raise invalid("expression", message=message)
    return fields if len(fields) == 6 else ("0", *fields)


def problems_of(spec: Field, text: str) -> tuple[Problem, ...]:
    """What is wrong with the text of one field."""
    try:
        if spec.name == "day":
            read_month_days(text)
        elif spec.name == "day_of_week":
            read_week_days(text)
        else:
            read_numbers(spec, text)
    except Invalid as error:
        return error.problems
    return ()


def _spelt_out(macro: str) -> str:
    if macro.lower() == "@reboot":
        raise invalid("expression", message=_NO_REBOOT)
    if macro.lower() not in MACROS:
        raise invalid("expression", message=f"the shorthands are {', '.join(MACROS)}")
    return MACROS[macro.lower()]


def _in_expression(problem: Problem) -> Problem:
    return Problem(("expression",), f"{problem.loc[0]}: {problem.message}", problem.kind)


def _day_times(hour: str, minute: str, second: str) -> DayTimes:
    hours, minutes, seconds = (
        read_numbers(spec, text) for spec, text in ((HOUR, hour), (MINUTE, minute), (SECOND, second))
    )
    return DayTimes(
        hours,
        minutes,
        seconds,
        hour_from=_from(hours, 24),
        minute_from=_from(minutes, 60),
        second_from=_from(seconds, 60),
        per_day=len(hours) * len(minutes) * len(seconds),
        first=hours[0] * 3600 + minutes[0] * 60 + seconds[0],
    )


def _from(values: tuple[int, ...], size: int) -> tuple[int, ...]:
    """For each number up to size, the first value that is not smaller, or size."""
    padded = (*values, size)
    return tuple(padded[bisect_left(values, number)] for number in range(size + 1))
