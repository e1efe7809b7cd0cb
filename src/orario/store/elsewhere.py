"""Executions of work that is done elsewhere: nobody here carries them, pings move them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, or_, select, update

from orario.core.execution import Execution, State
from orario.store.columns import to_micros
from orario.store.executions import PENDING, RUNNING, from_row
from orario.store.raw import marks, rows, to_uuid
from orario.store.tables import executions

_UNCARRIED = executions.c.carrier.is_(None)
_LATE = (
    "SELECT id, token, job_id FROM executions WHERE state = 'pending' AND expires_at IS NOT NULL AND expires_at < ?"
    " AND attempt = 0 AND task IN ({}) LIMIT ?"
)


def waiting(connection: Connection, job_id: UUID, now: datetime) -> list[Execution]:
    """The due moments of a job that a ping may still answer, the newest first.

    What is too late belongs to whoever records it as missed.
    """
    in_time = or_(executions.c.expires_at.is_(None), executions.c.expires_at >= now)
    found = select(executions).where(PENDING, executions.c.job_id == job_id, in_time)
    return [from_row(row) for row in connection.execute(found.order_by(executions.c.scheduled_for.desc()))]


def under_way(connection: Connection, job_id: UUID) -> list[Execution]:
    """The runs of a job that have begun and not ended, the newest first."""
    found = select(executions).where(RUNNING, executions.c.job_id == job_id, _UNCARRIED)
    return [from_row(row) for row in connection.execute(found.order_by(executions.c.id.desc()))]


def latest(connection: Connection, job_id: UUID, limit: int) -> list[Execution]:
    """The last executions of a job, the newest first."""
    found = select(executions).where(executions.c.job_id == job_id).order_by(executions.c.id.desc()).limit(limit)
    return [from_row(row) for row in connection.execute(found)]


def begin(connection: Connection, one: Execution, now: datetime, metadata: Mapping[str, Any] | None) -> bool:
    """Make a waiting execution running, carried by nobody here; False when it does not wait any more."""
    begun = connection.execute(
        update(executions)
        .where(executions.c.id == one.id, executions.c.token == one.token, PENDING)
        .values(state=State.RUNNING.value, started_at=now, attempt=executions.c.attempt + 1, metadata=metadata)
    )
    return begun.rowcount == 1


def running(connection: Connection, besides: Collection[str], limit: int) -> list[Execution]:
    """All runs elsewhere that have begun and not ended; `besides` names tasks that somebody follows."""
    found = select(executions).where(RUNNING, _UNCARRIED, executions.c.task.not_in(besides)).limit(limit)
    return [from_row(row) for row in connection.execute(found)]


def late(connection: Connection, tasks: Collection[str], now: datetime, limit: int) -> list[tuple[UUID, UUID, UUID]]:
    """What jobs of these tasks let nobody answer any more: (execution, token, job)."""
    found = rows(connection, _LATE.format(marks(len(tasks))), to_micros(now), *tasks, limit)
    return [(to_uuid(id), to_uuid(token), to_uuid(job)) for id, token, job in found]
