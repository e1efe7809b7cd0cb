"""Counts how far the work of one attempt has come, and tells so now and then."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Protocol

from orario.core.execution import Progress

QUIET = 0.25  # seconds between two words; the last one comes with the report


class Teller(Protocol):
    """Where progress is told."""

    def tell(self, progress: Progress) -> None:
        """Tell it now."""

    def later(self, call: Callable[[], None]) -> None:
        """Call back, from any thread, in about as long as QUIET."""


class ProgressCounter:
    """`processed` counts items gone through, `failed` those among them that failed. Safe from any thread."""

    def __init__(self, teller: Teller, heed: Callable[[], None]) -> None:
        self._teller = teller
        self._heed = heed  # raises when the attempt was told to stop
        self._lock = Lock()
        self._total = self._processed = self._failed = 0
        self._is_total_given = self._is_late = False
        self._next_word = time.monotonic() + QUIET

    @property
    def total(self) -> int:
        return self._total

    @property
    def processed(self) -> int:
        return self._processed

    @property
    def failed(self) -> int:
        return self._failed

    def expect(self, total: int) -> None:
        """Say how many items there are in all; `track` then leaves the total alone."""
        self._is_total_given = True
        self._count(total=int(total) - self._total)

    def foresee(self, more: int) -> None:
        """Add to the total, unless it was given."""
        if not self._is_total_given:
            self._count(total=more)

    def advance(self, n: int = 1) -> None:
        """`n` more items were gone through."""
        self._count(processed=int(n))

    def fail(self, n: int = 1) -> None:
        """`n` of the items failed; they still count as processed when `advance` or `track` passes them."""
        self._count(failed=int(n))

    def now(self) -> Progress:
        """How things stand."""
        with self._lock:
            return Progress(self._total, self._processed, self._failed)

    def _count(self, total: int = 0, processed: int = 0, failed: int = 0) -> None:
        with self._lock:
            self._total += total
            self._processed += processed
            self._failed += failed
        self._spread()
        self._heed()

    def _spread(self) -> None:
        now = time.monotonic()
        if now >= self._next_word:
            self._next_word = now + QUIET
            self._teller.tell(self.now())
        elif not self._is_late:
            self._is_late = True
            self._teller.later(self._catch_up)

    def _catch_up(self) -> None:
        self._is_late = False
        self._next_word = time.monotonic() + QUIET
        self._teller.tell(self.now())
