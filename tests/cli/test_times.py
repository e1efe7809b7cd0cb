"""Moments and lengths as a person reads them."""

from datetime import UTC, datetime, timedelta

import pytest

from orario.cli import times

NOW = datetime(2030, 1, 31, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (timedelta(0), "now"),
        (timedelta(milliseconds=-400), "now"),
        (timedelta(seconds=5), "in 5 s"),
        (timedelta(minutes=90), "in 1 h 30 min"),
        (timedelta(days=-2), "2 d ago"),
        (timedelta(days=-2, seconds=-5), "2 d ago"),
        (timedelta(days=3, hours=4, minutes=5), "in 3 d 4 h"),
    ],
)
def test_a_moment_is_as_far_as_its_two_largest_units_say(away: timedelta, words: str) -> None:
    assert times.relative(NOW + away, NOW) == words


def test_a_moment_of_the_api_is_read_with_its_zone() -> None:
    assert times.parse("2030-01-31T08:00:00.000Z") == NOW
    assert times.parse("2030-01-31T08:00:00") == NOW


@pytest.mark.parametrize(("value", "words"), [(None, ""), (0.0, "0.00 s"), (5.204, "5.20 s"), (3700.0, "1 h 1 min")])
def test_a_duration_is_exact_while_it_is_short(value: float | None, words: str) -> None:
    assert times.seconds(value) == words
