"""Forgets, in small steps, what was chosen in `outdated`: nothing goes whose figures are not kept."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from orario.core.execution import FINAL_STATES
from orario.store import idempotency, rollups
from orario.store.columns import to_micros
from orario.store.raw import marks, once, rows

LINES_AT_ONCE = 2000
_COUNTS = tuple(f"{state.value}_count" for state in FINAL_STATES)
_NO_ONES = (
    "INSERT INTO cursors (job_id, position, next_at, fold, failures_in_row, {0}) SELECT ?, 0, NULL, 0, 0, {0}"
    " FROM cursors WHERE job_id = ? ON CONFLICT (job_id) DO UPDATE SET {1}"
).format(", ".join(_COUNTS), ", ".join(f"{name} = cursors.{name} + excluded.{name}" for name in _COUNTS))


@dataclass(frozen=True, slots=True)
class Removed:
    """How much of what was removed."""

    executions: int = 0
    attempts: int = 0
    log_lines: int = 0
    gaps: int = 0
    audit_rows: int = 0
    idempotency_keys: int = 0
    jobs: int = 0

    def __add__(self, other: "Removed") -> "Removed":
        return Removed(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    def __bool__(self) -> bool:
        return any(astuple(self))


def forget_executions(connection: Connection, ids: Sequence[str]) -> Removed:
    """Forget ended executions with all that belongs to them, their figures go into the rollups.

    A step stays small: where there are more log lines than it may hold, only lines go, and the rest is for the next.
    """
    places = marks(len(ids))
    some = f"SELECT id FROM logs WHERE execution_id IN ({places}) LIMIT {LINES_AT_ONCE}"
    lines = once(connection, f"DELETE FROM logs WHERE id IN ({some})", *ids)
    if lines == LINES_AT_ONCE:
        return Removed(log_lines=lines)
    rollups.add_executions(connection, ids)
    attempts = once(connection, f"DELETE FROM attempts WHERE execution_id IN ({places})", *ids)
    gone = once(connection, f"DELETE FROM executions WHERE id IN ({places})", *ids)
    return Removed(executions=gone, attempts=attempts, log_lines=lines)


def forget_gaps(connection: Connection, ids: Sequence[int]) -> Removed:
    """Forget gaps; how many moments they held stays."""
    rollups.add_gaps(connection, ids)
    return Removed(gaps=once(connection, f"DELETE FROM gaps WHERE id IN ({marks(len(ids))})", *ids))


def forget_audit(connection: Connection, before: datetime, limit: int) -> Removed:
    """Forget the oldest changes made before a moment. Their ids rise with time: nothing else is looked at."""
    oldest = f"SELECT id FROM (SELECT id, at FROM audit ORDER BY id LIMIT {limit}) AS oldest WHERE at < ?"
    return Removed(audit_rows=once(connection, f"DELETE FROM audit WHERE id IN ({oldest})", to_micros(before)))


def forget_keys(connection: Connection, now: datetime) -> Removed:
    """Forget the requests that nobody can repeat any more."""
    return Removed(idempotency_keys=idempotency.forget(connection, now))


def forget_job(connection: Connection, id: UUID) -> Removed:
    """Forget a deleted job without history; what it counted goes to nobody in particular, so that totals hold."""
    if rows(connection, "SELECT 1 FROM executions WHERE job_id = ? LIMIT 1", id.hex):
        return Removed()
    gone = once(connection, "DELETE FROM jobs WHERE id = ? AND deleted_at IS NOT NULL", id.hex)
    if gone:
        rollups.hand_over(connection, id)
        once(connection, _NO_ONES, rollups.NOBODY.hex, id.hex)
        once(connection, "DELETE FROM cursors WHERE job_id = ?", id.hex)
    return Removed(jobs=gone)
