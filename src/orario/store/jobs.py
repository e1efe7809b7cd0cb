"""The definitions of jobs: reading, writing, holding back."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, insert, select, update

from orario.core.job import Job
from orario.store.jobcodec import COLUMNS, from_row, to_row
from orario.store.tables import cursors, jobs

__all__ = ["COLUMNS", "break_", "find_by_slug", "from_row", "get", "hold", "load", "to_row"]

_AT_ONCE = 500  # ids in one statement
EXISTS = jobs.c.deleted_at.is_(None)


def load(connection: Connection, ids: Collection[UUID]) -> dict[UUID, Job]:
    """The jobs of these ids, deleted ones too: their last executions still need them."""
    wanted = list(ids)
    found: dict[UUID, Job] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(*COLUMNS).where(jobs.c.id.in_(wanted[start : start + _AT_ONCE]))
        found.update((row[0], from_row(row)) for row in connection.execute(query))
    return found


def get(connection: Connection, id: UUID) -> Job | None:
    """The job of this id, unless it was deleted."""
    return _one(connection, jobs.c.id == id)


def find_by_slug(connection: Connection, slug: str) -> Job | None:
    """The job of this slug."""
    return _one(connection, jobs.c.slug == slug)


def _one(connection: Connection, condition: ColumnElement[bool]) -> Job | None:
    row = connection.execute(select(*COLUMNS).where(condition, EXISTS)).one_or_none()
    return None if row is None else from_row(row)


def add(connection: Connection, new: Iterable[Job], declared: Mapping[str, Any] | None = None) -> None:
    """Enter new jobs; their cursors are for `cursors.start`."""
    rows = [{**to_row(job), "declared": declared} for job in new]
    if rows:
        connection.execute(insert(jobs), rows)


def save(connection: Connection, job: Job) -> None:
    """Write a job as it is now; `job.version` must be one more than the stored one."""
    connection.execute(update(jobs).where(jobs.c.id == job.id).values(to_row(job)))


def hold(
    connection: Connection,
    id: UUID,
    now: datetime,
    *,
    by: str | None,
    note: str | None,
    until: datetime | None = None,
) -> bool:
    """Pause a job: from its cursor on, its moments belong to the pause. False when it is paused already."""
    held = connection.execute(
        update(jobs)
        .where(jobs.c.id == id, jobs.c.paused_at.is_(None), EXISTS)
        .values(
            paused_at=now,
            paused_until=until,
            paused_by=by,
            pause_note=note,
            version=jobs.c.version + 1,
            updated_at=now,
        )
    )
    _stop(connection, id)
    return held.rowcount == 1


def break_(connection: Connection, id: UUID, why: str, now: datetime) -> None:
    """Set a job aside that cannot run; from its cursor on, its moments belong to that."""
    connection.execute(
        update(jobs).where(jobs.c.id == id).values(broken=why, version=jobs.c.version + 1, updated_at=now)
    )
    _stop(connection, id)


def _stop(connection: Connection, id: UUID) -> None:
    connection.execute(update(cursors).where(cursors.c.job_id == id).values(next_at=None))
