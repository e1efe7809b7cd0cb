"""Looks back at one moment: what was opened for it, what ran then, which rows of the audit lie around it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, func, literal, or_, select

from orario.core.execution import Execution, State, Trigger
from orario.core.ids import first_id
from orario.core.job import Job
from orario.core.planning import Gap, Reason
from orario.store.executions import PENDING, RUNNING, from_row
from orario.store.jobcodec import COLUMNS
from orario.store.jobcodec import from_row as job_from_row
from orario.store.tables import attempts, executions, gaps, jobs

_FEW = 20
_LOOK_BACK = 20_000  # executions, newest first: beyond that, who held a place is not worth the reading
_OWN_LOOK_BACK = 2_000
_BURST = timedelta(seconds=2)  # ids of a burst run ahead of the clock by a second at most
_STARTED_LATE = timedelta(days=2)  # a run that began longer after it was opened is not found by its start
_DUE = (Trigger.SCHEDULER.value, Trigger.BACKFILL.value)
_WHAT = (
    executions.c.id,
    executions.c.job_id,
    executions.c.job_name,
    executions.c.task,
    executions.c.queue,
)
_NEVER_RAN = (State.PENDING.value, State.SKIPPED.value, State.MISSED.value)


@dataclass(frozen=True, slots=True)
class Run:
    """An attempt that was under way."""

    execution_id: UUID
    job_id: UUID
    job: str
    task: str
    queue: str
    carrier: UUID | None
    since: datetime
    until: datetime | None


def job_even_deleted(connection: Connection, slug: str | None, id: UUID | None) -> tuple[Job, datetime | None] | None:
    """The job of this id or slug and when it was deleted; the living one first, then the one deleted last."""
    meant = jobs.c.id == id if id is not None else jobs.c.slug == slug
    order = (jobs.c.deleted_at.is_not(None), jobs.c.deleted_at.desc())
    row = connection.execute(select(*COLUMNS, jobs.c.deleted_at).where(meant).order_by(*order).limit(1)).first()
    return None if row is None else (job_from_row(row), row.deleted_at)


def due_in(connection: Connection, job_id: UUID, low: datetime, high: datetime) -> list[Execution]:
    """The executions of the due moments in [low, high), in order; a few."""
    query = select(executions).where(
        executions.c.scheduled_for >= low,
        executions.c.scheduled_for < high,
        _of_few(job_id),
        executions.c.trigger.in_(
            [literal(one, literal_execute=True) for one in _DUE]
        ),  # as the partial index says it
    )
    return [from_row(row) for row in connection.execute(query.order_by(executions.c.scheduled_for).limit(_FEW))]


def _of_few(job_id: UUID) -> ColumnElement[bool]:
    """Few rows lie in a stretch of time or wait, and a job may have any number of executions.

    So written, the index by job is none for this, and SQLite takes that of the rest.
    """
    return func.coalesce(executions.c.job_id, executions.c.job_id) == job_id


def asked_for_in(connection: Connection, job_id: UUID, low: datetime, high: datetime) -> Execution | None:
    """The first execution that somebody opened by hand in [low, high)."""
    query = select(executions).where(
        executions.c.job_id == job_id,
        executions.c.id >= first_id(low),
        executions.c.id < first_id(high + timedelta(milliseconds=1)),
        executions.c.trigger.not_in(_DUE),
        executions.c.created_at >= low,
        executions.c.created_at < high,
    )
    return _first(connection, query.order_by(executions.c.id))


def started_in(connection: Connection, job_id: UUID, low: datetime, high: datetime) -> Execution | None:
    """The first execution that started in [low, high), whenever it was due."""
    query = select(executions).where(
        executions.c.job_id == job_id,
        executions.c.id >= first_id(low - _STARTED_LATE),
        executions.c.id < first_id(high),
        executions.c.started_at >= low,
        executions.c.started_at < high,
    )
    return _first(connection, query.order_by(executions.c.started_at))


def oldest_waiting(connection: Connection, job_id: UUID) -> Execution | None:
    """What has waited longest."""
    query = select(executions).where(PENDING, _of_few(job_id))
    return _first(connection, query.order_by(executions.c.due_at))


def newest(connection: Connection, job_id: UUID) -> Execution | None:
    """What was opened last."""
    return _first(
        connection, select(executions).where(executions.c.job_id == job_id).order_by(executions.c.id.desc())
    )


def opened_at(connection: Connection, job_id: UUID, at: datetime, after: datetime) -> Execution | None:
    """The first execution that was opened in the very tick of `at`, for a moment later than `after`."""
    query = select(executions).where(
        executions.c.job_id == job_id,
        executions.c.id >= first_id(at),
        executions.c.id < first_id(at + _BURST),
        executions.c.created_at == at,
        executions.c.scheduled_for > after,
    )
    return _first(connection, query.order_by(executions.c.scheduled_for))


def _first(connection: Connection, query: Select[Any]) -> Execution | None:
    row = connection.execute(query.limit(1)).first()
    return None if row is None else from_row(row)


def gap_over(connection: Connection, job_id: UUID, moment: datetime) -> tuple[Gap, datetime] | None:
    """The gap that a moment lies in, and when it was recorded; not one of excluded dates."""
    query = select(gaps.c.first, gaps.c.last, gaps.c.count, gaps.c.reason, gaps.c.recorded_at).where(
        gaps.c.job_id == job_id,
        gaps.c.first <= moment,
        gaps.c.last >= moment,
        gaps.c.reason != Reason.EXCLUDED.value,
    )
    row = connection.execute(query.order_by(gaps.c.id.desc()).limit(1)).first()
    return None if row is None else (Gap(row[0], row[1], row[2], Reason(row[3])), row[4])


def dropped_at(connection: Connection, job_id: UUID, at: datetime) -> int:
    """How many moments of a job were given up in the tick of `at`."""
    query = select(func.sum(gaps.c.count)).where(
        gaps.c.job_id == job_id, gaps.c.recorded_at == at, gaps.c.reason == Reason.MISSED.value
    )
    return int(connection.scalar(query) or 0)


def running(connection: Connection) -> list[Run]:
    """What runs now."""
    return [Run(*row) for row in connection.execute(_runs().where(RUNNING))]


def ran_at(connection: Connection, at: datetime, job_id: UUID | None = None) -> list[Run]:
    """What ran at a past moment, of one job or of all, as far as a look back at the newest reaches."""
    ids = select(executions.c.id).where(executions.c.id < first_id(at + timedelta(milliseconds=1)))
    if job_id is not None:
        ids = ids.where(executions.c.job_id == job_id)
    newest = ids.order_by(executions.c.id.desc()).limit(_LOOK_BACK if job_id is None else _OWN_LOOK_BACK).subquery()
    last = _runs().join(newest, newest.c.id == executions.c.id)
    under_way = or_(executions.c.finished_at.is_(None), executions.c.finished_at >= at)
    found = [Run(*row) for row in connection.execute(last.where(_ran(), executions.c.started_at <= at, under_way))]
    found += _tried(connection, newest, at)
    found += [run for run in running(connection) if run.since <= at and job_id in (None, run.job_id)]
    return list({run.execution_id: run for run in found}.values())


def _ran() -> ColumnElement[bool]:
    return and_(executions.c.state.not_in(_NEVER_RAN), executions.c.started_at.is_not(None))


def _tried(connection: Connection, newest: Subquery, at: datetime) -> list[Run]:
    """Earlier attempts, of what was tried again."""
    query = select(*_WHAT, attempts.c.carrier, attempts.c.started_at, attempts.c.finished_at)
    query = query.join(attempts, attempts.c.execution_id == executions.c.id)
    query = query.join(newest, newest.c.id == executions.c.id)
    rows = connection.execute(query.where(attempts.c.started_at <= at, attempts.c.finished_at >= at))
    return [Run(*row) for row in rows]


def _runs() -> Select[Any]:
    return select(*_WHAT, executions.c.carrier, executions.c.started_at, executions.c.finished_at)


def ahead_of(connection: Connection, one: Execution) -> int:
    """How many wait in the same line before this one."""
    before = or_(
        executions.c.priority > one.priority,
        and_(executions.c.priority == one.priority, executions.c.due_at < one.due_at),
    )
    query = select(func.count()).select_from(executions).where(PENDING, executions.c.queue == one.queue, before)
    return connection.scalar(query) or 0


def cancelled_by(connection: Connection, id: UUID) -> str | None:
    """Who asked for an execution's end."""
    found: str | None = connection.scalar(select(executions.c.cancel_requested_by).where(executions.c.id == id))
    return found


def names(connection: Connection, ids: Collection[UUID]) -> dict[UUID, str]:
    """The slugs of these jobs, deleted ones too."""
    rows = connection.execute(select(jobs.c.id, jobs.c.slug).where(jobs.c.id.in_(list(ids))))
    return {id: slug for id, slug in rows}
