"""Says from a job's own history when a run is slower than usual, without any set-up.

The logarithms of the last durations have a median and a median absolute deviation (MAD). Both take no notice of
single outliers, and in logarithms a run of twice the time is as far off as one of half, so that histories with a
long tail raise no more false alarms than even ones. Few samples know the spread badly, so the bound is wider for
them. What took as long before, more than twice among what is remembered, is not unusual: a nightly job with a long
run each Sunday is not told of on Sundays.
"""

import math
import statistics
from collections.abc import Sequence

FEWEST = 15  # samples; below, nothing is known
REMEMBERED = 100
_WIDTH = 2.5  # times the spread: 0.6 % of a normal spread lie above
_FEW = 7.0  # how much wider for few samples: by the share _FEW / count
_NARROWEST = 0.05  # a spread of 5 % at least: a job that always takes the same is not told of for a hair's breadth
_STEADY = 1.4826  # makes of a MAD the standard deviation of a normal spread
_SHORTEST = 0.001


def usual_limit(durations: Sequence[float], floor: float) -> float | None:
    """Seconds beyond which a run is slower than usual; None while too little is known.

    `floor`: how much more than the median it must be at least.
    """
    if len(durations) < FEWEST:
        return None
    logs = [math.log(max(one, _SHORTEST)) for one in durations]
    middle = statistics.median(logs)
    spread = max(_STEADY * statistics.median(abs(one - middle) for one in logs), _NARROWEST)
    bound = math.exp(middle + _WIDTH * (1 + _FEW / len(logs)) * spread)
    return max(bound, sorted(durations)[-3], math.exp(middle) + floor)


def usual(durations: Sequence[float]) -> float:
    """How long it usually takes."""
    return statistics.median(durations)
