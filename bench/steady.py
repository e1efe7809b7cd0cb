"""(b) Many jobs that fire every second."""

from pathlib import Path

from bench.cases import Case
from bench.measure import Stopwatch, lags, memory, sleep_until
from bench.ready import standing

_GRACE = 2.0  # seconds after the window in which a call still counts as late, not missed


def phases(case: Case, begin: float) -> list[float]:
    """The first moment of each job."""
    return [begin + (0 if case.together else number / case.size) for number in range(case.size)]


def run(case: Case, folder: Path) -> dict[str, float]:
    """Figures of one contender."""
    times = int(case.seconds)
    one, begin = standing(case, folder, lambda begin: phases(case, begin), 1.0, times)
    sleep_until(begin)
    watch = Stopwatch()
    sleep_until(begin + times)
    spent = watch.read()
    sleep_until(begin + times + _GRACE)
    lag = lags(one.starts(), begin, times, case.size * times)
    figures = {**lag, "cpu_percent": 100 * spent.cpu / spent.wall, "memory": memory()}
    one.stop()
    return figures
