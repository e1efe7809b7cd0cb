"""Short reads of how jobs go now and went lately, for those who watch every transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select

from orario.core.execution import Execution, Level, LogLine, State
from orario.store.executions import PENDING, RUNNING, from_row
from orario.store.raw import marks, rows, to_uuid
from orario.store.tables import executions, logs

_MOST = 5000
_AT_ONCE = 500  # ids in one statement
_RAN = ("success", "failed", "timeout", "cancelled")
_STATES = (
    f"SELECT state FROM executions WHERE job_id = ? AND state IN {_RAN} AND started_at IS NOT NULL"
    " ORDER BY id DESC LIMIT ?"
)
_LAST = (
    "SELECT (SELECT one.id FROM executions AS one WHERE one.job_id = jobs.id AND one.state <> 'pending'"
    " AND one.state <> 'running' ORDER BY one.id DESC LIMIT 1) FROM jobs WHERE id IN ({})"
)
_DURATIONS = (
    "SELECT finished_at - started_at FROM executions WHERE job_id = ? AND state = 'success' ORDER BY id DESC LIMIT ?"
)


def running(connection: Connection, before: datetime | None = None) -> list[Execution]:
    """What runs now, or what of it has started before a moment, the longest first."""
    wanted = [RUNNING] if before is None else [RUNNING, executions.c.started_at < before]
    found = connection.execute(select(executions).where(*wanted).order_by(executions.c.started_at).limit(_MOST))
    return [from_row(row) for row in found]


def waiting(connection: Connection, since: datetime, limit: int = _MOST) -> list[Execution]:
    """What was due before `since`, was never tried and still waits, the longest first."""
    late = (PENDING, executions.c.attempt == 0, executions.c.due_at < since)
    found = connection.execute(select(executions).where(*late).order_by(executions.c.due_at).limit(limit))
    return [from_row(row) for row in found]


def states(connection: Connection, job_id: UUID, limit: int) -> list[State]:
    """How the last executions of a job that ran have ended, newest first."""
    return [State(state) for [state] in rows(connection, _STATES, job_id.hex, limit)]


def last_ended(connection: Connection, job_ids: Collection[UUID]) -> dict[UUID, Execution]:
    """The newest execution of each of these jobs that has ended."""
    wanted, found = list(job_ids), {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = [id.hex for id in wanted[start : start + _AT_ONCE]]
        ids = [to_uuid(id) for [id] in rows(connection, _LAST.format(marks(len(some))), *some) if id is not None]
        newest = map(from_row, connection.execute(select(executions).where(executions.c.id.in_(ids))))
        found.update({one.job_id: one for one in newest})
    return found


def durations(connection: Connection, job_id: UUID, limit: int) -> list[float]:
    """The seconds that a job's last successes took, newest first."""
    return [micros / 1_000_000 for [micros] in rows(connection, _DURATIONS, job_id.hex, limit)]


def last_lines(connection: Connection, execution_id: UUID, limit: int) -> Sequence[LogLine]:
    """The last log lines of an execution, oldest first."""
    query = select(logs).where(logs.c.execution_id == execution_id).order_by(logs.c.id.desc()).limit(limit)
    found = [
        LogLine(row.execution_id, row.attempt, row.at, Level(row.level), row.message, row.details, row.id)
        for row in connection.execute(query)
    ]
    return found[::-1]
