"""The evaluator against two independent ones: a walk by Debian's rules in every zone, and cronsim."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import islice, takewhile
from random import Random
from zoneinfo import ZoneInfo, available_timezones

import pytest
from cronsim import CronSim

from orario.core.schedule import Cron, Dst, latest
from tests.core.debian_oracle import Window, changes, minutes_of, moments

SECOND = timedelta(seconds=1)
MINUTES = ("0", "30", "15", "59", "5,35", "0-59/7", "*/15", "*", "20-40", "1-59/2")
MONTHS = ("*", "*", "*", "*/2", "1-12", "3,10,11")
WEEKDAYS = ("*", "*", "*", "mon-fri", "sun", "0,6", "*/2", "5-7", "sat")
WHOLE_HOUR_ZONES = ("UTC", "Europe/Rome", "America/New_York", "America/Santiago", "Pacific/Auckland", "Europe/London")


@cache
def distinct_zones() -> list[str]:
    """One name for each content of the zone files: the others are links."""
    by_content: dict[bytes, str] = {}
    for name in sorted(available_timezones() - {"localtime", "Factory"}):
        by_content.setdefault(files("tzdata.zoneinfo").joinpath(*name.split("/")).read_bytes(), name)
    return list(by_content.values())


def windows(zones: list[str], first_year: int, last_year: int, *, shared: bool) -> Iterator[Window]:
    """The windows around every change; `shared` takes a change that several zones make for one."""
    seen = set()
    for zone in zones:
        for change in changes(zone, first_year, last_year):
            if not (shared and change in seen):
                seen.add(change)
                yield Window(zone, change[0])


def random_expression(random: Random, window: Window) -> str:
    """An expression that is often due around the change."""
    wall = minutes_of(window)[len(minutes_of(window)) // 2][1]
    hours = sorted((wall.hour + random.randint(-3, 3)) % 24 for _ in range(3))
    hour = random.choice(
        (str(hours[0]), f"{hours[0]}-{hours[2]}", f"{hours[0]},{hours[1]}", "*", "*/2", "0", "0-23/3")
    )
    day = random.choice(("*", "*", "*", str(wall.day), f"{max(wall.day - 1, 1)}-{wall.day}", "*/2", "13"))
    return f"{random.choice(MINUTES)} {hour} {day} {random.choice(MONTHS)} {random.choice(WEEKDAYS)}"


def assert_agrees(expression: str, window: Window, policy: Dst) -> None:
    cron = Cron(expression, timezone=window.zone, dst=policy)
    expected = moments(expression, window, policy)
    after, until = window.start - SECOND, window.end - SECOND
    story = f"{expression!r} by {policy} in {window.zone} around {window.change}"
    assert list(takewhile(lambda moment: moment <= until, cron.fires(after))) == expected, story
    assert cron.count(after, until) == len(expected), story
    assert latest(cron, after, until) == (expected[-1] if expected else None), story
    middle = expected[len(expected) // 2] if expected else window.change
    assert cron.count(after, middle) + cron.count(middle, until) == len(expected), story


# From 2028 on the clocks repeat themselves by rule; the soak plays those years too.
@pytest.mark.parametrize("year", [*range(2000, 2028), 2037, 2038, 2040])
def test_every_change_of_every_zone_is_dealt_with_as_debian_does(year: int) -> None:
    random = Random(year)
    for window in windows(distinct_zones(), year, year, shared=True):
        assert_agrees(random_expression(random, window), window, random.choice((Dst.DEBIAN, *Dst)))


@pytest.mark.soak
@pytest.mark.parametrize("year", range(2000, 2041))
def test_many_expressions_by_every_policy_around_every_change(year: int) -> None:
    random = Random(year)
    for window in windows(distinct_zones(), year, year, shared=False):
        for _ in range(12):
            expression = random_expression(random, window)
            for policy in Dst:
                assert_agrees(expression, window, policy)


def random_full_expression(random: Random) -> str:
    """An expression from all that cronsim knows and reads as we do."""
    hour = random.choice(("*", "*/3", str(random.randint(0, 23)), "9-17", "0,6,12", "1-5/2", "2", "1-3"))
    day = random.choice(("*", "*", str(random.randint(1, 31)), "1-7", "L", "LW", "10,20,30", "*/3"))
    month = random.choice(("*", "*", str(random.randint(1, 12)), "JAN,jul", "3-11/2", "*/4", "oct", "mar"))
    weekday = random.choice(("*", "*", "MON-FRI", "0", "7", "6-7", "2#1", "fri#3", "5L", "*/2", "mon,thu"))
    return f"{random.choice(MINUTES)} {hour} {day} {month} {weekday}"


@pytest.mark.parametrize("zone", WHOLE_HOUR_ZONES)
def test_cronsim_finds_the_same_moments_on_whole_hour_clocks(zone: str) -> None:
    random = Random(zone)
    for _ in range(200):
        expression = random_full_expression(random)
        start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=random.randint(0, 24 * 365))
        if expression.split()[2].isdigit() and int(expression.split()[2]) > 28:
            continue  # cronsim refuses some of them
        theirs = (moment.astimezone(UTC) for moment in CronSim(expression, start.astimezone(ZoneInfo(zone))))
        ours = Cron(expression, timezone=zone).fires(start)
        assert list(islice(ours, 60)) == list(islice(theirs, 60)), f"{expression!r} in {zone} from {start}"
