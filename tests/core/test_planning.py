"""What due moments become, as tables of cases and against a walk over every moment."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orario.core.planning import Gap, Plan, Reason, pass_over, plan
from orario.core.policy import Misfire, Policy
from orario.core.schedule import Cron, Every
from orario.core.timetable import Timetable

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTELY = Timetable(schedule=Every(minutes=1, anchor=NOON), timezone="UTC")


def minute(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def planned(policy: Policy, now: datetime, timetable: Timetable = MINUTELY, position: datetime = NOON) -> Plan:
    next_at = timetable.next(position)
    assert next_at is not None
    return plan(timetable, policy, position, next_at, now)


@pytest.mark.parametrize("misfire", list(Misfire))
def test_a_moment_attended_to_in_time_runs_whatever_the_policy(misfire: Misfire) -> None:
    found = planned(Policy(misfire=misfire), minute(1) + timedelta(milliseconds=3))
    assert found == Plan((minute(1),), (), minute(1), minute(2))


def test_latest_runs_once_for_all_that_was_missed() -> None:
    found = planned(Policy(), minute(10.5))
    assert found.moments == (minute(10),)
    assert found.gaps == (Gap(minute(1), minute(9), 9, Reason.MISSED),)
    assert (found.position, found.next_at) == (minute(10), minute(11))


def test_all_runs_each_within_the_window() -> None:
    policy = Policy(misfire=Misfire.ALL, misfire_window=timedelta(minutes=3))
    found = planned(policy, minute(10.5))
    assert found.moments == (minute(8), minute(9), minute(10))
    assert found.gaps == (Gap(minute(1), minute(7), 7, Reason.MISSED),)


def test_all_is_capped_and_keeps_the_newest() -> None:
    policy = Policy(misfire=Misfire.ALL, misfire_cap=4)
    found = planned(policy, minute(10.5))
    assert found.moments == tuple(minute(number) for number in (7, 8, 9, 10))
    assert found.gaps == (Gap(minute(1), minute(6), 6, Reason.MISSED),)


def test_none_runs_nothing_late() -> None:
    found = planned(Policy(misfire=Misfire.NONE), minute(10.5))
    assert found.moments == ()
    assert found.gaps == (Gap(minute(1), minute(10), 10, Reason.MISSED),)
    assert found.next_at == minute(11)


def test_none_runs_the_moment_that_is_on_time_after_an_outage() -> None:
    found = planned(Policy(misfire=Misfire.NONE), minute(10) + timedelta(milliseconds=500))
    assert found.moments == (minute(10),)
    assert found.gaps == (Gap(minute(1), minute(9), 9, Reason.MISSED),)


def test_a_year_of_missed_seconds_is_one_gap_and_one_run() -> None:
    secondly = Timetable(schedule=Cron("* * * * * *"), timezone="Europe/Rome")
    now = NOON + timedelta(days=365, milliseconds=1)
    found = planned(Policy(misfire_grace=timedelta(0)), now, secondly)
    assert found.moments == (NOON + timedelta(days=365),)
    assert found.gaps[0].count == 365 * 86400 - 1


def test_excluded_dates_stand_in_the_ledger() -> None:
    daily = Timetable(
        schedule=Cron("0 8 * * *"), timezone="UTC", excluded=frozenset({date(2026, 3, 3), date(2026, 3, 4)})
    )
    found = planned(Policy(), datetime(2026, 3, 5, 8, tzinfo=UTC), daily, datetime(2026, 3, 2, 9, tzinfo=UTC))
    assert found.moments == (datetime(2026, 3, 5, 8, tzinfo=UTC),)
    first, last = datetime(2026, 3, 3, 8, tzinfo=UTC), datetime(2026, 3, 4, 8, tzinfo=UTC)
    assert found.gaps == (Gap(first, last, 2, Reason.EXCLUDED),)


def test_a_pause_is_one_gap() -> None:
    assert list(pass_over(MINUTELY, minute(3), minute(7.5), Reason.PAUSED)) == [
        Gap(minute(4), minute(7), 4, Reason.PAUSED)
    ]
    assert list(pass_over(MINUTELY, minute(3), minute(3.5), Reason.PAUSED)) == []


@given(
    st.sampled_from(list(Misfire)),
    st.integers(1, 400),
    st.integers(0, 90),
    st.integers(1, 50),
    st.integers(0, 400),
    st.sets(st.integers(0, 3)),
)
def test_every_moment_is_accounted_for_once(
    misfire: Misfire, late: int, grace: int, cap: int, window: int, excluded_days: set[int]
) -> None:
    timetable = Timetable(
        schedule=Cron("*/20 * * * *"),
        timezone="Europe/Rome",
        excluded=frozenset(NOON.date() + timedelta(days=day) for day in excluded_days),
    )
    policy = Policy(
        misfire=misfire,
        misfire_grace=timedelta(minutes=grace),
        misfire_cap=cap,
        misfire_window=timedelta(minutes=window * 15),
    )
    now = NOON + timedelta(minutes=late * 15)
    next_at = timetable.next(NOON)
    if next_at is None or next_at > now:
        return
    found = plan(timetable, policy, NOON, next_at, now)
    missed = sum(gap.count for gap in found.gaps if gap.reason is Reason.MISSED)
    excluded = sum(gap.count for gap in found.gaps if gap.reason is Reason.EXCLUDED)
    assert len(set(found.moments)) == len(found.moments)
    assert len(found.moments) + missed == timetable.count(NOON, found.position) == timetable.count(NOON, now)
    assert excluded == timetable.excluded_count(NOON, found.position)
    assert len(found.moments) + missed + excluded == timetable.schedule.count(NOON, found.position)
    assert found.next_at is not None and found.next_at > now
