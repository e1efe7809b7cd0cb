"""A bare event loop: what Python itself needs to call a function on time, remembering nothing."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from bench.contenders import Contender, Start
from bench.contenders.looped import LoopThread


class CallAt(Contender):
    """Each call arms the next one."""

    is_durable: ClassVar[bool] = False
    seconds_each: ClassVar[float] = 5e-6

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._starts: list[tuple[int, float, float]] = []
        self._thread = LoopThread()
        self._behind = time.time() - self._thread.loop.time()

    def register(self, firsts: Sequence[float], every: float, times: int, *, patience: float, hurried: bool) -> None:
        def arm() -> None:
            for number, first in enumerate(firsts):
                self._arm(number, first, every)

        self._thread.call(arm)

    def _arm(self, number: int, due: float, every: float) -> None:
        self._thread.loop.call_at(due - self._behind, self._fire, number, due, every)

    def _fire(self, number: int, due: float, every: float) -> None:
        self._starts.append((number, due, time.time()))
        self._arm(number, due + every, every)

    def start(self) -> None:
        """It runs already."""

    def starts(self) -> list[Start]:
        return [(str(number), due, started) for number, due, started in self._starts]

    def started(self) -> int:
        return len(self._starts)

    def recorded(self) -> int:
        return self.started()

    def stop(self) -> None:
        self._thread.loop.call_soon_threadsafe(self._thread.loop.stop)
