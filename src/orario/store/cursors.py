"""Where jobs stand: reading what is due, moving on, counting how it went."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select, update

from orario.core.execution import State
from orario.core.job import Cursor
from orario.store.columns import from_micros, to_micros
from orario.store.raw import many, rows, to_key, to_moment, together
from orario.store.tables import cursors

_COUNTED = {
    State.SUCCESS: cursors.c.success_count,
    State.FAILED: cursors.c.failed_count,
    State.TIMEOUT: cursors.c.timeout_count,
    State.CANCELLED: cursors.c.cancelled_count,
    State.SKIPPED: cursors.c.skipped_count,
    State.MISSED: cursors.c.missed_count,
}
_NEVER_RAN = frozenset({State.SKIPPED, State.MISSED})
_FAILURES = frozenset({State.FAILED, State.TIMEOUT})
_NOTHING = (0, None, None)
_AT_ONCE = 500  # ids in one statement


class Due(NamedTuple):
    """A job whose next moment has come; a tuple, for every firing makes one."""

    key: str  # the job's id in hexadecimal
    version: int
    position: datetime
    next_at: datetime
    fold: int

    @property
    def job_id(self) -> UUID:
        return UUID(hex=self.key)


_DUE = (
    "SELECT CAST(c.job_id AS TEXT), (SELECT version FROM jobs WHERE id = c.job_id), c.position, c.next_at, c.fold"
    " FROM cursors c WHERE {} ORDER BY {} LIMIT ?"
)
_DUE_NOW = _DUE.format("c.next_at <= ?", "c.next_at")
# A cursor that was moved between the look and the lock comes with its new place, but with the job's old version: the
# two do not belong together, the next tick has them. (Past 2^32 transactions a row's number says nothing more.)
_UNMOVED = "c.next_at <= ? AND pg_visible_in_snapshot(c.xmin::text::xid8, pg_current_snapshot())"
_DUE_HELD = _DUE.format(_UNMOVED, "c.next_at") + " FOR UPDATE OF c SKIP LOCKED"
_AHEAD = _DUE.format("c.position > ? AND c.job_id > ?", "c.job_id")


def due(connection: Connection, now: datetime, limit: int, *, hold: bool = False) -> list[Due]:
    """The jobs whose next moment is not later than `now`, earliest first.

    With `hold`, nobody edits them until the end of the transaction; what somebody edits now is left out.
    SQLite has one writer at a time anyway.
    """
    query = _DUE_HELD if hold and connection.dialect.name == "postgresql" else _DUE_NOW
    return [_due(row) for row in rows(connection, query, to_micros(now), limit)]


def ahead_of(connection: Connection, now: datetime, after: UUID | None, limit: int) -> list[Due]:
    """Jobs whose ledger reaches beyond `now`, as it does when the clock was set back; pages by job id."""
    found = rows(connection, _AHEAD, to_micros(now), (after or UUID(int=0)).hex, limit)
    return [_due(row) for row in found]


def _due(row: Any) -> Due:
    job, version, position, next_at, fold = row
    # A cursor without a next moment keeps its place; whoever reads on looks at the job first.
    return Due(to_key(job), version, from_micros(position), from_micros(next_at or position), fold)


def earliest(connection: Connection) -> datetime | None:
    """The next moment of all."""
    [found] = rows(connection, "SELECT MIN(next_at) FROM cursors WHERE next_at IS NOT NULL")
    return to_moment(found[0])


def advance(connection: Connection, steps: Sequence[tuple[str, datetime, datetime | None]]) -> None:
    """Move each (job's key, position, next moment) on."""
    together(
        connection,
        "UPDATE cursors SET position = ?, next_at = ? WHERE job_id = ?",
        [
            (to_micros(position), None if next_at is None else to_micros(next_at), key)
            for key, position, next_at in steps
        ],
    )


def place(connection: Connection, job_id: UUID, position: datetime, next_at: datetime | None, fold: int) -> None:
    """Put one job's cursor where it belongs."""
    connection.execute(
        update(cursors).where(cursors.c.job_id == job_id).values(position=position, next_at=next_at, fold=fold)
    )


def start(connection: Connection, rows: Iterable[tuple[UUID, datetime, datetime | None]]) -> None:
    """Fresh cursors for new jobs: (job, position, next moment)."""
    many(
        connection,
        "INSERT INTO cursors (job_id, position, next_at, fold, failures_in_row, success_count, failed_count,"
        " timeout_count, cancelled_count, skipped_count, missed_count) VALUES (?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0)"
        " ON CONFLICT (job_id) DO NOTHING",
        [
            (job.hex, to_micros(position), None if next_at is None else to_micros(next_at))
            for job, position, next_at in rows
        ],
    )


def count(connection: Connection, state: State, ends: Sequence[tuple[UUID, datetime | None, datetime]]) -> None:
    """Note that executions of these jobs have ended in `state`: (job, started, finished), in their order."""
    told: dict[str, tuple[int, datetime | None, datetime]] = {}
    for job, started, finished in ends:
        before, last, _ = told.get(key := job.hex, _NOTHING)
        told[key] = (before + 1, started or last, finished)
    together(connection, _COUNT[state], [_counted(state, key, *what) for key, what in told.items()])


def _counted(state: State, key: str, times: int, started: datetime | None, finished: datetime) -> tuple[Any, ...]:
    if state in _NEVER_RAN:
        return times, key
    ran = (None if started is None else to_micros(started), to_micros(finished), key)
    return (times, times, *ran) if state in _FAILURES else (times, *ran)


def _count_statement(state: State) -> str:
    """How the job went last is told by the last one that ran."""
    counted = f"UPDATE cursors SET {state}_count = {state}_count + ?"
    if state in _NEVER_RAN:
        return f"{counted} WHERE job_id = ?"
    streak = ", failures_in_row = 0" if state is State.SUCCESS else ""
    if state in _FAILURES:
        streak = ", failures_in_row = failures_in_row + ?"
    return (
        f"{counted}{streak}, last_state = '{state}', last_started_at = COALESCE(?, last_started_at),"
        " last_finished_at = ? WHERE job_id = ?"
    )


_COUNT = {state: _count_statement(state) for state in _COUNTED}


def streaks(connection: Connection, job_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many failures in a row each job has behind it; nobody else counts until this transaction ends."""
    query = select(cursors.c.job_id, cursors.c.failures_in_row).where(cursors.c.job_id.in_(job_ids))
    rows = connection.execute(query.order_by(cursors.c.job_id).with_for_update())
    return {job: failures for job, failures in rows}


def get(connection: Connection, job_ids: Sequence[UUID]) -> dict[UUID, Cursor]:
    """The cursors of these jobs."""
    rows = connection.execute(select(cursors).where(cursors.c.job_id.in_(job_ids))).mappings()
    return {row["job_id"]: from_row(row) for row in rows}


def held(connection: Connection, job_id: UUID) -> Cursor:
    """One job's cursor, which no tick moves until the end of the transaction."""
    query = select(cursors).where(cursors.c.job_id == job_id).with_for_update()
    return from_row(connection.execute(query).mappings().one())


def hold(connection: Connection, job_ids: Iterable[UUID]) -> None:
    """See that no tick moves these jobs on until the end of the transaction; this may have to wait for one.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "sqlite":
        return
    wanted = sorted(job_ids)  # two who want the same ones do not wait for each other
    for start in range(0, len(wanted), _AT_ONCE):
        some = cursors.c.job_id.in_(wanted[start : start + _AT_ONCE])
        connection.execute(select(cursors.c.job_id).where(some).order_by(cursors.c.job_id).with_for_update())


def from_row(row: Any) -> Cursor:
    """The Cursor in a row of the table."""
    return Cursor(
        job_id=row["job_id"],
        position=row["position"],
        next_at=row["next_at"],
        fold=row["fold"],
        failures_in_row=row["failures_in_row"],
        last_started_at=row["last_started_at"],
        last_finished_at=row["last_finished_at"],
        last_state=None if row["last_state"] is None else State(row["last_state"]),
        counts={state: row[column.name] for state, column in _COUNTED.items()},
    )
