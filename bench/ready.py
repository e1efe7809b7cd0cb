"""Makes a contender stand, with all its jobs, before they are due."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from bench.cases import Case
from bench.contenders import Contender, GaveUp, contender

_LEAD = 4.0  # seconds, for what does not depend on the number of jobs
_START = 2.5  # seconds that starting may take
_ATTEMPTS = 5


def standing(
    case: Case, folder: Path, firsts: Callable[[float], list[float]], every: float, times: int
) -> tuple[Contender, float]:
    """The contender and the moment at which it begins, a whole second.

    How long registering takes is found out by trying: it does not count here, so nothing waits for the disk.
    """
    patience = case.patience * 2
    for attempt in range(_ATTEMPTS):
        one = contender(case.contender, _fresh(folder, attempt))
        lead = (_LEAD + one.seconds_for(case.size, times)) * 2**attempt
        begin = float(int(time.time() + lead + _START) + 1)
        one.register(firsts(begin), every, times, patience=patience, hurried=True)
        if time.time() < begin - _START:
            one.start()
            if time.time() < begin:
                return one, begin
            raise GaveUp(f"needs more than {_START:.0f} s to start")
        one.stop()
    raise GaveUp(f"could not be made ready in {lead:.0f} s")


def _fresh(folder: Path, attempt: int) -> Path:
    shutil.rmtree(folder / str(attempt - 1), ignore_errors=True)
    made = folder / str(attempt)
    made.mkdir()
    return made
