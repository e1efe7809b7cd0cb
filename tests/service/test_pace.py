"""How much goes into one step of a long work."""

import pytest

from orario.service.pace import Pace


def steps(seconds_per_row: float, fixed: float = 0.0) -> Pace:
    pace = Pace()
    for _ in range(50):
        pace.after(pace.size, fixed + pace.size * seconds_per_row)
    return pace


def test_a_step_grows_or_shrinks_until_nobody_waits_long_for_it() -> None:
    assert steps(10e-6).size == pytest.approx(200, abs=2)
    assert steps(20e-6).size == pytest.approx(100, abs=2)


def test_a_slow_machine_gets_small_steps_and_a_fast_one_large_ones_within_bounds() -> None:
    assert steps(1e-3).size == 50
    assert steps(1e-7).size == 1000


def test_most_of_the_time_is_rest() -> None:
    assert Pace().after(100, 0.004) == pytest.approx(0.036)
    assert Pace().after(100, 60.0) == 1.0
