"""Lengths of time in buckets: sums are exact, percentiles nearly."""

from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from orario.core.buckets import BOUNDS, COUNT, Spread

LENGTHS = st.lists(st.floats(0.0001, 20_000), min_size=1, max_size=200)


def spread(lengths: list[float]) -> Spread:
    buckets = [0] * COUNT
    for length in lengths:
        buckets[bisect_left(BOUNDS, length)] += 1
    return Spread(len(lengths), sum(lengths), max(lengths), tuple(buckets))


@given(LENGTHS, st.sampled_from([0.5, 0.9, 0.99, 1.0]))
def test_a_percentile_lies_in_the_bucket_of_the_true_one(lengths: list[float], share: float) -> None:
    rank = max(int(-(-share * len(lengths) // 1)), 1)
    true = sorted(lengths)[rank - 1]
    found = spread(lengths).percentile(share)
    assert found is not None and found <= max(lengths) + 1e-9
    assert bisect_left(BOUNDS, true) in (bisect_left(BOUNDS, found), bisect_left(BOUNDS, found + 1e-9))


@given(LENGTHS, LENGTHS)
def test_two_spreads_are_that_of_all_their_lengths(some: list[float], others: list[float]) -> None:
    both, whole = spread(some) + spread(others), spread(some + others)
    assert (both.count, both.longest, both.buckets) == (whole.count, whole.longest, whole.buckets)


def test_of_nothing_nothing_is_known() -> None:
    assert (Spread().average, Spread().percentile(0.5)) == (None, None)
