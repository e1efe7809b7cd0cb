"""The durable thing: a task, its arguments, a schedule and its policies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property, reduce
from typing import Any
from uuid import UUID

from orario.core.execution import State
from orario.core.policy import Policy
from orario.core.schedule import Schedule
from orario.core.timetable import Timetable, jitter_offset

Calendars = Mapping[str, frozenset[date]]


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when, until when, by whom and why a job is held back."""

    since: datetime
    until: datetime | None = None
    by: str | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """What was asked for, by an app or by a person. How it stands is its Cursor's to know."""

    id: UUID
    slug: str
    name: str
    description: str | None
    app: str | None  # the app that declared it; None: a person did
    task: str
    args: Mapping[str, Any]
    queue: str
    schedule: Schedule
    timezone: str
    start: datetime | None = None
    end: datetime | None = None
    jitter: timedelta = timedelta(0)
    excluded_dates: frozenset[date] = frozenset()
    calendars: tuple[str, ...] = ()
    policy: Policy = field(default_factory=Policy)
    is_enabled: bool = True
    pause: Pause | None = None
    broken: str | None = None  # why it cannot run; None: it can
    version: int = 1
    created_at: datetime
    updated_at: datetime
    created_by: str | None = None
    updated_by: str | None = None

    @cached_property
    def key(self) -> str:
        """The id in hexadecimal."""
        return self.id.hex

    @property
    def is_active(self) -> bool:
        """Whether its moments become executions."""
        return self.is_enabled and self.pause is None and self.broken is None

    def timetable(self, calendars: Calendars) -> Timetable:
        """The job's whole rule of time; `calendars` are the named ones, by name."""
        named = (calendars.get(name, frozenset()) for name in self.calendars)
        return Timetable(
            schedule=self.schedule,
            timezone=self.timezone,
            start=self.start,
            end=self.end,
            offset=jitter_offset(str(self.id), self.jitter),
            excluded=reduce(frozenset.union, named, self.excluded_dates),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    """Where a job stands: what is accounted for, what comes next, how it went last.

    Every moment up to and with `position` is in the ledger. `fold` counts how often the clock was set back
    over moments already recorded; it tells the second pass of a moment from the first.
    """

    job_id: UUID
    position: datetime
    next_at: datetime | None
    fold: int = 0
    failures_in_row: int = 0
    last_started_at: datetime | None = None
    last_finished_at: datetime | None = None
    last_state: State | None = None
    counts: Mapping[State, int] = field(default_factory=dict)  # final states only
