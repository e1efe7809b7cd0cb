"""Cron expressions in English; what has no plain sentence is quoted as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from orario.core.cron import DayTimes, compiled, texts_of
from orario.core.cronfields import (
    MONTH,
    MonthDays,
    WeekDays,
    read_month_days,
    read_numbers,
    read_week_days,
)

_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_LONGEST_LIST = 16
_WEEK = frozenset(range(7))


@dataclass(frozen=True)
class _Days:
    """The days of an expression: `each` before the time of day ("every Monday"), `on` after it."""

    each: str
    on: str


def cron_words(expression: str, zone: str) -> str:
    """The expression in words: "every Monday at 08:00, Europe/Rome"."""
    fields = texts_of(expression)
    days = _days(fields[3], fields[4], fields[5])
    times = compiled(expression).times
    if days is None:
        return _quoted(expression, zone)
    if days == _Days("every day", "") and (pace := _pace(times)):
        return pace
    words = _sentence(times, days)
    return f"{words}, {zone}" if words else _quoted(expression, zone)


def _quoted(expression: str, zone: str) -> str:
    return f"by the cron expression {expression}, {zone}"


def _sentence(times: DayTimes, days: _Days) -> str | None:
    if times.per_day <= 6:
        at = _listed(_times_of_day(times))
        return f"{days.each} at {at}" if days.each else f"at {at} {days.on}"
    within = _within_day(times)
    return f"{within} {days.on}".rstrip() if within else None


def _times_of_day(times: DayTimes) -> list[str]:
    shown = len(times.seconds) > 1 or times.seconds != (0,)
    moments = product(times.hours, times.minutes, times.seconds)
    return [f"{hour:02}:{minute:02}" + f":{second:02}" * shown for hour, minute, second in moments]


def _pace(times: DayTimes) -> str | None:
    """An even pace through the whole day, if it is one within the hour."""
    if len(times.hours) < 24:
        return None
    return _pace_in_hour(times)


def _pace_in_hour(times: DayTimes) -> str | None:
    if times.seconds == (0,) and (step := _even_step(times.minutes, 60)):
        return _each(step, "minute")
    if len(times.minutes) == 60 and (step := _even_step(times.seconds, 60)):
        return _each(step, "second")
    return None


def _within_day(times: DayTimes) -> str | None:
    pace = _pace_in_hour(times)
    if pace:
        return _in_hours(pace, times.hours)
    if len(times.minutes) == 60 and len(times.seconds) == 1:
        return _in_hours(f"every minute at second {times.seconds[0]}", times.hours)
    if times.seconds != (0,):
        return None
    if len(times.minutes) == 1:
        return _hourly(times.minutes[0], times.hours)
    if len(times.minutes) > _LONGEST_LIST:
        return None
    minutes = f"at minutes {_listed([str(minute) for minute in times.minutes])}"
    return _in_hours(f"{minutes} of every hour", times.hours)


def _hourly(minute: int, hours: tuple[int, ...]) -> str | None:
    if len(hours) < 24 and (step := _even_step(hours, 24)):
        return f"every {step} hours from 00:{minute:02}"
    if len(hours) < 24 and _is_run(hours):
        return f"every hour between {hours[0]:02}:{minute:02} and {hours[-1]:02}:{minute:02}"
    return _in_hours("every hour" if minute == 0 else f"every hour at minute {minute}", hours)


def _in_hours(pace: str, hours: tuple[int, ...]) -> str | None:
    if len(hours) == 24:
        return pace
    if _is_run(hours):
        return f"{pace} between {hours[0]:02}:00 and {hours[-1]:02}:59"
    runs = _spans(hours)
    if len(runs) > _LONGEST_LIST:
        return None
    return f"{pace} between {_listed([f'{first:02}:00 and {last:02}:59' for first, last in runs])}"


def _days(day: str, month: str, day_of_week: str) -> _Days | None:
    in_month, in_week = read_month_days(day), read_week_days(day_of_week)
    months = read_numbers(MONTH, month)
    any_day, any_weekday = in_month.days >= set(range(1, 32)), in_week.days == _WEEK
    both_restrict = not in_month.free and not in_week.free
    if both_restrict:
        return _either(_month_days(in_month, months), _week_days(in_week, months))
    if any_day and any_weekday:
        return _Days(f"every day{_in(months)}", _in(months).strip())
    if any_day:
        return _week_days(in_week, months)
    return _month_days(in_month, months) if any_weekday else None


def _either(in_month: _Days | None, in_week: _Days | None) -> _Days | None:
    if in_month is None or in_week is None:
        return None
    return _Days("", f"{in_month.on} and {in_week.on}")


def _week_days(rule: WeekDays, months: tuple[int, ...]) -> _Days | None:
    special = [f"the last {_WEEKDAYS[day]}" for day in sorted(rule.last)]
    special += [f"the {_ORDINALS[place - 1]} {_WEEKDAYS[day]}" for day, place in sorted(rule.nth)]
    if special and rule.days:
        return None
    if special:
        return _Days("", f"on {_listed(special)} of {_of(months)}")
    if rule.days == {1, 2, 3, 4, 5}:
        return _Days(f"every weekday{_in(months)}", f"on weekdays{_in(months)}")
    # The week begins on Monday.
    names = [_WEEKDAYS[day] for day in sorted(rule.days, key=lambda day: (day - 1) % 7)]
    return _Days(f"every {_listed(names)}{_in(months)}", f"on every {_listed(names)}{_in(months)}")


def _month_days(rule: MonthDays, months: tuple[int, ...]) -> _Days | None:
    parts = _numbered(tuple(sorted(rule.days)))
    parts += [_before_last(back) for back in sorted(rule.from_last)]
    parts += [f"the weekday nearest to day {day}" if day else "the last weekday" for day in sorted(rule.near)]
    if len(parts) > _LONGEST_LIST:
        return None
    return _Days("", f"on {_listed(parts)} of {_of(months)}")


def _numbered(days: tuple[int, ...]) -> list[str]:
    """`day 1`, or `days 1, 5 to 7 and 9`."""
    if len(days) < 2:
        return [f"day {day}" for day in days]
    spans = [str(first) if first == last else f"{first} to {last}" for first, last in _spans(days)]
    return [f"days {_listed(spans)}"] if len(spans) <= _LONGEST_LIST else spans


def _before_last(back: int) -> str:
    if back == 0:
        return "the last day"
    return f"the day {back} day{'s' * (back > 1)} before the last"


def _of(months: tuple[int, ...]) -> str:
    return "every month" if len(months) == 12 else _month_list(months)


def _in(months: tuple[int, ...]) -> str:
    return "" if len(months) == 12 else f" in {_month_list(months)}"


def _month_list(months: tuple[int, ...]) -> str:
    return _listed([MONTHS[month - 1] for month in months])


def _even_step(values: tuple[int, ...], size: int) -> int | None:
    """The step, if the values go round the clock evenly from 0."""
    step = size // len(values)
    return step if len(values) > 1 and values == tuple(range(0, size, step)) and size % step == 0 else None


def _spans(values: tuple[int, ...]) -> list[tuple[int, int]]:
    """The runs of values that follow each other."""
    found: list[tuple[int, int]] = []
    for value in values:
        if found and found[-1][1] == value - 1:
            found[-1] = (found[-1][0], value)
        else:
            found.append((value, value))
    return found


def _is_run(values: tuple[int, ...]) -> bool:
    return len(_spans(values)) == 1


def _each(step: int, unit: str) -> str:
    return f"every {unit}" if step == 1 else f"every {step} {unit}s"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
