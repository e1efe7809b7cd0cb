"""What the engine and the executors tell a collector of traces, if there is one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from orario.core.events import Ended
from orario.core.execution import Outcome
from orario.engine.executor import Work


class AttemptSpan(Protocol):
    """An attempt under way, as a span; the current one where its function runs."""

    @property
    def traceparent(self) -> str:
        """The W3C header for whoever works on for this attempt."""

    def end(self, outcome: Outcome) -> None:
        """The attempt is over; the outcome holds no secrets any more."""


class Traces(Protocol):
    """Where spans go. There is none unless a collector is configured; whoever may have one asks first."""

    def started(self, works: Sequence[Work], now: datetime) -> None:
        """These were claimed together, and handed over now. On the engine's loop."""

    def finished(self, ended: Sequence[Ended]) -> None:
        """These attempts came to an end that was written. On the engine's loop."""

    def begin(self, work: Work) -> AttemptSpan:
        """The function of this attempt is about to be called, in the context that is current here."""

    def close(self) -> None:
        """Send what is left."""
