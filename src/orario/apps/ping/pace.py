"""Limits how often one id may ping: a script gone wild must not fill the ledger."""

from collections import OrderedDict
from math import ceil
from threading import Lock

from orario.apps.ping.settings import PingSettings

_MOST = 10_000  # ids remembered
_MINUTE = 60.0


class Pace:
    """A bucket for each id: it holds a minute's worth of pings and fills up steadily."""

    def __init__(self, per_minute: int = 120) -> None:
        self._per_minute = per_minute
        self._lock = Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # what is left, at which moment

    def configure(self, settings: PingSettings) -> None:
        self._per_minute = settings.per_minute
        self._buckets.clear()

    def wait(self, id: str, now: float) -> int:
        """Take one ping out of the bucket: 0, or the seconds until there is one to take."""
        with self._lock:
            left, at = self._buckets.pop(id, (float(self._per_minute), now))
            left = min(left + (now - at) * self._per_minute / _MINUTE, float(self._per_minute))
            is_allowed = left >= 1.0
            self._buckets[id] = (left - 1.0 if is_allowed else left, now)
            if len(self._buckets) > _MOST:
                self._buckets.popitem(last=False)
        return 0 if is_allowed else max(ceil((1.0 - left) * _MINUTE / self._per_minute), 1)


pace = Pace()
