"""Short reads for the overview: what fires next, what was passed over, how the last day went."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, literal, select

from orario.core.execution import Execution, State
from orario.core.ids import first_id
from orario.core.job import Job
from orario.core.planning import Gap, Reason
from orario.store.columns import from_micros, to_micros
from orario.store.executions import RUNNING, from_row
from orario.store.jobcodec import COLUMNS
from orario.store.jobcodec import from_row as job_of
from orario.store.jobs import EXISTS
from orario.store.raw import rows
from orario.store.tables import cursors, executions, gaps, jobs

QUARTER = 15 * 60 * 1_000_000  # microseconds
_RECENT_GAPS = 300
_AT_ONCE = 500

_TALLY = (
    f"SELECT created_at / {QUARTER}, state, COUNT(*),"
    " COUNT(late), COALESCE(SUM(late), 0), MAX(late) FROM (SELECT created_at, state,"
    " CASE WHEN trigger = 'scheduler' AND attempt = 1 AND started_at IS NOT NULL THEN"
    " CASE WHEN started_at > scheduled_for THEN started_at - scheduled_for ELSE 0 END END AS late"
    " FROM executions WHERE id >= ? AND id < ?) AS one GROUP BY 1, 2"
)


@dataclass(slots=True)
class Quarter:
    """What was opened in a quarter of an hour, and how it stands."""

    start: datetime
    counts: dict[State, int] = field(default_factory=dict)
    lags: int = 0
    lag_total: float = 0.0  # seconds
    lag_longest: float = 0.0


@dataclass(frozen=True, slots=True)
class Passed:
    """A stretch of due moments that became no execution."""

    job_id: UUID
    job_name: str
    gap: Gap
    recorded_at: datetime


class Brief(NamedTuple):
    """As much of an execution as a line in a list tells."""

    id: UUID
    job_id: UUID
    job_name: str
    state: State
    attempt: int
    error_message: str | None
    reason: str | None
    created_at: datetime
    finished_at: datetime | None
    scheduled_for: datetime


def ended(connection: Connection, state: State, since: datetime, limit: int) -> list[Brief]:
    """The newest executions that ended in a state, opened since a moment."""
    columns = [executions.c[name] for name in Brief._fields]
    # Word for word what the index of troubled executions says of itself.
    same = executions.c.state == literal(state.value, literal_execute=True)
    troubled = [executions.c.state != literal(one, literal_execute=True) for one in ("pending", "running", "success")]
    query = select(*columns).where(same, *troubled, executions.c.id >= first_id(since))
    rows = connection.execute(query.order_by(executions.c.id.desc()).limit(limit))
    return [Brief(*row)._replace(state=State(row.state)) for row in rows]


def quarters(connection: Connection, since: datetime, until: datetime) -> dict[int, Quarter]:
    """Every quarter in which something was opened, by number since 1970."""
    found: dict[int, Quarter] = {}
    for at, state, count, lags, total, longest in rows(connection, _TALLY, first_id(since).hex, first_id(until).hex):
        quarter = found.setdefault(int(at), Quarter(from_micros(int(at) * QUARTER)))
        quarter.counts[State(state)] = int(count)
        quarter.lags += int(lags)
        quarter.lag_total += float(total) / 1_000_000
        quarter.lag_longest = max(quarter.lag_longest, float(longest or 0) / 1_000_000)
    return found


def number_of(moment: datetime) -> int:
    """Which quarter of an hour since 1970 a moment is in."""
    return to_micros(moment) // QUARTER


def running(connection: Connection, limit: int) -> list[Execution]:
    """What runs now, the longest first."""
    found = select(executions).where(RUNNING).order_by(executions.c.started_at).limit(limit)
    return [from_row(row) for row in connection.execute(found)]


def coming(connection: Connection, limit: int) -> list[tuple[Job, datetime]]:
    """What fires next, the first first."""
    query = (
        select(*COLUMNS, cursors.c.next_at)
        .join(cursors, cursors.c.job_id == jobs.c.id)
        .where(cursors.c.next_at.is_not(None), EXISTS)
        .order_by(cursors.c.next_at)
        .limit(limit)
    )
    return [(job_of(row), row.next_at) for row in connection.execute(query)]


def passed_over(connection: Connection, since: datetime, reasons: Sequence[Reason]) -> list[Passed]:
    """The last gaps that were recorded since a moment, the newest first; a few hundred are looked at."""
    wanted = {reason.value for reason in reasons}
    query = (
        select(gaps, jobs.c.name)
        .outerjoin(jobs, jobs.c.id == gaps.c.job_id)
        .order_by(gaps.c.id.desc())
        .limit(_RECENT_GAPS)
    )
    return [
        Passed(
            row.job_id,
            row.name or "",
            Gap(row.first, row.last, row._mapping["count"], Reason(row.reason)),
            row.recorded_at,
        )
        for row in connection.execute(query)
        if row.recorded_at >= since and row.reason in wanted
    ]


def broken(connection: Connection, limit: int) -> list[Job]:
    """The jobs that cannot run."""
    query = select(*COLUMNS).where(jobs.c.broken.is_not(None), EXISTS).order_by(jobs.c.id.desc()).limit(limit)
    return [job_of(row) for row in connection.execute(query)]


def active(connection: Connection, after: UUID | None) -> list[Job]:
    """Some of the jobs that will fire, by id; those after the last of them come next."""
    later = () if after is None else (jobs.c.id > after,)
    firing = (jobs.c.is_enabled, jobs.c.paused_at.is_(None), jobs.c.broken.is_(None))
    query = select(*COLUMNS).where(EXISTS, *firing, *later).order_by(jobs.c.id).limit(_AT_ONCE)
    return [job_of(row) for row in connection.execute(query)]
