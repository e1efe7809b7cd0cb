"""Percentiles, processor time, memory: of this process and what it has started, or of another that it was given."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil

from bench.contenders import Start

_SAME_MOMENT = 6  # decimals of a second


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that at least this share of all does not exceed; NaN of none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]


def lags(starts: Sequence[Start], begin: float, seconds: float, due: int) -> dict[str, float]:
    """How late the calls of the moments in a window were, in milliseconds; how many moments had no call."""
    within = [(job, moment, started) for job, moment, started in starts if -1e-6 <= moment - begin < seconds - 1e-6]
    late = [(started - moment) * 1000 for _, moment, started in within]
    met = {(job, round(moment, _SAME_MOMENT)) for job, moment, _ in within}
    return {
        "p50": percentile(late, 0.5),
        "p99": percentile(late, 0.99),
        "max": max(late, default=float("nan")),
        "due": due,
        "missed": due - len(met),
        "twice": len(within) - len(met),
    }


@dataclass(frozen=True)
class Spent:
    """What passed, and what of it the processor worked for a process."""

    wall: float
    cpu: float


class Stopwatch:
    """Measures the wall's time and a process's processor time (all threads) since it was made.

    Without a process it is this one's, with those that it has started by then and keeps.
    """

    def __init__(self, pid: int | None = None) -> None:
        self._process = None if pid is None else psutil.Process(pid)  # finer for ourselves
        self._wall, self._cpu = time.monotonic(), self._used()

    def _used(self) -> float:
        if self._process is None:
            return time.process_time() + sum(map(_worked, psutil.Process().children(recursive=True)))
        return _worked(self._process)

    def read(self) -> Spent:
        return Spent(time.monotonic() - self._wall, self._used() - self._cpu)


def _worked(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def memory(pid: int | None = None) -> float:
    """Resident memory in MB."""
    process = psutil.Process(pid)
    return sum(float(one.memory_info().rss) for one in [process, *process.children(recursive=True)]) / 1e6


def age() -> float:
    """Seconds since this process was started, its imports included."""
    return time.time() - float(psutil.Process().create_time())


def sleep_until(moment: float) -> None:
    """Wait for a moment of the wall clock."""
    while (left := moment - time.time()) > 0:
        time.sleep(left)


def wait_for(condition: Callable[[], bool], patience: float, every: float = 0.005) -> bool:
    """Whether it came true within so many seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
