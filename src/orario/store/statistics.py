"""How executions went over a stretch of time."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, case, func, select

from orario.core.execution import State
from orario.core.ids import first_id
from orario.store import daily, history
from orario.store.tables import executions

_NOTHING = daily.Day(day=date.min)
_NEWEST = 100_000  # executions that are looked at; more would keep the page waiting


_COLUMNS = tuple(executions.c[name] for name in ("id", "state", "created_at", "started_at", "finished_at"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Stats:
    """Counts by state and run times in seconds, of the executions opened since `since`, forgotten ones included.

    With `is_complete` false, there were more than are looked at, and `since` is where the newest of them begin.
    """

    since: datetime | None  # None: ever
    counts: dict[State, int]
    average_seconds: float | None
    longest_seconds: float | None
    is_complete: bool = True

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def collect(connection: Connection, since: datetime | None, job_ids: Collection[UUID] | None) -> Stats:
    """The figures of all jobs, or of some."""
    newest = select(*_COLUMNS)
    if since is not None:
        newest = newest.where(executions.c.id >= first_id(since))
    if job_ids is not None:
        newest = newest.where(executions.c.job_id.in_(list(job_ids)))
    some = newest.order_by(executions.c.id.desc()).limit(_NEWEST).subquery()
    took = case((some.c.state == State.SUCCESS.value, some.c.finished_at - some.c.started_at))
    query = select(
        some.c.state, func.count(), func.sum(took), func.count(took), func.max(took), func.min(some.c.created_at)
    )
    rows: list[Any] = list(connection.execute(query.group_by(some.c.state)))
    seen = {State(row[0]): int(row[1]) for row in rows}
    is_complete = sum(seen.values()) < _NEWEST
    gone = daily.forgotten(connection, since, job_ids) if is_complete else _NOTHING
    timed = sum(int(row[3]) for row in rows) + gone.durations.count
    spent = sum(_seconds(row[2]) or 0.0 for row in rows) + gone.durations.total
    longest = max((_seconds(row[4]) or 0.0 for row in rows), default=0.0)
    longest = max(longest, gone.durations.longest)
    counts = _ever(connection, job_ids) if since is None else _together(seen, gone.counts)
    return Stats(
        since=since if is_complete or since is None else min(row[5] for row in rows),
        counts={state: counts.get(state, 0) for state in State},
        average_seconds=spent / timed if timed else None,
        longest_seconds=longest if timed else None,
        is_complete=is_complete or since is None,
    )


def _together(some: Mapping[State, int], others: Mapping[State, int]) -> dict[State, int]:
    return {state: some.get(state, 0) + others.get(state, 0) for state in State}


def _ever(connection: Connection, job_ids: Collection[UUID] | None) -> dict[State, int]:
    """From the counters: nothing is left out, however long the history."""
    if job_ids is None:
        return history.counters(connection)
    total = dict.fromkeys(State, 0)
    for id in job_ids:
        for state, count in history.counters(connection, id).items():
            total[state] += count
    return total


def _seconds(micros: Any) -> float | None:
    return None if micros is None else float(micros) / 1_000_000
