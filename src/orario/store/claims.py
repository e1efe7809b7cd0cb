"""Claiming pending executions: the one file where the two databases speak differently."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, update

from orario.core.execution import State
from orario.store.columns import from_micros, to_micros
from orario.store.executions import RUNNING
from orario.store.postgresql import BY_INDEXES
from orario.store.raw import marks, rows, to_key, to_moment, to_uuid, together
from orario.store.tables import executions


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pending execution whose time has come."""

    id: UUID
    job: str  # its key
    version: int
    task: str
    queue: str
    token: UUID
    attempt: int
    trigger: str
    scheduled_for: datetime
    expires_at: datetime | None
    args: Mapping[str, Any] | None
    place: tuple[int, int]  # in the line: higher priority first, then who was due first


_PENDING = (
    "SELECT e.id, e.job_id, j.version, e.task, e.queue, e.token, e.attempt, e.trigger, e.scheduled_for,"
    " e.expires_at, CAST(e.args AS TEXT), e.priority, e.due_at FROM executions e JOIN jobs j ON j.id = e.job_id"
    " WHERE e.state = 'pending'"
)
_CANDIDATES = f"{_PENDING} AND e.queue = ?"
NOT_HANDED_OVER = "NOT EXISTS (SELECT 1 FROM handovers h WHERE h.execution_id = e.id AND h.token = e.token)"
# Leaps from name to name along the index, past all that waits in between.
WAITING_QUEUES = (
    "WITH RECURSIVE waiting(name) AS (SELECT MIN(queue) FROM executions WHERE state = 'pending' UNION ALL"
    " SELECT (SELECT MIN(queue) FROM executions WHERE state = 'pending' AND queue > waiting.name)"
    " FROM waiting WHERE name IS NOT NULL) SELECT name FROM waiting WHERE name IS NOT NULL"
)


def candidates(
    connection: Connection,
    now: datetime,
    limit: int,
    *,
    tasks: Collection[str],
    full_jobs: Collection[str],
    full_queues: Collection[str],
    overlapping: bool = False,
    only: Collection[str] | None = None,
    is_fresh: bool = False,
) -> list[Candidate]:
    """The next pending executions of these tasks, by priority, leaving out jobs and queues without room.

    `overlapping` asks for those alone that were never tried and whose job runs already; `only` for what waits in
    these queues; `is_fresh` for what was not handed over yet.
    """
    query = f"{_CANDIDATES} AND e.due_at <= ? AND e.task IN ({marks(len(tasks))})"
    if full_jobs:
        query += f" AND e.job_id NOT IN ({marks(len(full_jobs))})"
    if overlapping:
        query += " AND e.attempt = 0 AND e.job_id IN (SELECT job_id FROM executions WHERE state = 'running')"
    if is_fresh:
        query += f" AND {NOT_HANDED_OVER}"
    query += " ORDER BY e.priority DESC, e.due_at LIMIT ?"
    if connection.dialect.name == "postgresql":
        query += " FOR UPDATE OF e SKIP LOCKED"
    values = (to_micros(now), *tasks, *full_jobs, limit)
    open_queues = [name for [name] in rows(connection, WAITING_QUEUES) if name not in full_queues]
    if only is not None:
        open_queues = [name for name in open_queues if name in only]
    found = [_candidate(row) for queue in open_queues for row in rows(connection, query, queue, *values)]
    if len(open_queues) > 1:
        found.sort(key=attrgetter("place"))
    return found[:limit]


def called_for(connection: Connection, ids: Sequence[UUID]) -> list[Candidate]:
    """Those of these executions that are pending, held until the end of the transaction."""
    query = f"{_PENDING} AND e.id IN ({marks(len(ids))})"
    if connection.dialect.name == "postgresql":
        query += " FOR UPDATE OF e"
    return [_candidate(row) for row in rows(connection, query, *(id.hex for id in ids))]


def _candidate(row: Any) -> Candidate:
    (id, job, version, task, queue, token, attempt, trigger, scheduled_for, expires_at, args, priority, due_at) = row
    return Candidate(
        to_uuid(id),
        to_key(job),
        version,
        task,
        queue,
        to_uuid(token),
        attempt,
        trigger,
        from_micros(scheduled_for),
        to_moment(expires_at),
        None if args is None else json.loads(args),
        (-priority, due_at),
    )


@dataclass(frozen=True, slots=True)
class Load:
    """What runs now, counted in the transaction that claims."""

    by_job: Counter[str]
    by_queue: Counter[str]


# The bytes of "orario"; the lock ends with the transaction.
_ALONE = f"SELECT pg_advisory_xact_lock(122537051842927), {BY_INDEXES}"
_LOAD = "SELECT CAST(job_id AS TEXT), queue, COUNT(*) FROM executions WHERE state = 'running' GROUP BY job_id, queue"


def go_alone(connection: Connection) -> None:
    """Until the end of the transaction no other instance claims: each would give away the room that the others see.

    What follows in it finds its rows by indexes. SQLite has one writer at a time anyway, and does so by itself.
    """
    if connection.dialect.name == "postgresql":
        rows(connection, _ALONE)


def load(connection: Connection) -> Load:
    """How many executions of each job and of each queue run; a dead carrier's are returned before they count long.

    Who claims by it is to `go_alone` first.
    """
    by_job: Counter[str] = Counter()
    by_queue: Counter[str] = Counter()
    for job, queue, running in rows(connection, _LOAD):
        key = to_key(job)
        by_job[key] = by_job.get(key, 0) + running  # a Counter makes what it has not at ten times the price
        by_queue[queue] += running
    return Load(by_job, by_queue)


_FIRST = "SELECT task FROM executions WHERE state = 'pending' AND due_at <= ?"


def first_in_line(connection: Connection, now: datetime, limit: int, full_queues: Collection[str] = ()) -> list[str]:
    """The tasks of some that wait and whose time has come, in queues that are not full."""
    besides = f" AND queue NOT IN ({marks(len(full_queues))})" if full_queues else ""
    found = rows(connection, f"{_FIRST}{besides} LIMIT ?", to_micros(now), *full_queues, limit)
    return [task for [task] in found]


def claim(connection: Connection, chosen: Sequence[Candidate], carrier: UUID, now: datetime) -> None:
    """Start these: running, carried by `carrier`, one attempt more."""
    together(
        connection,
        "UPDATE executions SET state = 'running', carrier = ?, started_at = ?, attempt = attempt + 1"
        " WHERE id = ? AND token = ? AND state = 'pending'",
        [(carrier.hex, to_micros(now), one.id.hex, one.token.hex) for one in chosen],
    )


def turn_away(
    connection: Connection, refused: Sequence[tuple[UUID, UUID]], state: State, reason: str, now: datetime
) -> None:
    """End pending executions unstarted, as skipped or missed: (execution, token)."""
    together(
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
    """When the next retry becomes due; only retries wait for a time to come."""
    waiting = "SELECT MIN(due_at) FROM executions WHERE state = 'pending' AND attempt > 0 AND due_at > ?"
    [found] = rows(connection, waiting, to_micros(now))
    return to_moment(found[0])
