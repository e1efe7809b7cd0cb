"""What peers share that know no schedule of parts of a second: every moment is a task of its own, made beforehand."""

import time
from collections.abc import Iterator, Sequence

from bench.contenders import Contender, GaveUp, Start

_CHUNK = 1_000
_CALLS: list[tuple[int, float, float]] = []

Moment = tuple[int, float]  # which job, and when it is due


def note(number: int, due: float) -> None:
    """What the task does."""
    _CALLS.append((number, due, time.time()))


class Beforehand(Contender):
    """A contender whose task knows when it was due."""

    def starts(self) -> list[Start]:
        return [(str(number), due, started) for number, due, started in list(_CALLS)]

    def started(self) -> int:
        return len(_CALLS)


def in_chunks(firsts: Sequence[float], every: float, times: int, patience: float) -> Iterator[list[Moment]]:
    """All the moments, some at a time. Raises GaveUp when those before took too long."""
    deadline = time.monotonic() + patience
    moments = [(number, first + nth * every) for nth in range(times) for number, first in enumerate(firsts)]
    for done in range(0, len(moments), _CHUNK):
        if time.monotonic() > deadline:
            raise GaveUp(f"gave up after {patience:.0f} s, with {done:,} registered")
        yield moments[done : done + _CHUNK]
