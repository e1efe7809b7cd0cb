"""(c) Very many jobs that are due some day."""

import time
from pathlib import Path

from bench.cases import Case
from bench.contenders import Contender, contender
from bench.measure import Stopwatch, age, lags, memory, sleep_until

_YEAR = 365 * 86_400.0
_SETTLE = 3.0  # seconds between start and measuring
_GRACE = 5.0


def register(case: Case, folder: Path) -> dict[str, float]:
    """Write them down, for a process to find that starts later."""
    one = contender(case.contender, folder)
    watch = Stopwatch()
    _register(one, case)
    spent = watch.read()
    return {"registered": spent.wall, "registered_cpu": spent.cpu}


def run(case: Case, folder: Path) -> dict[str, float]:
    """Figures of one contender; what is not durable is registered here."""
    one = contender(case.contender, folder)
    figures = {}
    if not one.is_durable:
        began = time.monotonic()
        _register(one, case)
        figures["registered"] = time.monotonic() - began
    one.start()
    figures["ready"] = age()
    time.sleep(_SETTLE)
    figures["memory"] = memory()
    watch = Stopwatch()
    time.sleep(case.seconds)
    spent = watch.read()
    figures["idle_percent"] = 100 * spent.cpu / spent.wall
    figures |= _amid(one, int(case.seconds))
    figures["memory_after"] = memory()
    one.stop()
    return figures


def _register(one: Contender, case: Case) -> None:
    far = time.time() + _YEAR
    one.register([far] * case.size, _YEAR, 1, patience=case.patience, hurried=False)


def _amid(one: Contender, times: int) -> dict[str, float]:
    """One more job, every second."""
    begin = time.time() + 1
    one.register([begin], 1.0, times, patience=60, hurried=False)
    sleep_until(begin + times + _GRACE)
    starts = [start for start in one.starts() if start[1] < begin + _YEAR / 2]
    first = min((due for _, due, _ in starts), default=begin)
    return {f"lag_{name}": value for name, value in lags(starts, first, times, times).items()}
