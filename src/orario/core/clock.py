"""Where the time comes from: the machine's clock, or one that a test holds."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time of day and, apart from it, how much time has passed."""

    def now(self) -> datetime:
        """The wall clock, aware, in UTC. It may be set forward or back at any moment."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told to."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._passed = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._passed

    def advance(self, by: timedelta) -> None:
        """Let time pass: both faces of the clock move."""
        self._now += by
        self._passed += by.total_seconds()

    def step(self, by: timedelta) -> None:
        """Set the wall clock, as an operator or NTP does: no time passes."""
        self._now += by
