"""Percentiles of many lengths of time, read from how often each rounded length occurs."""

from collections.abc import Sequence
from dataclasses import dataclass

from orario.core.buckets import Spread

_DIGITS = 4  # lengths are told apart by so many: percentiles are true to a thousandth
_LONGEST = 14  # digits: some three years in microseconds


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Lengths of time, in seconds, that a half, 95 and 99 of a hundred do not exceed; None where there are none."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None

    @classmethod
    def counted(cls, counts: Sequence[tuple[int, int]]) -> "Quantiles":
        """Of lengths in microseconds, each with how often it occurs, the shortest first."""
        total = sum(count for _, count in counts)
        return cls(*(_reached(counts, total * share) for share in (50, 95, 99))) if total else cls()

    @classmethod
    def estimated(cls, spread: Spread) -> "Quantiles":
        """Of what is left of lengths that are forgotten."""
        return cls(*(spread.percentile(share) for share in (0.5, 0.95, 0.99)))


def _reached(counts: Sequence[tuple[int, int]], hundredfold: int) -> float:
    passed = 0
    for length, count in counts:
        passed += 100 * count
        if passed >= hundredfold:
            return length / 1e6
    return counts[-1][0] / 1e6


def rounded(value: str) -> str:
    """SQL that keeps the first digits of a whole number, so that there are few different ones however many rows."""
    steps = " ".join(
        f"WHEN {value} < {10**digits} THEN {value} / {10 ** (digits - _DIGITS)} * {10 ** (digits - _DIGITS)}"
        for digits in range(_DIGITS + 1, _LONGEST + 1)
    )
    last = 10 ** (_LONGEST - _DIGITS)
    return f"CASE WHEN {value} < {10**_DIGITS} THEN {value} {steps} ELSE {value} / {last} * {last} END"
