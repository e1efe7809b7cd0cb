"""Schedules in the JSON forms of seed 004."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from orario.core.errors import Invalid
from orario.core.schedule import At, Cron, Every, OnDemand, Schedule
from orario.core.scheduleconfig import KINDS, from_config, kind_of, to_config

ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)
INTEGER = ("value is not a valid integer", "type_error.integer")


def problems(kind: str, config: Any, **options: str) -> list[tuple[tuple[str | int, ...], str, str]]:
    with pytest.raises(Invalid) as refusal:
        from_config(kind, config, **{"timezone": "UTC", **options})  # type: ignore[arg-type]
    return [(problem.loc, problem.message, problem.kind) for problem in refusal.value.problems]


@pytest.mark.parametrize(
    ("config", "seconds"),
    [
        ({"hours": 0, "minutes": 0, "seconds": 30}, 30),
        ({"hours": 0, "minutes": 5, "seconds": 0}, 300),
        ({"hours": 2, "minutes": 0, "seconds": 0}, 7200),
        ({"hours": 24, "minutes": 0, "seconds": 0}, 86_400),
        ({"minutes": 90.0}, 5400),
        ({"days": 2}, 172_800),
        ({"seconds": 0.5}, 0.5),
    ],
)
def test_the_documented_intervals_are_read(config: dict[str, object], seconds: float) -> None:
    assert from_config("interval", config, timezone="UTC", anchor=ANCHOR) == Every(seconds=seconds, anchor=ANCHOR)


@pytest.mark.parametrize(
    ("config", "expression"),
    [
        ({"hour": "0", "minute": "0"}, "0 0 * * *"),
        ({"hour": "9", "minute": "0"}, "0 9 * * *"),
        ({"hour": "*", "minute": "30"}, "30 * * * *"),
        ({"hour": "8", "minute": "0", "day_of_week": "mon"}, "0 8 * * mon"),
        ({"hour": "0", "minute": "0", "day": "1"}, "0 0 1 * *"),
        ({"hour": 9.0}, "0 9 * * *"),
        ({"expression": "0 2 * * *"}, "0 2 * * *"),
    ],
)
def test_the_documented_crons_are_read(config: dict[str, object], expression: str) -> None:
    schedule = from_config("cron", config, timezone="Europe/Rome", dst="skip")
    assert isinstance(schedule, Cron)
    assert (schedule.expression, schedule.timezone, schedule.dst) == (expression, "Europe/Rome", "skip")
    assert to_config(schedule) == config


def test_a_single_time_is_read_in_the_zone() -> None:
    schedule = from_config("once", {"at": "2026-12-24T08:00:00"}, timezone="Europe/Rome")
    assert schedule == At("2026-12-24T08:00:00", timezone="Europe/Rome")
    assert to_config(schedule) == {"at": "2026-12-24T08:00:00"}


@pytest.mark.parametrize(
    ("config", "shown"),
    [
        (Every(days=1, hours=2), {"hours": 26, "minutes": 0, "seconds": 0}),
        (Every(seconds=3661), {"hours": 1, "minutes": 1, "seconds": 1}),
        (Every(seconds=60.25), {"hours": 0, "minutes": 1, "seconds": 0.25}),
    ],
)
def test_an_interval_is_shown_in_hours_minutes_and_seconds(config: Every, shown: dict[str, object]) -> None:
    assert to_config(config) == shown


@pytest.mark.parametrize("number", ["5", True, None, float("nan"), float("inf"), 1.5, [], {}])
def test_what_is_no_integer_is_refused_in_the_documented_words(number: object) -> None:
    assert problems("interval", {"hours": number, "seconds": 1}) == [(("hours",), *INTEGER)]


@pytest.mark.parametrize("number", [-1, -0.5, 2**63, 10**400, 1e300])
def test_numbers_out_of_range_are_refused(number: float) -> None:
    ((loc, _, kind),) = problems("interval", {"seconds": number})
    assert (loc, kind) == (("seconds",), "value_error")


@pytest.mark.parametrize(
    "config", [{}, {"hours": 0}, {"hours": 0, "minutes": 0, "seconds": 0.0}, {"seconds": 0.01}, {"hours": 2**60}]
)
def test_an_interval_of_nothing_or_of_ages_is_refused_as_a_whole(config: dict[str, object]) -> None:
    assert [loc for loc, _, _ in problems("interval", config)] == [()]


def test_all_problems_are_told_at_once() -> None:
    found = problems("interval", {"hours": "x", "hour": "9", "weeks": 1, "minutes": -1}, timezone="Mars", dst="no")
    assert [(loc, kind) for loc, _, kind in found] == [
        (("hour",), "value_error.extra"),
        (("weeks",), "value_error.extra"),
        (("timezone",), "value_error"),
        (("dst",), "value_error"),
        (("hours",), "type_error.integer"),
        (("minutes",), "value_error"),
    ]
    assert found[1][1] == "extra fields not permitted"
    assert found[0][1].startswith("extra fields not permitted")


@pytest.mark.parametrize(
    ("kind", "config", "loc"),
    [
        ("cron", {}, ()),
        ("cron", {"hour": None}, ("hour",)),
        ("cron", {"hour": "25"}, ("hour",)),
        ("cron", {"hours": 3}, ("hours",)),
        ("cron", {"year": "2026"}, ("year",)),
        ("cron", {"expression": "0 2 * * *", "hour": "2"}, ("expression",)),
        ("cron", {"expression": "0 2 * *"}, ("expression",)),
        ("cron", {"expression": 5}, ("expression",)),
        ("cron", {"day": "30", "month": "2"}, ("day",)),
        ("cron", {"hour": ["9"]}, ("hour",)),
        ("once", {}, ("at",)),
        ("once", {"at": None}, ("at",)),
        ("once", {"at": 1766563200}, ("at",)),
        ("once", {"at": "soon"}, ("at",)),
        ("once", {"hour": "9"}, ("hour",)),
        ("interval", {"at": "2026-12-24T08:00:00"}, ("at",)),
        ("interval", {"evil\x00\x1b": 1}, ()),
        ("interval", [1], ()),
        ("fortnight", {"hours": 1}, ()),
    ],
)
def test_a_bad_configuration_is_refused_at_its_key(kind: str, config: Any, loc: tuple[str, ...]) -> None:
    ((found, message, _),) = problems(kind, config)
    assert found == loc and message.isprintable()


def test_a_flood_of_keys_is_answered_briefly() -> None:
    assert len(problems("cron", {f"key{number}": number for number in range(10_000)})) == 20


fields = some.fixed_dictionaries(
    {"hour": some.sampled_from(["*", "9", 9, "*/2", "1-5"])},
    optional={
        "minute": some.sampled_from(["0", 30, "*/15"]),
        "second": some.sampled_from(["0", 30, "*/20"]),
        "day_of_week": some.sampled_from(["mon", "fri#2", 0]),
        "day": some.sampled_from(["1", "L", "15W", 28]),
        "month": some.sampled_from(["jan-mar", 2, "*"]),
    },
)
schedules = (
    some.builds(lambda micros: Every(seconds=micros / 1e6, anchor=ANCHOR), some.integers(100_000, 10**14))
    | some.builds(lambda config: Cron(**config, timezone="Europe/Rome", dst="both"), fields)
    | some.sampled_from(["@daily", "0 2 * * *", "*/5 0 2 L * fri#1"]).map(
        lambda text: Cron(text, timezone="Europe/Rome", dst="both")
    )
    | some.builds(
        lambda time: At(time, timezone="Europe/Rome"),
        some.dates(date(2, 1, 1), date(9998, 12, 31)).map(lambda day: f"{day}T08:30:15.25"),
    )
    | some.just(OnDemand())
)


def test_on_demand_takes_no_keys() -> None:
    assert from_config("on_demand", {}, timezone="UTC") == OnDemand()
    loc, message, _ = problems("on_demand", {"hours": 1})[0]
    assert (loc, message) == (("hours",), "extra fields not permitted: this one belongs to 'interval'")


@settings(deadline=None)
@given(schedules)
def test_a_schedule_survives_the_way_out_and_back(schedule: Schedule) -> None:
    config, kind = to_config(schedule), kind_of(schedule)
    assert kind in KINDS.values()
    assert from_config(kind, config, timezone="Europe/Rome", dst="both", anchor=ANCHOR) == schedule
