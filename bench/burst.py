"""(a) Many jobs due at the same moment."""

import time
from pathlib import Path

from bench.cases import Case
from bench.contenders import GaveUp
from bench.measure import Stopwatch, memory, sleep_until, wait_for
from bench.ready import standing

_EVERY = 3600.0  # they recur, but not again while we look


def run(case: Case, folder: Path) -> dict[str, float]:
    """Figures of one contender."""
    one, due = standing(case, folder, lambda begin: [begin] * case.size, _EVERY, 1)
    sleep_until(due - 0.1)
    watch = Stopwatch()
    sleep_until(due)
    ran = wait_for(lambda: one.started() >= case.size, case.patience)
    started = time.time() - due
    recorded = ran and wait_for(lambda: one.recorded() >= case.size, case.patience)
    seconds, spent = time.time() - due, watch.read()
    if not recorded:
        raise GaveUp(f"gave up after {seconds:.0f} s: {one.started():,} had run, {one.recorded():,} were recorded")
    figures = {"started": started, "recorded": seconds, "cpu": spent.cpu, "memory": memory()}
    one.stop()
    return figures
