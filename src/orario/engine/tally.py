"""What the engine counts for /metrics: plain numbers, added in batches on the engine's loop, read by a scrape."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import TypeVar
from uuid import UUID

from orario.core.events import Alarm, Ended, Event, TurnedAway
from orario.core.execution import Ending, State, Trigger
from orario.core.planning import Gap, Reason
from orario.engine.executor import Work
from orario.engine.tracing import Traces

LAGS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
DURATIONS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)
OTHER = "other"
MOST_TASKS = 100  # the tasks seen later are counted together, as OTHER
MOST_KINDS = 20

_TASK = attrgetter("task")
_ON_TIME = Trigger.SCHEDULER
_Key = TypeVar("_Key")


class Histogram:
    """How many values fell below each bound, and their sum."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)  # the last: above every bound
        self.sum = 0.0


class Line:
    """What is known of one task, or of one job: how its attempts ended, what became of them, how long they took."""

    __slots__ = ("durations", "endings")

    def __init__(self) -> None:
        self.endings: dict[tuple[State, Ending], int] = {}
        self.durations = Histogram(DURATIONS)


@dataclass
class Tally:
    """Counts since the process started. One thread writes, so that nothing is locked; any thread may read.

    To be called after the commit, with the lists that exist anyway: a few tenths of a microsecond for each execution,
    as bench/tally.py measures.
    """

    jobs_shown: int = 0  # how many jobs are counted by name; the jobs seen later are counted as None
    due_moments: int = 0
    opened_moments: int = 0
    retried: int = 0
    refused_reports: int = 0
    first_starts: dict[Trigger, int] = field(default_factory=lambda: dict.fromkeys(Trigger, 0))
    refusals: Counter[State] = field(default_factory=Counter)
    gap_moments: Counter[Reason] = field(default_factory=Counter)
    alarms: Counter[str] = field(default_factory=Counter)
    lag: Histogram = field(default_factory=lambda: Histogram(LAGS))
    traces: Traces | None = None  # hears of the same things
    tasks: dict[str, Line] = field(default_factory=dict)
    jobs: dict[UUID | None, Line] = field(default_factory=dict)

    def due(self, count: int) -> None:
        """So many due moments were found that should run."""
        self.due_moments += count

    def opened(self, count: int) -> None:
        """So many of them became executions; the others had one already."""
        self.opened_moments += count

    def started(self, works: Sequence[Work], now: datetime) -> None:
        """These attempts were handed over."""
        counts, spent, starts = self.lag.counts, 0.0, self.first_starts
        for work in works:
            if work.attempt > 1:
                self.retried += 1
                continue
            trigger = work.trigger
            starts[trigger] += 1
            if trigger is _ON_TIME:  # a backfill's moment is long past, and late means nothing there
                late = (now - work.scheduled_for).total_seconds()
                counts[bisect_left(LAGS, late)] += 1
                spent += late
        self.lag.sum += spent
        if self.traces is not None:
            self.traces.started(works, now)

    def finished(self, ended: Sequence[Ended]) -> None:
        """These attempts came to an end that was written."""
        for task, together in groupby(ended, _TASK):  # what ends together is often of one task
            _count(_line(self.tasks, task, MOST_TASKS, OTHER), together)
        if self.jobs_shown:
            for one in ended:
                _count(_line(self.jobs, one.job_id, self.jobs_shown, None), [one])
        if self.traces is not None:
            self.traces.finished(ended)

    def heard(self, events: Sequence[Event]) -> None:
        """What listeners were told is counted too, as far as it is an end."""
        if ended := [one for one in events if isinstance(one, Ended)]:
            self.finished(ended)
        for one in events:
            if isinstance(one, TurnedAway):
                self.turned_away(one.state, 1)

    def turned_away(self, state: State, count: int) -> None:
        """So many executions ended unstarted, skipped or missed."""
        self.refusals[state] += count

    def gaps(self, found: Iterable[tuple[UUID, Gap]]) -> None:
        """These stretches of due moments did not become executions."""
        for _, gap in found:
            self.gap_moments[gap.reason] += gap.count

    def refused(self, count: int) -> None:
        """So many reports came from attempts that belong to somebody else by now."""
        self.refused_reports += count

    def alarmed(self, alarm: Alarm) -> None:
        """The watchdog has raised an alarm, or says that it is over."""
        kind = alarm.kind
        if not alarm.is_over:
            self.alarms[kind if kind in self.alarms or len(self.alarms) < MOST_KINDS else OTHER] += 1


def _line(lines: dict[_Key, Line], key: _Key, most: int, rest: _Key) -> Line:
    """The line of `key`; once there are `most` of them, newcomers share that of `rest`, and labels stay few."""
    found = lines.get(key)
    if found is None:
        found = lines.setdefault(key if len(lines) < most else rest, Line())
    return found


def _count(line: Line, ended: Iterable[Ended]) -> None:
    endings, counts, spent = line.endings, line.durations.counts, 0.0
    for one in ended:
        key = (one.state, one.outcome.ending)
        endings[key] = endings.get(key, 0) + 1
        took = (one.finished_at - one.started_at).total_seconds()
        counts[bisect_left(DURATIONS, took)] += 1
        spent += took
    line.durations.sum += spent
