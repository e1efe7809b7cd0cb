"""The task `daily_analytics`: from the history, day by day and job by job, into a table of its own."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select

from orario import Context, GiveUp
from orario.apps.ops.analytics.rows import row_of
from orario.apps.ops.tables import daily

_A_DAY = timedelta(days=1)
_LATE = 2 * _A_DAY  # what is opened on one day may end on the next ones
_AT_ONCE = 200  # jobs in one transaction
_MOST_DAYS = 3660


def daily_analytics(context: Context, since: date | None = None) -> dict[str, Any]:
    """Add up the executions per job and day: counts, rates, percentiles of duration and lag.

    Without `since` it goes on where it stopped, and looks again at the days before, whose last executions may
    have ended since; of the present day it tells how it stands.
    """
    services = context.services
    now: datetime = services.tools.clock.now()
    today = now.astimezone(UTC).date()
    if since is not None and since > today:
        raise GiveUp(f"since: {since} has not begun")
    days = _days(services, since, today)
    written = executions = 0
    jobs: set[UUID] = set()
    for day in days:
        busy = services.executions.busy_on(day)
        context.progress.foresee(len(busy))
        for start in range(0, len(busy), _AT_ONCE):
            some = busy[start : start + _AT_ONCE]
            rows = [_row(context, day, job, now) for job in some]
            with services.database.writing(lazily=True) as connection:
                _put(connection, day, rows)
            written += len(rows)
            executions += sum(row["executions"] for row in rows)
            jobs.update(row["job_id"] for row in rows)
    context.info("aggregated", days=len(days), rows=written, executions=executions)
    span = {"since": str(days[0]), "until": str(days[-1])} if days else {"since": None, "until": None}
    return {**span, "days": len(days), "jobs": len(jobs), "rows": written, "executions": executions}


def _days(services: Any, since: date | None, today: date) -> list[date]:
    first = since or _first(services, today)
    first = max(first, today - _MOST_DAYS * _A_DAY)
    return [first + count * _A_DAY for count in range((today - first).days + 1)]


def _first(services: Any, today: date) -> date:
    """Where it stopped: the first day that was not over when it was told of, or may have changed since."""
    with services.database.reading() as connection:
        done: date | None = connection.scalar(select(func.max(daily.c.day)).where(daily.c.is_final))
    if done is None:
        begins: date | None = services.executions.first_day()
        return begins or today
    return min(done - _LATE + _A_DAY, today)


def _row(context: Context, day: date, job: Sequence[Any], now: datetime) -> dict[str, Any]:
    id, slug, name = job
    row = row_of(day, id, slug, name, context.services.executions.day_of_job(day, id), now)
    context.progress.advance()
    return row


def _put(connection: Connection, day: date, rows: Sequence[dict[str, Any]]) -> None:
    """In place of what was known; a row that was whole is not replaced by what is left after forgetting."""
    ids = [row["job_id"] for row in rows]
    mine = daily.c.day == day, daily.c.job_id.in_(ids)
    kept = set(connection.scalars(select(daily.c.job_id).where(*mine, daily.c.is_final, ~daily.c.is_estimated)))
    fresh = [row for row in rows if not (row["is_estimated"] and row["job_id"] in kept)]
    connection.execute(delete(daily).where(*mine, daily.c.job_id.in_([row["job_id"] for row in fresh])))
    if fresh:
        connection.execute(insert(daily), fresh)
