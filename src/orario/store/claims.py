"""Claiming pending executions: the one file where the two databases speak differently."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select, update

from orario.core.execution import State
from orario.store.columns import to_micros
from orario.store.executions import PENDING, RUNNING
from orario.store.raw import many
from orario.store.tables import executions, jobs


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pending execution whose time has come."""

    id: UUID
    job_id: UUID
    version: int
    task: str
    queue: str
    token: UUID
    attempt: int
    trigger: str
    scheduled_for: datetime
    due_at: datetime
    args: Mapping[str, Any] | None


_COLUMNS = (
    executions.c.id,
    executions.c.job_id,
    jobs.c.version,
    executions.c.task,
    executions.c.queue,
    executions.c.token,
    executions.c.attempt,
    executions.c.trigger,
    executions.c.scheduled_for,
    executions.c.due_at,
    executions.c.args,
)
_CANDIDATES = (
    select(*_COLUMNS)
    .join(jobs, jobs.c.id == executions.c.job_id)
    .where(PENDING)
    .order_by(executions.c.priority.desc(), executions.c.due_at)
)


def candidates(
    connection: Connection,
    now: datetime,
    limit: int,
    *,
    tasks: Collection[str],
    full_jobs: Collection[UUID],
    full_queues: Collection[str],
) -> list[Candidate]:
    """The next pending executions of these tasks, by priority, leaving out jobs and queues without room."""
    query = _CANDIDATES.where(executions.c.due_at <= now, executions.c.task.in_(sorted(tasks)))
    if full_jobs:
        query = query.where(executions.c.job_id.not_in(list(full_jobs)))
    if full_queues:
        query = query.where(executions.c.queue.not_in(sorted(full_queues)))
    if connection.dialect.name == "postgresql":
        query = query.with_for_update(of=executions, skip_locked=True)
    return [Candidate(*row) for row in connection.execute(query.limit(limit))]


@dataclass(frozen=True, slots=True)
class Load:
    """What runs now, counted in the transaction that claims."""

    by_job: Counter[UUID]
    by_queue: Counter[str]


_LOAD = (
    select(executions.c.job_id, executions.c.queue, func.count())
    .where(RUNNING)
    .group_by(executions.c.job_id, executions.c.queue)
)


def load(connection: Connection) -> Load:
    """How many executions of each job and of each queue run; a dead carrier's are returned before they count long."""
    by_job: Counter[UUID] = Counter()
    by_queue: Counter[str] = Counter()
    for job, queue, running in connection.execute(_LOAD):
        by_job[job] += running
        by_queue[queue] += running
    return Load(by_job, by_queue)


def claim(connection: Connection, chosen: Sequence[Candidate], carrier: UUID, now: datetime) -> None:
    """Start these: running, carried by `carrier`, one attempt more."""
    many(
        connection,
        "UPDATE executions SET state = 'running', carrier = ?, started_at = ?, attempt = attempt + 1"
        " WHERE id = ? AND token = ? AND state = 'pending'",
        [(carrier.hex, to_micros(now), one.id.hex, one.token.hex) for one in chosen],
    )


def turn_away(
    connection: Connection, refused: Sequence[tuple[UUID, UUID]], state: State, reason: str, now: datetime
) -> None:
    """End pending executions unstarted, as skipped or missed: (execution, token)."""
    many(
        connection,
        "UPDATE executions SET state = ?, finished_at = ?, reason = ?"
        " WHERE id = ? AND token = ? AND state = 'pending'",
        [(state.value, to_micros(now), reason, id.hex, token.hex) for id, token in refused],
    )


def ask_to_stop(connection: Connection, job_ids: Collection[UUID], by: str, now: datetime) -> int:
    """Request the cancellation of whatever these jobs run; how many were asked."""
    asked = connection.execute(
        update(executions)
        .where(RUNNING, executions.c.job_id.in_(list(job_ids)), executions.c.cancel_requested_at.is_(None))
        .values(cancel_requested_at=now, cancel_requested_by=by)
    )
    return asked.rowcount


def next_due(connection: Connection, now: datetime) -> datetime | None:
    """When the next pending execution becomes due: a retry that waits, say."""
    found: datetime | None = connection.scalar(
        select(func.min(executions.c.due_at)).where(PENDING, executions.c.due_at > now)
    )
    return found
