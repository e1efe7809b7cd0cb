"""Many lengths of time in little memory: how many, their sum, the longest, and percentiles true to a thousandth."""

from collections import defaultdict
from dataclasses import dataclass, field

from orario.core.buckets import Spread

_BITS = 12  # of a length are told apart: so many that one in two thousand is the largest error


@dataclass(frozen=True, slots=True)
class Lengths:
    """In seconds; None where there are none. A percentile is what so many of a hundred do not exceed."""

    count: int = 0
    total: float = 0.0
    longest: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None

    @property
    def average(self) -> float | None:
        return self.total / self.count if self.count else None

    @classmethod
    def estimated(cls, spread: Spread) -> "Lengths":
        """From the buckets that are left of what is forgotten."""
        if not spread.count:
            return cls()
        return cls(spread.count, spread.total, spread.longest, *(spread.percentile(p) for p in (0.5, 0.95, 0.99)))


@dataclass(slots=True)
class Gathering:
    """Takes lengths one by one, in microseconds; what it remembers does not grow with them."""

    count: int = 0
    total: int = 0
    longest: int = 0
    _seen: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, length: int) -> None:
        self.count += 1
        self.total += length
        if length > self.longest:
            self.longest = length
        spare = length.bit_length() - _BITS
        self._seen[length if spare <= 0 else length >> spare << spare] += 1

    def told(self) -> Lengths:
        """What became of it."""
        if not self.count:
            return Lengths()
        seen, ends = sorted(self._seen.items()), (50, 95, 99)
        found: list[float] = []
        passed = 0
        for length, count in seen:
            passed += count
            while len(found) < len(ends) and 100 * passed >= ends[len(found)] * self.count:
                found.append(length / 1e6)
        return Lengths(self.count, self.total / 1e6, self.longest / 1e6, *found)
