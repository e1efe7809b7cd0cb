"""Time-outs of many attempts, kept by few timers."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

Waiting = TypeVar("Waiting")


class Deadlines(Generic[Waiting]):
    """Those that are given equally long are late in the order in which they began: one timer serves them all.

    A timer of its own for each would be the dearest part of a short attempt.
    """

    def __init__(self, on_late: Callable[[Waiting], None]) -> None:
        self._on_late = on_late
        self._lines: dict[float, dict[Waiting, float]] = {}  # by seconds given: when each is late

    def set(self, one: Waiting, seconds: float) -> None:
        """Tell `on_late` in so many seconds, unless it is cleared before. On the loop's thread."""
        loop = asyncio.get_running_loop()
        line = self._lines.get(seconds)
        if line is None:
            line = self._lines[seconds] = {}
            loop.call_later(seconds, self._look, seconds)
        line[one] = loop.time() + seconds

    def clear(self, one: Waiting, seconds: float) -> None:
        """It has ended. From any thread."""
        line = self._lines.get(seconds)
        if line is not None:
            line.pop(one, None)

    def _look(self, seconds: float) -> None:
        loop, line = asyncio.get_running_loop(), self._lines[seconds]
        waiting = list(line.items())  # at one stroke: other threads take themselves out
        late = [one for one, deadline in waiting if deadline <= loop.time()]
        if len(late) < len(waiting):
            loop.call_at(waiting[len(late)][1], self._look, seconds)
        else:
            del self._lines[seconds]
        for one in late:
            line.pop(one, None)
            self._on_late(one)
