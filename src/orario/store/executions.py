"""Opening executions, following their progress, and finding those that need care."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, literal, select
from sqlalchemy.exc import IntegrityError

from orario.core.execution import Execution, Progress, State, Trigger
from orario.core.ids import new_ids
from orario.core.job import Job
from orario.store.columns import to_micros
from orario.store.raw import many, marks, rows, to_key, to_uuid, together
from orario.store.tables import executions

RUNNING = executions.c.state == literal("running", literal_execute=True)
PENDING = executions.c.state == literal("pending", literal_execute=True)

_MICROSECOND = timedelta(microseconds=1)
_AT_ONCE = 500  # values in one statement
_OPEN = (
    "INSERT INTO executions (id, job_id, job_name, task, queue, priority, trigger, scheduled_for, due_at, expires_at,"
    " token, created_at, state, attempt, carrier, started_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (scheduled_for, job_id) WHERE trigger IN ('scheduler', 'backfill') DO NOTHING"
)
_WAITS = ("pending", 0, None, None)


def open_due(
    connection: Connection,
    opened: Sequence[tuple[Job, datetime]],
    now: datetime,
    trigger: Trigger = Trigger.SCHEDULER,
) -> int:
    """Open one execution for each (job, moment) that has none; how many are new."""
    return together(connection, _OPEN, _opening(opened, trigger, now, _WAITS))


def start_due(
    connection: Connection, opened: Sequence[tuple[Job, datetime]], carrier: UUID, now: datetime
) -> list[tuple[str, str] | None]:
    """Open the same as running already, carried by `carrier`: (execution, token) of each, None where one existed."""
    starts = ("running", 1, carrier.hex, to_micros(now))
    opening = _opening(opened, Trigger.SCHEDULER, now, starts)
    written = together(connection, _OPEN, opening)
    ids = [(row[0], row[10]) for row in opening]
    if written == len(ids):
        return list(ids)
    there = _existing(connection, [id for id, _ in ids])
    return [one if one[0] in there else None for one in ids]


def _opening(
    opened: Sequence[tuple[Job, datetime]], trigger: Trigger, now: datetime, how: tuple[Any, ...]
) -> list[tuple[Any, ...]]:
    ids = iter(new_ids(now, 2 * len(opened)))
    created, why = to_micros(now), trigger.value
    opening = []
    for job, moment in opened:
        at, policy = to_micros(moment), job.policy
        expires = None if policy.start_within is None else at + policy.start_within // _MICROSECOND
        due = min(at, created)  # the second pass of a moment is told by a microsecond, for which nothing waits
        what = (next(ids), job.key, job.name, job.task, job.queue, policy.priority, why, at, due, expires, next(ids))
        opening.append((*what, created, *how))
    return opening


def _existing(connection: Connection, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        query = f"SELECT id FROM executions WHERE id IN ({marks(len(some))})"
        found.update(to_key(id) for [id] in rows(connection, query, *some))
    return found


def open_one(
    connection: Connection,
    job: Job,
    *,
    trigger: Trigger,
    triggered_by: str | None,
    scheduled_for: datetime,
    args: Mapping[str, Any] | None,
    now: datetime,
    rerun_of: UUID | None = None,
    priority: int | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Execution | None:
    """Open an execution that somebody asked for; None when its due moment has one already."""
    id, token = (UUID(hex=text) for text in new_ids(now, 2))
    values = {
        "id": id,
        "job_id": job.id,
        "job_name": job.name,
        "task": job.task,
        "queue": job.queue,
        "priority": job.policy.priority if priority is None else priority,
        "state": State.PENDING.value,
        "trigger": trigger.value,
        "triggered_by": triggered_by,
        "scheduled_for": scheduled_for,
        "due_at": min(scheduled_for, now),
        "expires_at": None if job.policy.start_within is None else now + job.policy.start_within,
        "attempt": 0,
        "token": token,
        "args": None if args is None else dict(args),
        "created_at": now,
        "rerun_of": rerun_of,
        "metadata": None if metadata is None else dict(metadata),
    }
    try:
        with connection.begin_nested():
            connection.execute(insert(executions).values(values))
    except IntegrityError:
        return None
    return get(connection, id)


def get(connection: Connection, id: UUID) -> Execution | None:
    """The execution of this id."""
    row = connection.execute(select(executions).where(executions.c.id == id)).one_or_none()
    return None if row is None else from_row(row)


def from_row(row: Row[Any]) -> Execution:
    """The Execution in a row of the table."""
    found = row._mapping
    return Execution(
        id=found["id"],
        job_id=found["job_id"],
        job_name=found["job_name"],
        task=found["task"],
        queue=found["queue"],
        priority=found["priority"],
        state=State(found["state"]),
        trigger=Trigger(found["trigger"]),
        triggered_by=found["triggered_by"],
        scheduled_for=found["scheduled_for"],
        due_at=found["due_at"],
        attempt=found["attempt"],
        token=found["token"],
        carrier=found["carrier"],
        args=found["args"],
        created_at=found["created_at"],
        started_at=found["started_at"],
        finished_at=found["finished_at"],
        cancel_requested_at=found["cancel_requested_at"],
        result=found["result"],
        error_message=found["error_message"],
        error_stack=found["error_stack"],
        reason=found["reason"],
        progress=Progress(found["total"], found["processed"], found["failed"]),
        metadata=found["metadata"],
        rerun_of=found["rerun_of"],
    )


def note_progress(connection: Connection, told: Mapping[tuple[UUID, UUID], Progress]) -> None:
    """How far running attempts have come, by (execution, token)."""
    many(
        connection,
        "UPDATE executions SET total = ?, processed = ?, failed = ? WHERE id = ? AND token = ? AND state = 'running'",
        [
            (progress.total, progress.processed, progress.failed, id.hex, token.hex)
            for (id, token), progress in told.items()
        ],
    )


def tokens_of(connection: Connection, carrier: UUID) -> set[UUID]:
    """The attempts that an instance rightly carries."""
    found = rows(connection, "SELECT token FROM executions WHERE state = 'running' AND carrier = ?", carrier.hex)
    return {to_uuid(token) for [token] in found}


_ORPHAN = (
    "SELECT 1 FROM executions WHERE state = 'running'"
    " AND carrier NOT IN (SELECT id FROM instances WHERE gone_at IS NULL) LIMIT 1"
)
_TO_CANCEL = (
    "SELECT token, cancel_requested_by FROM executions"
    " WHERE state = 'running' AND carrier = ? AND cancel_requested_at IS NOT NULL"
)
_EXPIRED = (
    "SELECT id, token, job_id FROM executions"
    " WHERE state = 'pending' AND expires_at IS NOT NULL AND expires_at < ? AND attempt = 0 LIMIT ?"
)


def has_orphans(connection: Connection) -> bool:
    """Whether anything runs whose carrier no longer lives."""
    return bool(rows(connection, _ORPHAN))


def orphans(connection: Connection, living: Sequence[UUID], limit: int) -> list[Execution]:
    """Running executions whose carrier no longer lives."""
    found = connection.execute(select(executions).where(RUNNING, executions.c.carrier.not_in(living)).limit(limit))
    return [from_row(row) for row in found]


def to_cancel(connection: Connection, carrier: UUID) -> list[tuple[UUID, str]]:
    """The attempts of one instance that were asked to stop: (token, by whom)."""
    found = rows(connection, _TO_CANCEL, carrier.hex)
    return [(to_uuid(token), by or "somebody") for token, by in found]


def expired(connection: Connection, now: datetime, limit: int) -> list[tuple[UUID, UUID, UUID]]:
    """Pending executions that may no longer start for the first time: (execution, token, job)."""
    found = rows(connection, _EXPIRED, to_micros(now), limit)
    return [(to_uuid(id), to_uuid(token), to_uuid(job)) for id, token, job in found]


def pull_forward(connection: Connection, now: datetime, by_micros: int) -> None:
    """The clock was set back: waits that were counted on the old time end as long from now as they would have."""
    many(
        connection,
        "UPDATE executions SET due_at = due_at - ? WHERE state = 'pending' AND due_at > ?",
        [(by_micros, to_micros(now))],
    )
