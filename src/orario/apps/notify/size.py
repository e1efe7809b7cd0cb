"""How large this process is and how hard it works, and whether that is too much."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

_MEGABYTE = 1_000_000
_SUSTAINED = 60  # rounds: a short burst of work is nobody's trouble
_RELIEF = 0.9  # of the threshold: from here on it is over


@dataclass(frozen=True)
class Size:
    """Of one process, at one moment."""

    memory_mb: float
    cpu_percent: float  # 100 is one core


def measured() -> Callable[[], Size]:
    """Measures this process; its CPU since the measurement before."""
    process = psutil.Process()
    process.cpu_percent()

    def measure() -> Size:
        return Size(process.memory_info().rss / _MEGABYTE, process.cpu_percent())

    return measure


@dataclass
class Threshold:
    """Tells once that a value is above, and then not until it was clearly below."""

    is_above: bool = False

    def crossed(self, value: float, limit: float) -> bool:
        """Whether it has just come to be above."""
        if value > limit and not self.is_above:
            self.is_above = True
            return True
        if value < _RELIEF * limit:
            self.is_above = False
        return False


@dataclass
class Sustained:
    """A value on the average of the last minute."""

    values: deque[float] = field(default_factory=lambda: deque(maxlen=_SUSTAINED))

    def add(self, value: float) -> float | None:
        """The average; None until a minute is known."""
        self.values.append(value)
        return sum(self.values) / len(self.values) if len(self.values) == _SUSTAINED else None
