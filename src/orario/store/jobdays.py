"""Single days of single jobs, in figures fine enough to be kept when the executions are forgotten."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Uuid, bindparam, select, text

from orario.core.execution import FINAL_STATES, State
from orario.core.lengths import Gathering, Lengths
from orario.store import daily
from orario.store.daily import ENDED, ids_within, number
from orario.store.raw import rows, to_uuid
from orario.store.rollups import A_DAY, NOBODY
from orario.store.tables import jobs

_AT_ONCE = 500  # ids in one statement
_FETCHED = 5000  # rows in memory
# As in the figures of what is forgotten: durations are those of successes, and of what was tried again, the delay of
# the first start is not known.
_ONES = text(
    "SELECT state, attempt, finished_at - started_at, CASE WHEN trigger = 'scheduler' AND attempt = 1"
    f" THEN started_at - scheduled_for END FROM executions WHERE job_id = :job AND id >= :low AND id < :high"
    f" AND {ENDED} AND created_at / {A_DAY} = :day"
).bindparams(*(bindparam(name, type_=Uuid()) for name in ("job", "low", "high")))
_PASSED = f"SELECT SUM(count) FROM gaps WHERE job_id = ? AND last / {A_DAY} = ? AND reason <> 'excluded'"


@dataclass(frozen=True, kw_only=True, slots=True)
class JobDay:
    """How one job went on one day. `is_estimated`: some of it is forgotten, and buckets tell the percentiles."""

    counts: Mapping[State, int]
    attempts: int
    passed_over: int
    durations: Lengths
    lags: Lengths
    is_estimated: bool = False


def busy(connection: Connection, day: date) -> list[tuple[UUID, str, str]]:
    """The jobs of which something was opened, passed over or forgotten on a day: id, slug and name of each."""
    at = number(day)
    found = [
        *rows(connection, "SELECT DISTINCT job_id FROM executions WHERE id >= ? AND id < ?", *ids_within(at, at)),
        *rows(connection, "SELECT job_id FROM rollups WHERE day = ?", at),
        *rows(connection, f"SELECT DISTINCT job_id FROM gaps WHERE last / {A_DAY} = ? AND reason <> 'excluded'", at),
    ]
    return _named(connection, sorted({to_uuid(id) for [id] in found} - {NOBODY}))


def _named(connection: Connection, ids: Sequence[UUID]) -> list[tuple[UUID, str, str]]:
    named: list[tuple[UUID, str, str]] = []
    for start in range(0, len(ids), _AT_ONCE):
        query = select(jobs.c.id, jobs.c.slug, jobs.c.name).where(jobs.c.id.in_(ids[start : start + _AT_ONCE]))
        named += [(row.id, row.slug, row.name) for row in connection.execute(query)]
    return named


def earliest(connection: Connection) -> date | None:
    """The first day of which anything is known."""
    oldest = rows(connection, f"SELECT created_at / {A_DAY} FROM executions ORDER BY id LIMIT 1")
    rolled = rows(connection, "SELECT MIN(day) FROM rollups WHERE job_id <> ?", NOBODY.hex)
    known = [int(at) for [at] in (*oldest, *rolled) if at is not None]
    return daily.day_of(min(known)) if known else None


def collect(connection: Connection, day: date, job_id: UUID) -> JobDay:
    """The day of one job. What is held in memory does not grow with the executions."""
    at = number(day)
    if rows(connection, "SELECT 1 FROM rollups WHERE job_id = ? AND day = ?", job_id.hex, at):
        return _with_forgotten(connection, day, job_id)
    counts, attempts, durations, lags = Counter[str](), 0, Gathering(), Gathering()
    for state, attempt, took, late in _ones(connection, job_id, at):
        counts[state] += 1
        attempts += attempt
        if state == "success" and took is not None:
            durations.add(took if took > 0 else 0)
        if late is not None:
            lags.add(late if late > 0 else 0)
    [passed] = rows(connection, _PASSED, job_id.hex, at)
    return JobDay(
        counts={state: counts[state.value] for state in FINAL_STATES},
        attempts=attempts,
        passed_over=int(passed[0] or 0),
        durations=durations.told(),
        lags=lags.told(),
    )


def _ones(connection: Connection, job_id: UUID, at: int) -> Iterator[Any]:
    """The executions of the day, one by one."""
    low, high = map(UUID, ids_within(at, at))
    asked = {"job": job_id, "low": low, "high": high, "day": at}
    found = connection.execute(_ONES, asked, execution_options={"stream_results": True, "max_row_buffer": _FETCHED})
    for part in found.partitions(_FETCHED):
        yield from part


def _with_forgotten(connection: Connection, day: date, job_id: UUID) -> JobDay:
    [whole] = daily.collect(connection, day, day, [job_id])
    return JobDay(
        counts=whole.counts,
        attempts=whole.attempts,
        passed_over=whole.passed_over,
        durations=Lengths.estimated(whole.durations),
        lags=Lengths.estimated(whole.lags),
        is_estimated=True,
    )
