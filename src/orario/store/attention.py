"""Jobs that the leader has to look after: versions, pauses that are over, schedules that are stuck."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from orario.core.job import Job
from orario.store.jobs import COLUMNS, EXISTS, from_row
from orario.store.tables import cursors, jobs


def versions(connection: Connection, ids: Collection[UUID]) -> dict[UUID, int]:
    """The present version of each of these jobs, deleted ones too."""
    if not ids:
        return {}
    return {
        id: version for id, version in connection.execute(select(jobs.c.id, jobs.c.version).where(jobs.c.id.in_(ids)))
    }


def pauses_over(connection: Connection, now: datetime) -> list[Job]:
    """The jobs whose pause ends by `now`."""
    rows = connection.execute(select(*COLUMNS).where(jobs.c.paused_until <= now, EXISTS))
    return [from_row(row) for row in rows]


def stuck(connection: Connection, limit: int) -> list[tuple[UUID, int, datetime]]:
    """Active jobs without a next moment: (job, version, position). A schedule that is over is among them."""
    active = (jobs.c.is_enabled, jobs.c.paused_at.is_(None), jobs.c.broken.is_(None), EXISTS)
    rows = connection.execute(
        select(jobs.c.id, jobs.c.version, cursors.c.position)
        .join(cursors, cursors.c.job_id == jobs.c.id)
        .where(cursors.c.next_at.is_(None), *active)
        .limit(limit)
    )
    return [(id, version, position) for id, version, position in rows]
