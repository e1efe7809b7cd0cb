"""A job's whole rule of time: bounds, excluded dates, jitter."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from orario.core.schedule import At, Cron, Every, Schedule, fires
from orario.core.timetable import Timetable, jitter_offset
from orario.core.zones import local_date_time

NEW_YEAR = datetime(2006, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
# In St. John's midnight was passed twice in autumn: 00:01 became 23:01 of the day before.
ZONES = ("UTC", "Europe/Rome", "America/St_Johns", "Pacific/Apia", "America/Sao_Paulo")
SCHEDULES: tuple[Schedule, ...] = (
    Cron("0 */6 * * *"),
    Cron("30 0,23 * * *", timezone="America/St_Johns", dst="both"),
    Cron("*/30 * * * *", timezone="Europe/Rome"),
    Every(hours=7, minutes=3, anchor=NEW_YEAR),
    Every(seconds=900.5, anchor=NEW_YEAR),
    At("2006-10-29T12:00:00"),
)

instants = some.timedeltas(timedelta(0), 364 * DAY).map(lambda span: NEW_YEAR + span)
offsets = some.sampled_from([timedelta(0), timedelta(seconds=3.5), timedelta(hours=30)])
dates = some.frozensets(some.dates(date(2006, 1, 1), date(2006, 12, 31)), max_size=3)
stretches = some.builds(
    lambda first, days: frozenset(first + timedelta(days=count) for count in range(days)),
    some.dates(date(2006, 3, 20), date(2006, 11, 5)),
    some.integers(0, 40),
)
timetables = some.builds(
    Timetable,
    schedule=some.sampled_from(SCHEDULES),
    timezone=some.sampled_from(ZONES),
    start=some.none() | instants,
    end=some.none() | instants,
    offset=offsets,
    excluded=some.builds(frozenset.union, dates, stretches),
)


def plain_walk(timetable: Timetable, after: datetime, until: datetime, *, excluded: bool) -> Iterator[datetime]:
    """The moments by their definition."""
    for moment in takewhile(lambda moment: moment <= until, fires(timetable.schedule, after - 3 * DAY)):
        shifted = moment + timetable.offset
        out = local_date_time(timetable.timezone, moment).date() in timetable.excluded
        early = timetable.start is not None and shifted < timetable.start
        late = timetable.end is not None and shifted > timetable.end
        if after < shifted <= until and not early and not late and out is excluded:
            yield shifted


@settings(deadline=None, max_examples=200)
@given(timetables, instants, some.timedeltas(timedelta(0), timedelta(days=60)))
def test_a_timetable_is_what_its_parts_say(timetable: Timetable, after: datetime, span: timedelta) -> None:
    until = after + span
    walked = list(plain_walk(timetable, after, until, excluded=False))
    dropped = list(plain_walk(timetable, after, until, excluded=True))
    assert list(takewhile(lambda moment: moment <= until, timetable.fires(after))) == walked
    assert timetable.count(after, until) == len(walked)
    assert timetable.latest(after, until) == (walked[-1] if walked else None)
    assert timetable.excluded_count(after, until) == len(dropped)
    if dropped:
        assert timetable.excluded_span(after, until) == (dropped[0], dropped[-1])


def test_bounds_are_inclusive() -> None:
    timetable = Timetable(
        schedule=Cron("0 * * * *"), timezone="UTC", start=NEW_YEAR + 2 * HOUR, end=NEW_YEAR + 4 * HOUR
    )
    assert list(timetable.fires(NEW_YEAR - DAY)) == [NEW_YEAR + count * HOUR for count in (2, 3, 4)]
    assert timetable.count(NEW_YEAR - DAY, NEW_YEAR + DAY) == 3


def test_every_moment_is_shifted_by_the_offset_and_keeps_its_date() -> None:
    timetable = Timetable(
        schedule=Cron("0 0 * * *"), timezone="UTC", offset=timedelta(hours=25), excluded=frozenset({date(2006, 1, 2)})
    )
    found = list(islice(timetable.fires(NEW_YEAR), 3))
    assert found == [NEW_YEAR + HOUR, NEW_YEAR + DAY + HOUR, NEW_YEAR + 3 * DAY + HOUR]


def test_a_schedule_without_a_zone_takes_that_of_its_timetable() -> None:
    timetable = Timetable(schedule=Cron("0 8 * * *"), timezone="Europe/Rome")
    assert timetable.next(NEW_YEAR) == NEW_YEAR + 7 * HOUR


def test_years_of_excluded_seconds_are_jumped_over() -> None:
    decade = frozenset(date(2006, 1, 1) + timedelta(days=count) for count in range(3652))
    timetable = Timetable(
        schedule=Cron("* * * * * *", timezone="Europe/Rome"), timezone="Europe/Rome", excluded=decade
    )
    assert timetable.next(NEW_YEAR) == datetime(2015, 12, 31, 23, tzinfo=UTC)
    assert timetable.count(NEW_YEAR - DAY, NEW_YEAR + 3700 * DAY) == 49 * 86_400


def test_a_timetable_that_excludes_everything_ends() -> None:
    timetable = Timetable(
        schedule=At("2006-05-01T12:00"), timezone="UTC", excluded=frozenset({date(2006, 5, 1), date.max})
    )
    assert timetable.next(NEW_YEAR) is None
    last_day = Timetable(schedule=Cron("* * * * *"), timezone="UTC", excluded=frozenset({date.max}))
    assert last_day.next(datetime(9999, 12, 31, tzinfo=UTC)) is None
    assert last_day.excluded_count(datetime(9999, 12, 30, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)) == 1440


def test_the_end_of_the_calendar_is_no_error_with_an_offset() -> None:
    timetable = Timetable(schedule=Cron("* * * * *"), timezone="UTC", offset=timedelta(days=40))
    assert timetable.next(datetime.max.replace(tzinfo=UTC)) is None
    assert timetable.next(datetime.min.replace(tzinfo=UTC)) is not None


def test_jitter_is_stable_and_within_its_width() -> None:
    width = timedelta(minutes=5)
    draws = [jitter_offset(f"job-{number}", width) for number in range(1000)]
    assert draws == [jitter_offset(f"job-{number}", width) for number in range(1000)]
    assert all(timedelta(0) <= draw < width for draw in draws)
    assert all(draw % timedelta(milliseconds=1) == timedelta(0) for draw in draws)
    assert abs(sum(draws, timedelta(0)) / 1000 - width / 2) < timedelta(seconds=15)
    assert jitter_offset("clock", timedelta(0)) == timedelta(0)


@pytest.mark.parametrize("zone", ZONES)
def test_no_excluded_date_is_ever_shown(zone: str) -> None:
    excluded = frozenset({date(2006, 10, 28), date(2006, 10, 29), date(2006, 4, 2)})
    timetable = Timetable(schedule=Cron("*/10 * * * *", timezone="UTC"), timezone=zone, excluded=excluded)
    shown = {local_date_time(zone, moment).date() for moment in islice(timetable.fires(NEW_YEAR), 50_000)}
    assert not shown & excluded and len(shown) > 340
    assert replace(timetable, excluded=frozenset()).count(NEW_YEAR, NEW_YEAR + DAY) == 144
