"""Everything at a glance: what runs, what failed, what did not happen, what comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orario.core.execution import Execution, State
from orario.core.job import Job
from orario.core.planning import Reason
from orario.service.forecasts import Forecasts
from orario.service.tools import Tools
from orario.service.trends import Trends
from orario.service.viewing import shown_execution
from orario.store import cursors, glances, history, overview
from orario.store.history import HistoryFilter
from orario.store.overview import Brief, Passed

__all__ = ["Brief", "Coming", "Failed", "Lacking", "Overview", "Passed", "Runs"]

LATE = timedelta(seconds=30)  # what waits longer is late
_DAY = timedelta(days=1)
_MOST = 8


@dataclass(frozen=True)
class Runs:
    """Executions, and how many there are."""

    items: list[Execution]
    total: int


@dataclass(frozen=True)
class Failed:
    """What failed since a moment: the newest, and how many there are."""

    items: list[Brief]
    total: int
    is_exact: bool
    since: datetime


@dataclass(frozen=True)
class Coming:
    """A job and when it fires next."""

    job: Job
    at: datetime


@dataclass(frozen=True)
class Lacking:
    """What is late, or did not happen."""

    late: list[Execution]
    unticked: datetime | None  # a due moment that nobody has ticked
    dropped: list[Brief]  # skipped and missed in the last day
    dropped_total: int
    passed: list[Passed]
    broken: list[Job]

    def __bool__(self) -> bool:
        return bool(self.late or self.unticked or self.dropped or self.passed or self.broken)


@dataclass(frozen=True)
class Overview:
    """Short reads, each along an index; what takes long is made in the background."""

    tools: Tools
    trends: Trends
    forecasts: Forecasts

    @classmethod
    def of(cls, tools: Tools) -> "Overview":
        return cls(tools, Trends(tools), Forecasts(tools))

    def running(self, limit: int = _MOST) -> Runs:
        """What runs now, the longest first."""
        with self.tools.database.reading() as connection:
            found = overview.running(connection, limit)
            return Runs([shown_execution(one) for one in found], history.live(connection, State.RUNNING))

    def failed(self, since: datetime, limit: int = _MOST) -> Failed:
        """What failed or timed out since a moment, the newest first."""
        return self._newest((State.FAILED, State.TIMEOUT), since, limit)

    def lacking(self, limit: int = _MOST) -> Lacking:
        """What is late, and what did not happen in the last day."""
        now = self.tools.clock.now()
        dropped = self._newest((State.SKIPPED, State.MISSED), now - _DAY, limit)
        with self.tools.database.reading() as connection:
            earliest = cursors.earliest(connection)
            return Lacking(
                late=glances.waiting(connection, now - LATE, limit),
                unticked=earliest if earliest is not None and earliest < now - LATE else None,
                dropped=dropped.items,
                dropped_total=dropped.total,
                passed=overview.passed_over(connection, now - _DAY, (Reason.MISSED, Reason.BROKEN))[:limit],
                broken=overview.broken(connection, limit),
            )

    def coming(self, limit: int = _MOST) -> list[Coming]:
        """What fires next."""
        with self.tools.database.reading() as connection:
            return [Coming(job, at) for job, at in overview.coming(connection, limit)]

    def _newest(self, states: Sequence[State], since: datetime, limit: int) -> Failed:
        # State by state: the index holds each of them by time.
        items: list[Brief] = []
        total, is_exact = 0, True
        with self.tools.database.reading() as connection:
            for state in states:
                wanted = HistoryFilter(states=(state,), since=since)
                items += overview.ended(connection, state, since, limit)
                counted = history.total(connection, wanted)
                total += counted.count
                is_exact = is_exact and counted.is_exact
        items.sort(key=lambda one: one.id, reverse=True)
        return Failed(items[:limit], total, is_exact, since)
