"""What stays of what is forgotten: figures per job and day, written by the transaction that forgets."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from orario.core.buckets import BOUNDS
from orario.core.execution import State
from orario.store.raw import marks, once, rows
from orario.store.tables_rollups import HIGHS, LATE, LOWS, STATES, SUMS, TOOK

NOBODY = UUID(int=0)  # in place of jobs that are forgotten, too
A_DAY = 86_400_000_000  # microseconds
_MICROS = tuple(int(bound * 1_000_000) for bound in BOUNDS)

# One row per execution. A lag is known of what the schedule opened and what was not tried twice: of a retry, the
# start of the last attempt is kept. Lengths of time are those of successes: a failure says nothing of the work.
ONE = (
    f"SELECT job_id, created_at / {A_DAY} AS day, state, attempt,"
    " CASE WHEN state = 'success' THEN finished_at - started_at END AS took,"
    " CASE WHEN trigger = 'scheduler' AND attempt = 1 AND started_at > scheduled_for"
    " THEN started_at - scheduled_for WHEN trigger = 'scheduler' AND attempt = 1 AND started_at IS NOT NULL"
    " THEN 0 END AS late FROM executions"
)


def _filter(condition: str) -> str:
    return f"COUNT(*) FILTER (WHERE {condition})"


def _within(value: str, at: int) -> str:
    low = f"{value} > {_MICROS[at - 1]}" if at else f"{value} IS NOT NULL"
    return _filter(f"{low} AND {value} <= {_MICROS[at]}" if at < len(_MICROS) else low)


_FIGURES = {
    **{state: _filter(f"state = '{state}'") for state in STATES},
    "attempts": "COALESCE(SUM(attempt), 0)",
    "took": "COUNT(took)",
    "took_sum": "COALESCE(SUM(took), 0)",
    "late": "COUNT(late)",
    "late_sum": "COALESCE(SUM(late), 0)",
    "passed_over": "0",
    **{name: _within("took", at) for at, name in enumerate(TOOK)},
    **{name: _within("late", at) for at, name in enumerate(LATE)},
    "took_max": "MAX(took)",
    "late_max": "MAX(late)",
    "took_min": "MIN(took)",
}
NAMES = tuple(_FIGURES)
# For statements of others: the figures of live rows, in the order of NAMES, by day.
OF_LIVE = f"SELECT day, {', '.join(_FIGURES.values())} FROM ({ONE} WHERE {{}}) AS one GROUP BY day"
_HOW = {**dict.fromkeys(SUMS, "SUM"), **dict.fromkeys(HIGHS, "MAX"), **dict.fromkeys(LOWS, "MIN")}
_SUMMED = [f"{_HOW[name]}({name})" for name in NAMES]
OF_ROLLED = f"SELECT day, {', '.join(_SUMMED)} FROM rollups WHERE {{}} GROUP BY day"

_KEPT = {
    **{name: f"rollups.{name} + excluded.{name}" for name in SUMS},
    **{
        name: f"CASE WHEN rollups.{name} IS NULL OR excluded.{name} {sign} rollups.{name}"
        f" THEN excluded.{name} ELSE rollups.{name} END"
        for names, sign in ((HIGHS, ">"), (LOWS, "<"))
        for name in names
    },
}
_ADDED = " ON CONFLICT (job_id, day) DO UPDATE SET " + ", ".join(f"{name} = {how}" for name, how in _KEPT.items())
_INTO = f"INSERT INTO rollups (job_id, day, {', '.join(NAMES)})"
_ROLL_UP = (
    f"{_INTO} SELECT job_id, day, {', '.join(_FIGURES.values())} FROM ({ONE} WHERE id IN ({{}})) AS one"
    f" WHERE true GROUP BY job_id, day{_ADDED}"
)
_ROLL_UP_GAPS = (
    f"INSERT INTO rollups (job_id, day, passed_over) SELECT job_id, last / {A_DAY} AS day, SUM(count) FROM gaps"
    " WHERE id IN ({}) AND reason <> 'excluded' GROUP BY job_id, last / " + str(A_DAY) + " ON CONFLICT (job_id, day)"
    " DO UPDATE SET passed_over = rollups.passed_over + excluded.passed_over"
)
_HAND_OVER = f"{_INTO} SELECT ?, day, {', '.join(NAMES)} FROM rollups WHERE job_id = ?{_ADDED}"


def add_executions(connection: Connection, ids: Sequence[str]) -> None:
    """Count these executions, which the same transaction deletes."""
    once(connection, _ROLL_UP.format(marks(len(ids))), *ids)


def add_gaps(connection: Connection, ids: Sequence[int]) -> None:
    """Count the moments of these gaps, which the same transaction deletes; excluded ones were never due."""
    once(connection, _ROLL_UP_GAPS.format(marks(len(ids))), *ids)


def hand_over(connection: Connection, job_id: UUID) -> None:
    """Put the figures of a job that is forgotten to those of nobody in particular."""
    once(connection, _HAND_OVER, NOBODY.hex, job_id.hex)
    once(connection, "DELETE FROM rollups WHERE job_id = ?", job_id.hex)


def totals(connection: Connection, job_id: UUID | None = None) -> dict[State, int]:
    """How many executions were forgotten, by the state in which they ended."""
    of_one = "" if job_id is None else " WHERE job_id = ?"
    sums = ", ".join(f"COALESCE(SUM({state}), 0)" for state in STATES)
    [row] = rows(connection, f"SELECT {sums} FROM rollups{of_one}", *(() if job_id is None else (job_id.hex,)))
    return {State(state): int(count) for state, count in zip(STATES, row, strict=True)}


def last_day(connection: Connection, job_id: UUID) -> int | None:
    """The last day of which something was forgotten."""
    [found] = rows(connection, "SELECT MAX(day) FROM rollups WHERE job_id = ?", job_id.hex)
    return None if found[0] is None else int(found[0])
