"""Slower than usual: few false alarms on any sane history, and a run of five times the length is found."""

import random
from collections.abc import Callable

import pytest

from orario.apps.notify.slowness import FEWEST, usual_limit

Draw = Callable[[random.Random], float]
DRAWS: dict[str, Draw] = {
    "normal, 10 %": lambda luck: max(1.0, luck.gauss(60, 6)),
    "normal, 30 %": lambda luck: max(1.0, luck.gauss(60, 18)),
    "lognormal, 0.2": lambda luck: 60 * luck.lognormvariate(0, 0.2),
    "lognormal, 0.5": lambda luck: 60 * luck.lognormvariate(0, 0.5),
    "lognormal, 0.8": lambda luck: 60 * luck.lognormvariate(0, 0.8),
    "nearly constant": lambda luck: 60 + 0.01 * luck.random(),
}


def share_told(draw: Draw, factor: float, count: int) -> float:
    """Of the runs that are `factor` times as long as usual, how many are told of after `count` others."""
    luck, trials, told = random.Random(20260101), 4000, 0
    for _ in range(trials):
        limit = usual_limit([draw(luck) for _ in range(count)], 3.0)
        assert limit is not None
        told += factor * draw(luck) > limit
    return told / trials


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("count", [FEWEST, 30, 100])
def test_fewer_than_one_in_a_hundred_ordinary_runs_are_told_of(name: str, count: int) -> None:
    assert share_told(DRAWS[name], 1, count) < 0.01


@pytest.mark.parametrize("name", ["normal, 10 %", "normal, 30 %", "lognormal, 0.2", "nearly constant"])
@pytest.mark.parametrize("count", [FEWEST, 30, 100])
def test_a_run_of_five_times_the_length_is_told_of(name: str, count: int) -> None:
    assert share_told(DRAWS[name], 5, count) > 0.85


def test_little_history_says_nothing() -> None:
    assert usual_limit([60.0] * (FEWEST - 1), 3.0) is None


def test_what_takes_no_time_is_not_told_of_for_a_blink() -> None:
    assert usual_limit([0.01] * 50, 3.0) == pytest.approx(3.01)


def test_a_long_run_each_week_is_usual() -> None:
    limit = usual_limit([600.0 if day % 7 == 0 else 60.0 for day in range(100)], 3.0)
    assert limit is not None and limit >= 600


def test_one_slow_run_does_not_hide_the_next() -> None:
    limit = usual_limit([300.0, *[60.0] * 60], 3.0)
    assert limit is not None and limit < 100
