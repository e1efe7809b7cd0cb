"""Sets jobs aside whose task is gone, and lets them go on when it is back."""

import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select, update

from orario.core.job import Job
from orario.store import jobs
from orario.store.jobcodec import COLUMNS, from_row
from orario.store.rescheduling import reschedule
from orario.store.tables import cursors
from orario.store.tables import jobs as table

log = logging.getLogger("orario")


def tasks_in_use(connection: Connection) -> list[str]:
    """The names of the tasks that jobs are of."""
    return sorted(connection.scalars(select(table.c.task).distinct()))


def break_all_of(connection: Connection, task: str, why: str, now: datetime) -> int:
    """Set every job of a task aside; how many were not yet. Their moments from here on belong to that."""
    whole = (table.c.task == task, table.c.broken.is_(None), jobs.EXISTS)
    ids = select(table.c.id).where(*whole)
    connection.execute(update(cursors).where(cursors.c.job_id.in_(ids)).values(next_at=None))
    broken = connection.execute(
        update(table).where(*whole).values(broken=why, version=table.c.version + 1, updated_at=now)
    )
    return broken.rowcount


def broken_at(connection: Connection, task: str, moment: datetime, limit: int) -> list[UUID]:
    """Some of the jobs of a task that were set aside at this moment."""
    query = select(table.c.id).where(table.c.task == task, table.c.broken.is_not(None), table.c.updated_at == moment)
    return list(connection.scalars(query.limit(limit)))


def heal(connection: Connection, healthy: Collection[str], now: datetime) -> list[Job]:
    """Let the broken jobs of these tasks go on whose schedules can be computed; which, as they were before."""
    rows = connection.execute(select(*COLUMNS).where(table.c.broken.is_not(None), jobs.EXISTS)).all()
    broken = [from_row(row) for row in rows]
    return [job for job in broken if job.task in healthy and _heal(connection, job, now)]


def _heal(connection: Connection, job: Job, now: datetime) -> bool:
    after = replace(job, broken=None, updated_at=now)
    try:
        job.timetable({}).next(now)
    except Exception as error:  # what broke it is still so
        log.warning("the job %s stays set aside: its schedule cannot be computed: %s", job.slug, error)
        return False
    reschedule(connection, job, jobs.save(connection, after), now)
    return True
