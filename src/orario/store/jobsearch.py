"""Finding jobs: by filters, in pages, with counts that stay fast with a million of them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, distinct, func, select

from orario.core.job import Job
from orario.store.executions import PENDING, RUNNING
from orario.store.jobcodec import COLUMNS, from_row
from orario.store.jobs import EXISTS
from orario.store.tables import cursors, executions, jobs


@dataclass(frozen=True, kw_only=True, slots=True)
class JobFilter:
    """Which jobs are meant; whatever is None does not matter."""

    name: str | None = None  # a part of it, whatever the case
    is_enabled: bool | None = None
    is_paused: bool | None = None
    is_broken: bool | None = None
    task: str | None = None
    app: str | None = None
    queue: str | None = None
    slugs: frozenset[str] | None = None


def find(
    connection: Connection, wanted: JobFilter, limit: int, offset: int = 0, before: UUID | None = None
) -> list[Job]:
    """A page of jobs, the newest first, older than `before`. Deep pages walk an index of ids, not the rows."""
    older = () if before is None else (jobs.c.id < before,)
    page = (
        select(jobs.c.id)
        .where(EXISTS, *older, *_conditions(wanted))
        .order_by(jobs.c.id.desc())
        .limit(limit)
        .offset(offset)
        .subquery()
    )
    rows = connection.execute(select(*COLUMNS).join(page, page.c.id == jobs.c.id).order_by(jobs.c.id.desc()))
    return [from_row(row) for row in rows]


def count(connection: Connection, wanted: JobFilter) -> dict[bool, int]:
    """How many of these jobs are enabled (True) and disabled (False)."""
    rows = connection.execute(
        select(jobs.c.is_enabled, func.count()).where(EXISTS, *_conditions(wanted)).group_by(jobs.c.is_enabled)
    )
    return {False: 0, True: 0} | {bool(is_enabled): number for is_enabled, number in rows}


def running(connection: Connection) -> int:
    """How many jobs run now."""
    return connection.scalar(select(func.count(distinct(executions.c.job_id))).where(RUNNING)) or 0


def live(connection: Connection, ids: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many executions of each of these jobs run, and how many wait."""
    run = _by_job(connection, select(executions.c.job_id).where(RUNNING, executions.c.job_id.in_(list(ids))))
    # Through the list of all that wait, which is short: an index by job would hold every finished execution.
    waiting = select(executions.c.job_id).where(PENDING).order_by(executions.c.due_at).limit(_MOST_WAITING)
    wait = _by_job(connection, waiting)
    return {id: (run.get(id, 0), wait.get(id, 0)) for id in ids}


_MOST_WAITING = 20_000


def _by_job(connection: Connection, query: Any) -> dict[UUID, int]:
    inner = query.subquery()
    rows = connection.execute(select(inner.c.job_id, func.count()).group_by(inner.c.job_id))
    return {id: number for id, number in rows}


def next_of_all(connection: Connection) -> tuple[Job, Any] | None:
    """The job that fires next, and when."""
    row = connection.execute(
        select(*COLUMNS, cursors.c.next_at)
        .join(cursors, cursors.c.job_id == jobs.c.id)
        .where(cursors.c.next_at.is_not(None), EXISTS)
        .order_by(cursors.c.next_at)
        .limit(1)
    ).first()
    return None if row is None else (from_row(row), row.next_at)


def _conditions(wanted: JobFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.name is not None:
        found.append(jobs.c.name.icontains(wanted.name, autoescape=True))
    if wanted.is_enabled is not None:
        found.append(jobs.c.is_enabled == wanted.is_enabled)
    if wanted.is_paused is not None:
        found.append(jobs.c.paused_at.is_not(None) if wanted.is_paused else jobs.c.paused_at.is_(None))
    if wanted.is_broken is not None:
        found.append(jobs.c.broken.is_not(None) if wanted.is_broken else jobs.c.broken.is_(None))
    for column, value in ((jobs.c.task, wanted.task), (jobs.c.app, wanted.app), (jobs.c.queue, wanted.queue)):
        if value is not None:
            found.append(column == value)
    if wanted.slugs is not None:
        found.append(jobs.c.slug.in_(list(wanted.slugs)))
    return found
