"""What happens when the clock on the wall is changed."""

from datetime import UTC, datetime, timedelta
from itertools import takewhile

import pytest

from orario.core.schedule import At, Cron, latest

SPRING, AUTUMN = "2026-03-29", "2026-10-25"  # Rome: 02:00 to 03:00 at 01:00 UTC, and 03:00 to 02:00 at 01:00 UTC


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fired(cron: Cron, first: str, last: str) -> list[str]:
    """The moments in [first, last), as day and time."""
    walk = takewhile(lambda moment: moment < utc(last), cron.fires(utc(first) - timedelta(seconds=1)))
    found = list(walk)
    assert cron.count(utc(first) - timedelta(seconds=1), utc(last) - timedelta(seconds=1)) == len(found)
    return [f"{moment:%d %H:%M:%S}"[: 11 if moment.second else 8] for moment in found]


@pytest.mark.parametrize(
    ("dst", "spring", "autumn"),
    [
        ("debian", ["29 01:00"], ["25 00:30"]),
        ("skip", [], ["25 00:30"]),
        ("both", ["29 01:00"], ["25 00:30", "25 01:30"]),
    ],
)
def test_a_skipped_wall_time_runs_right_after_the_gap(dst: str, spring: list[str], autumn: list[str]) -> None:
    cron = Cron("30 2 * * *", timezone="Europe/Rome", dst=dst)
    assert fired(cron, SPRING, "2026-03-30") == spring
    assert fired(cron, AUTUMN, "2026-10-26") == autumn


def test_several_skipped_times_run_as_one_moment() -> None:
    cron = Cron("0,15,30 2 * * *", timezone="Europe/Rome")
    assert fired(cron, SPRING, "2026-03-30") == ["29 01:00"]


def test_a_skipped_time_joins_the_one_that_is_due_at_the_end_of_the_gap() -> None:
    cron = Cron("0,30 2,3 * * *", timezone="Europe/Rome")
    assert fired(cron, SPRING, "2026-03-30") == ["29 01:00", "29 01:30"]


def test_times_outside_the_change_are_not_touched() -> None:
    cron = Cron("59 1,3 * * *", timezone="Europe/Rome")
    assert fired(cron, SPRING, "2026-03-30") == ["29 00:59", "29 01:59", "29 23:59"]
    assert fired(cron, AUTUMN, "2026-10-26") == ["25 02:59"]
    assert fired(cron, "2026-10-24", "2026-10-25") == ["24 01:59", "24 23:59"]


@pytest.mark.parametrize("dst", ["debian", "skip", "both"])
@pytest.mark.parametrize("expression", ["*/30 2 * * *", "0-59/30 */1 * * *"])
def test_wildcards_follow_elapsed_time_under_every_policy(expression: str, dst: str) -> None:
    cron = Cron(expression, timezone="Europe/Rome", dst=dst)
    assert cron.follows_elapsed
    assert len(fired(cron, SPRING + "T00:00", SPRING + "T03:00")) == (0 if "2 *" in expression else 6)
    assert len(fired(cron, AUTUMN + "T00:00", AUTUMN + "T02:00")) == 4


def test_every_minute_is_every_minute_through_both_changes() -> None:
    cron = Cron("* * * * *", timezone="Europe/Rome")
    assert cron.count(utc("2026-01-01") - timedelta(seconds=1), utc("2027-01-01") - timedelta(seconds=1)) == 525_600


def test_a_second_field_does_not_make_a_fixed_time_a_wildcard() -> None:
    cron = Cron("*/20 30 2 * * *", timezone="Europe/Rome")
    assert not cron.follows_elapsed
    assert fired(cron, SPRING, "2026-03-30") == ["29 01:00"]
    assert len(fired(cron, AUTUMN, "2026-10-26")) == 3
    assert Cron("0 * 2 * * *").follows_elapsed


def test_a_half_hour_change_moves_half_an_hour() -> None:
    # Lord Howe: 02:00 to 02:30 at 15:30 UTC on 3 October, and 02:00 to 01:30 at 15:00 UTC on 4 April.
    cron = Cron("15,45 1,2 * * *", timezone="Australia/Lord_Howe")
    assert fired(cron, "2026-10-03T12:00", "2026-10-04") == ["03 14:45", "03 15:15", "03 15:30", "03 15:45"]
    assert fired(cron, "2026-04-04T12:00", "2026-04-05") == ["04 14:15", "04 14:45", "04 15:45", "04 16:15"]


def test_a_change_of_a_whole_day_is_a_correction() -> None:
    # Samoa went from the end of 29 December 2011 straight to 31 December.
    cron = Cron("0 8 * * *", timezone="Pacific/Apia")
    assert fired(cron, "2011-12-29", "2012-01-01") == ["29 18:00", "30 18:00", "31 18:00"]


def test_the_new_time_holds_at_once_after_three_hours_forward_and_runs_again_after_three_back() -> None:
    # Casey: 8 hours ahead of UTC until 2009-10-17T18:00Z, then 11 until 2010-03-04T15:00Z.
    assert fired(Cron("30 3 * * *", timezone="Antarctica/Casey"), "2009-10-17T12:00", "2009-10-18T12:00") == []
    assert fired(Cron("30 0 * * *", timezone="Antarctica/Casey"), "2010-03-04T12:00", "2010-03-05T12:00") == [
        "04 13:30",
        "04 16:30",
    ]


def test_a_two_hour_change_is_still_daylight_saving() -> None:
    # Troll: 01:00 to 03:00 at 01:00 UTC, and back.
    cron = Cron("30 1 * * *", timezone="Antarctica/Troll")
    assert fired(cron, SPRING, "2026-03-30") == ["29 01:00", "29 23:30"]
    assert fired(cron, "2026-10-24T12:00", "2026-10-26T12:00") == ["24 23:30", "26 01:30"]


def test_midnight_repeated_runs_once_and_keeps_its_day() -> None:
    # Havana: 01:00 back to 00:00 on 1 November at 05:00 UTC.
    cron = Cron("0 0 * * *", timezone="America/Havana")
    assert fired(cron, "2026-11-01", "2026-11-03") == ["01 04:00", "02 05:00"]


def test_midnight_skipped_runs_when_the_day_begins() -> None:
    # Cairo: 24 April 2026 begins at 01:00, 22:00 UTC the day before.
    cron = Cron("0 0 24 4 *", timezone="Africa/Cairo")
    assert fired(cron, "2026-04-23", "2026-04-25") == ["23 22:00"]


def test_local_mean_time_with_its_odd_seconds_is_exact() -> None:
    # New York was 4:56:02 behind until November 1883.
    cron = Cron("0 12 * * *", timezone="America/New_York")
    assert fired(cron, "1883-11-10", "1883-11-11") == ["10 16:56:02"]


def test_the_year_2200_is_as_far_as_any() -> None:
    assert fired(Cron("30 2 * * *", timezone="Europe/Rome"), "2200-03-30", "2200-03-31") == ["30 01:00"]
    assert fired(Cron("30 2 * * *", timezone="Europe/Rome"), "2200-10-26", "2200-10-27") == ["26 00:30"]


@pytest.mark.parametrize(
    ("wall", "zone", "moment"),
    [
        ("2026-03-29T02:30:00.5", "Europe/Rome", "2026-03-29T01:00:00"),
        ("2026-03-29T03:00", "Europe/Rome", "2026-03-29T01:00:00"),
        ("2026-10-25T02:30:00.5", "Europe/Rome", "2026-10-25T00:30:00.5"),
        ("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T10:00:00"),
        ("2026-07-01T12:00", "Asia/Kathmandu", "2026-07-01T06:15:00"),
    ],
)
def test_a_single_time_that_is_skipped_or_repeated_has_one_moment(wall: str, zone: str, moment: str) -> None:
    assert At(wall, timezone=zone).moment == utc(moment)


def test_the_latest_moment_of_the_repeated_hour_is_the_first_pass() -> None:
    cron = Cron("30 2 * * *", timezone="Europe/Rome")
    assert latest(cron, utc("2026-10-20"), utc("2026-10-25T01:59")) == utc("2026-10-25T00:30")
