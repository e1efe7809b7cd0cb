"""Slows down whoever guesses at the door: a few failures are forgiven, then it stays shut for a while."""

from collections import deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from threading import Lock

from orario.core.clock import Clock

_WINDOW = 300.0  # seconds that a failure is remembered
_MOST_KEYS = 20_000


@dataclass
class Doorkeeper:
    """Remembers failures by whatever they have in common, in this process."""

    clock: Clock
    _failures: dict[Hashable, deque[float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def wait(self, keys: Sequence[tuple[Hashable, int]]) -> float:
        """Seconds until the next try is heard; each key comes with how many failures are forgiven."""
        now = self.clock.monotonic()
        with self._lock:
            waits = [self._wait(key, forgiven, now) for key, forgiven in keys]
        return max(waits, default=0.0)

    def failed(self, keys: Sequence[tuple[Hashable, int]]) -> None:
        """Somebody was not let in. It counts before the password is compared, so that many at once do not slip in."""
        now = self.clock.monotonic()
        with self._lock:
            if len(self._failures) > _MOST_KEYS:
                self._failures.clear()
            for key, forgiven in keys:
                self._failures.setdefault(key, deque(maxlen=forgiven)).append(now)

    def succeeded(self, keys: Sequence[tuple[Hashable, int]]) -> None:
        """Whoever comes in after all starts afresh."""
        with self._lock:
            for key, _ in keys:
                self._failures.pop(key, None)

    def _wait(self, key: Hashable, forgiven: int, now: float) -> float:
        known = self._failures.get(key)
        if known is None or len(known) < forgiven:
            return 0.0
        return max(0.0, known[0] + _WINDOW - now)
