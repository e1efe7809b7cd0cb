"""Remembers for a while what took long to count, so that a page over a million rows does not count them each time."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from time import monotonic, perf_counter, thread_time
from typing import Any, TypeVar

Value = TypeVar("Value")

_LONG = 0.05  # seconds; what is counted quicker is counted every time
_WORTH = 20  # a figure is kept so many times longer than it took


@dataclass
class Memory:
    """Of a few figures. Small databases never come here; in a huge one a total may be some seconds old."""

    is_local: bool  # SQLite counts on our own thread, whose time does not grow when the machine is busy
    _known: dict[Hashable, tuple[float, Any]] = field(default_factory=dict)

    def recall(self, key: Hashable, count: Callable[[], Value]) -> Value:
        """What `count` says, or said not long ago."""
        until, value = self._known.get(key, (0.0, None))
        if monotonic() < until:
            return value  # type: ignore[no-any-return]
        clock = thread_time if self.is_local else perf_counter
        start = clock()
        fresh = count()
        took = clock() - start
        if took >= _LONG:
            self._known[key] = (monotonic() + took * _WORTH, fresh)
        return fresh
