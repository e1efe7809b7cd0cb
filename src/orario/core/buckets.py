"""Fixed buckets for lengths of time, in which percentiles survive when the single values are forgotten."""

from dataclasses import dataclass
from itertools import accumulate

# Upper bounds in seconds; the last bucket has none. A change of these needs a migration.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0)
COUNT = len(BOUNDS) + 1


@dataclass(frozen=True, slots=True)
class Spread:
    """Many lengths of time, in seconds: how many, their sum, the longest, and how many lie in each bucket."""

    count: int = 0
    total: float = 0.0
    longest: float = 0.0
    buckets: tuple[int, ...] = (0,) * COUNT

    def __add__(self, other: "Spread") -> "Spread":
        buckets = tuple(mine + theirs for mine, theirs in zip(self.buckets, other.buckets, strict=True))
        longest = max(self.longest, other.longest)
        return Spread(self.count + other.count, self.total + other.total, longest, buckets)

    @property
    def average(self) -> float | None:
        return self.total / self.count if self.count else None

    def percentile(self, share: float) -> float | None:
        """The length that this share of all does not exceed, as exactly as buckets tell; None of none.

        Within its bucket a value is taken to lie where its rank puts it.
        """
        if not self.count:
            return None
        rank = max(share * self.count, 1.0)
        reached = accumulate(self.buckets)
        at, upto = next((at, upto) for at, upto in enumerate(reached) if upto >= rank)
        low = BOUNDS[at - 1] if at else 0.0
        high = min(BOUNDS[at], self.longest) if at < len(BOUNDS) else self.longest
        inside = (rank - (upto - self.buckets[at])) / self.buckets[at]
        return low + max(high - low, 0.0) * inside
