"""Every, Cron and At as values: their moments, their counts, what they refuse."""

import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from orario.core.errors import Invalid
from orario.core.schedule import At, Cron, Dst, Every, Schedule, latest

NEW_YEAR_1970 = datetime(1970, 1, 1, tzinfo=UTC)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)
MINUTE = timedelta(minutes=1)

moments = some.integers(-70 * 365, 230 * 365).flatmap(
    lambda day: some.timedeltas(timedelta(0), timedelta(days=1)).map(
        lambda time: NEW_YEAR_1970 + timedelta(day) + time
    )
)
intervals = some.integers(100_000, 10**13).map(lambda count: timedelta(microseconds=count))
expressions = some.sampled_from(
    [
        "* * * * *",
        "*/7 * * * *",
        "30 2 * * *",
        "0,59 0-3 * * *",
        "0 8 * * mon",
        "15 */5 L * *",
        "0 0 29 2 *",
        "*/20 * * * * *",
        "10-50/9 59 23 15W * *",
        "0 12 13 * fri",
    ]
)
zones = some.sampled_from(
    ["UTC", "Europe/Rome", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "Africa/Casablanca"]
)
crons = some.builds(
    lambda text, zone, dst: Cron(text, timezone=zone, dst=dst), expressions, zones, some.sampled_from(Dst)
)


timeless = settings(deadline=None)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@timeless
@given(crons, moments)
def test_the_next_moment_is_strictly_later_and_whole(cron: Cron, after: datetime) -> None:
    found = list(islice(cron.fires(after), 5))
    assert [after, *found] == sorted({after, *found})
    assert all(moment.microsecond == 0 and moment.tzinfo is UTC for moment in found)


@timeless
@given(crons, moments, some.integers(1, 60))
def test_counting_and_the_latest_agree_with_walking(cron: Cron, after: datetime, steps: int) -> None:
    walked = list(islice(cron.fires(after), steps))
    assert cron.count(after, walked[-1]) == steps
    assert cron.count(after, walked[-1] - timedelta(microseconds=1)) == steps - 1
    assert latest(cron, after, walked[-1] + timedelta(milliseconds=1)) == walked[-1]
    assert latest(cron, walked[-1], walked[-1] + timedelta(microseconds=1)) is None


@timeless
@given(crons, moments, moments, moments)
def test_counts_of_two_halves_add_up(cron: Cron, one: datetime, two: datetime, three: datetime) -> None:
    first, middle, last = sorted((one, two, three))
    assert cron.count(first, middle) + cron.count(middle, last) == cron.count(first, last)
    assert cron.count(last, first) == 0


@timeless
@given(crons, moments)
def test_no_moment_is_passed_over(cron: Cron, after: datetime) -> None:
    moment = cron.next(after)
    assert moment is not None
    assert cron.next(moment - timedelta(microseconds=1)) == moment
    assert cron.next(after + (moment - after) / 2) == moment or moment - after < timedelta(microseconds=2)


@timeless
@given(intervals, moments, moments)
def test_an_interval_never_drifts(interval: timedelta, anchor: datetime, after: datetime) -> None:
    every = Every(seconds=1, anchor=anchor)
    object.__setattr__(every, "interval", interval)
    moment = every.next(after)
    assert moment is not None and moment > max(after, anchor)
    assert (moment - anchor) % interval == timedelta(0)
    assert moment - interval <= max(after, anchor)
    assert every.count(after, moment) == 1
    assert latest(every, after, moment) == moment


def test_an_interval_counts_years_of_moments_at_once() -> None:
    every = Every(seconds=0.1, anchor=NEW_YEAR)
    assert every.count(NEW_YEAR, NEW_YEAR + timedelta(days=365)) == 315_360_000
    assert every.count(NEW_YEAR - timedelta(days=365), NEW_YEAR) == 0


def test_an_interval_first_fires_one_interval_after_its_anchor() -> None:
    every = Every(minutes=5).anchored(NEW_YEAR)
    assert every == Every(seconds=300, anchor=NEW_YEAR)
    assert every.next(NEW_YEAR - timedelta(days=1)) == NEW_YEAR + 5 * MINUTE
    assert every.next(NEW_YEAR + 5 * MINUTE) == NEW_YEAR + 10 * MINUTE


def test_an_interval_without_an_anchor_has_no_moments_yet() -> None:
    with pytest.raises(ValueError, match="anchored"):
        Every(minutes=5).next(NEW_YEAR)


@pytest.mark.parametrize(
    ("make", "loc"),
    [
        (lambda: Every(), ()),
        (lambda: Every(seconds=0.05), ()),
        (lambda: Every(hours=-1), ("hours",)),
        (lambda: Every(hours=1.5), ("hours",)),
        (lambda: Every(minutes=True), ("minutes",)),
        (lambda: Every(seconds=float("inf")), ("seconds",)),
        (lambda: Every(hours=2**63), ("hours",)),
        (lambda: Every(hours=2**62), ()),
        (lambda: Every(hours=1, anchor=datetime(2026, 1, 1)), ("anchor",)),  # noqa: DTZ001
        (lambda: Cron("0 2 * * *", timezone="Europe/Atlantis"), ("timezone",)),
        (lambda: Cron("0 2 * * *", timezone="../../etc/passwd"), ("timezone",)),
        (lambda: Cron("0 2 * * *", timezone="right/Europe/Rome"), ("timezone",)),
        (lambda: Cron("0 2 * * *", timezone="localtime"), ("timezone",)),
        (lambda: Cron("0 2 * * *", dst="vixie"), ("dst",)),
        (lambda: Cron("0 2 * * *", hour="2"), ("expression",)),
        (lambda: Cron(), ()),
        (lambda: At("tomorrow"), ("at",)),
        (lambda: At("2026-12-24T08:00:00" + "0" * 100), ("at",)),
        (lambda: At("0001-01-01T00:00:00+14:00"), ("at",)),
        (lambda: At("9999-12-31T23:59:59", timezone="America/New_York"), ("at",)),
        (lambda: At("2026-12-24T08:00:00", timezone="Nowhere"), ("timezone",)),
    ],
)
def test_a_bad_schedule_is_refused_where_it_is_bad(make: Callable[[], Schedule], loc: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as refusal:
        make()
    assert [problem.loc for problem in refusal.value.problems] == [loc]


def test_a_single_time_fires_once() -> None:
    at = At("2026-12-24T08:00:00", timezone="Europe/Rome")
    assert list(at.fires(NEW_YEAR)) == [utc("2026-12-24T07:00")]
    assert at.next(at.moment) is None
    assert at.count(NEW_YEAR, at.moment) == 1
    assert latest(at, NEW_YEAR, END) == at.moment


def test_an_aware_time_stands_by_itself() -> None:
    rome = timezone(timedelta(hours=1))
    at = At(datetime(2026, 12, 24, 8, tzinfo=rome), timezone="Asia/Tokyo")
    assert at.moment == utc("2026-12-24T07:00")
    assert at == At("2026-12-24T08:00:00+01:00", timezone="Asia/Tokyo")


def test_a_schedule_without_a_zone_takes_the_one_it_is_given_once() -> None:
    assert Cron("0 8 * * *").zoned("Europe/Rome") == Cron("0 8 * * *", timezone="Europe/Rome")
    assert At("2026-12-24T08:00").zoned("Europe/Rome").moment == utc("2026-12-24T07:00")
    assert Cron("0 8 * * *", timezone="UTC").zoned("Europe/Rome").timezone == "UTC"


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Rome"])
def test_the_end_of_the_calendar_has_no_next_moment(zone: str) -> None:
    cron = Cron("* * * * * *", timezone=zone)
    assert cron.next(END) is None
    assert cron.next(END.astimezone(timezone(timedelta(hours=-14))) if zone == "UTC" else END) is None
    assert Cron("0 0 29 2 *", timezone=zone).next(utc("9996-03-01")) is None
    assert Every(hours=1, anchor=NEW_YEAR).next(END) is None
    assert cron.count(END - timedelta(days=400), END) > 0


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_beginning_of_the_calendar_is_no_obstacle(zone: str) -> None:
    moment = Cron("* * * * * *", timezone=zone).next(datetime.min.replace(tzinfo=UTC))
    assert moment is not None and moment.date() <= date(1, 1, 2)


def test_a_wall_time_that_is_always_skipped_is_not_looked_for_for_ever() -> None:
    # Egypt's clocks go from 0:00 to 1:00 on the last Friday of April.
    assert Cron("30 0 * 4 friL", timezone="Africa/Cairo", dst="skip").next(utc("2026-01-01")) is None


@pytest.mark.parametrize("rule", [Cron(hour="9", timezone="Europe/Rome"), At("2026-12-24"), Every(hours=2)])
def test_schedules_are_values(rule: Schedule) -> None:
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert len({rule, pickle.loads(pickle.dumps(rule))}) == 1


def test_the_latest_of_millions_is_found_quickly() -> None:
    cron, calls = Cron("* * * * * *", timezone="Europe/Rome"), []

    class Counted:
        def next(self, after: datetime) -> datetime | None:
            calls.append(after)
            return cron.next(after)

    until = utc("2036-06-01T12:00:00.5")
    assert latest(Counted(), NEW_YEAR, until) == utc("2036-06-01T12:00:00")
    assert len(calls) < 60


def test_years_of_seconds_are_counted_without_walking() -> None:
    cron = Cron("* * * * * *", timezone="Europe/Rome")
    assert cron.count(NEW_YEAR, utc("2036-01-01")) == (utc("2036-01-01") - NEW_YEAR) // timedelta(seconds=1)


def test_fires_walks_in_order() -> None:
    cron = Cron("0 8 * * mon", timezone="Europe/Rome")
    walked = takewhile(lambda moment: moment < utc("2026-01-20"), cron.fires(NEW_YEAR))
    assert [f"{moment:%m-%d %H:%M}" for moment in walked] == ["01-05 07:00", "01-12 07:00", "01-19 07:00"]
