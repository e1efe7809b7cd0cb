"""The definitions of jobs: reading, writing, holding back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, func, or_, select, update

from orario.core.errors import Outdated
from orario.core.job import Job
from orario.store.jobcodec import ADDED, COLUMNS, from_row, to_params, to_row
from orario.store.raw import many, marks
from orario.store.rescheduling import reschedule
from orario.store.tables import cursors, jobs

_AT_ONCE = 500  # ids in one statement
EXISTS = jobs.c.deleted_at.is_(None)
ACTIVE = and_(EXISTS, jobs.c.is_enabled, jobs.c.paused_at.is_(None), jobs.c.broken.is_(None))
_ADD = f"INSERT INTO jobs ({', '.join(ADDED)}) VALUES ({marks(len(ADDED))})"


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


def versions(connection: Connection, ids: Collection[UUID]) -> dict[UUID, int]:
    """The versions of these jobs, deleted ones too."""
    rows = connection.execute(select(jobs.c.id, jobs.c.version).where(jobs.c.id.in_(list(ids))))
    return {id: version for id, version in rows}


def add(connection: Connection, new: Iterable[tuple[Job, Mapping[str, Any] | None]]) -> None:
    """Enter new jobs, each with what its app's code declares; their cursors are for `cursors.start`."""
    add_rows(connection, [to_params(job, declared) for job, declared in new])


def add_rows(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """The same, for rows that `jobcodec.to_params` made."""
    many(connection, _ADD, rows)


def save(connection: Connection, job: Job) -> Job:
    """Write a job as it now is, one version further; raises Outdated when another change came first."""
    written = connection.execute(
        update(jobs)
        .where(jobs.c.id == job.id, jobs.c.version == job.version)
        .values({**to_row(job), "version": job.version + 1})
    )
    if written.rowcount != 1:
        raise Outdated("the job was changed by somebody else in the meantime; look at it again, then repeat")
    return replace(job, version=job.version + 1)


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


def resume(connection: Connection, job: Job, now: datetime, *, by: str | None) -> Job:
    """End a job's pause: what it held back is one gap in the ledger, and the job goes on from `now`."""
    after = save(connection, replace(job, pause=None, updated_at=now, updated_by=by))
    reschedule(connection, job, after, now)
    return after


def break_(connection: Connection, id: UUID, why: str, now: datetime) -> None:
    """Set a job aside that cannot run; from its cursor on, its moments belong to that."""
    connection.execute(
        update(jobs).where(jobs.c.id == id).values(broken=why, version=jobs.c.version + 1, updated_at=now)
    )
    _stop(connection, id)


def _stop(connection: Connection, id: UUID) -> None:
    connection.execute(update(cursors).where(cursors.c.job_id == id).values(next_at=None))


def pauses_over(connection: Connection, now: datetime) -> list[Job]:
    """The jobs whose pause has come to its end."""
    over = select(*COLUMNS).where(jobs.c.paused_until.is_not(None), jobs.c.paused_until <= now, EXISTS)
    return [from_row(row) for row in connection.execute(over)]


def stuck(connection: Connection, limit: int) -> list[tuple[UUID, int, datetime]]:
    """Active jobs without a next moment that have not plainly come to their end: (job, version, position)."""
    without = select(cursors.c.job_id).where(cursors.c.next_at.is_(None))
    rows = connection.execute(
        select(jobs.c.id, jobs.c.version, cursors.c.position)
        .join(cursors, cursors.c.job_id == jobs.c.id)
        .where(jobs.c.id.in_(without), ACTIVE, jobs.c.schedule_kind.not_in(("once", "on_demand")))
        .where(or_(jobs.c.end_at.is_(None), jobs.c.end_at > cursors.c.position))
        .limit(limit)
    )
    return [(id, version, position) for id, version, position in rows]


def taken_slugs(connection: Connection, slugs: Collection[str]) -> set[str]:
    """Which of these slugs jobs have."""
    wanted = list(slugs)
    found: set[str] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        found.update(connection.scalars(select(jobs.c.slug).where(jobs.c.slug.in_(some), EXISTS)))
    return found


def ids_of(connection: Connection, slugs: Sequence[str]) -> list[UUID]:
    """The jobs of these slugs."""
    found: list[UUID] = []
    for start in range(0, len(slugs), _AT_ONCE):
        some = jobs.c.slug.in_(slugs[start : start + _AT_ONCE])
        found += connection.scalars(select(jobs.c.id).where(some, EXISTS))
    return found


def delete(connection: Connection, id: UUID, now: datetime) -> None:
    """Delete a job softly: its history stays readable, its slug is free."""
    connection.execute(
        update(jobs)
        .where(jobs.c.id == id)
        .values(deleted_at=now, updated_at=now, version=jobs.c.version + 1, paused_until=None)
    )
    _stop(connection, id)


def ids_of_app(connection: Connection, app: str) -> list[UUID]:
    """The jobs that an app declared, deleted ones too."""
    return list(connection.scalars(select(jobs.c.id).where(jobs.c.app == app, jobs.c.declared.is_not(None))))


def naming(connection: Connection, calendar: str) -> list[Job]:
    """The jobs that leave out the dates of a calendar."""
    some = select(*COLUMNS).where(cast(jobs.c.calendars, Text) != "[]", EXISTS)
    found = (from_row(row) for row in connection.execute(some))
    return [job for job in found if calendar in job.calendars]


def next_pause_end(connection: Connection) -> datetime | None:
    """When the next pause ends by itself."""
    found: datetime | None = connection.scalar(
        select(func.min(jobs.c.paused_until)).where(jobs.c.paused_until.is_not(None), EXISTS)
    )
    return found
