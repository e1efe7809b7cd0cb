"""Reads the figures per job and day: of one job, or of all together."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from orario.apps.ops.analytics.rows import rate
from orario.apps.ops.tables import daily

_COUNTS = (
    "executions", "successes", "failures", "timeouts", "cancelled", "skipped", "missed", "passed_over", "attempts",
)  # fmt: skip


def of_job(connection: Connection, slug: str, since: date, until: date) -> Sequence[Any]:
    """Day by day, the oldest first."""
    query = select(daily).where(daily.c.slug == slug, daily.c.day >= since, daily.c.day <= until)
    return [dict(row._mapping) for row in connection.execute(query.order_by(daily.c.day))]


def of_all(connection: Connection, since: date, until: date) -> Sequence[Any]:
    """The same of all jobs together, of which there are counts and averages; percentiles cannot be added up."""
    query = (
        select(
            daily.c.day,
            *(func.sum(daily.c[name]).label(name) for name in _COUNTS),
            func.sum(daily.c.seconds).label("seconds"),
            func.max(daily.c.duration_longest).label("duration_longest"),
            func.max(daily.c.lag_longest).label("lag_longest"),
        )
        .where(daily.c.day >= since, daily.c.day <= until)
        .group_by(daily.c.day)
        .order_by(daily.c.day)
    )
    return [_together({**row._mapping}) for row in connection.execute(query)]


def _together(row: dict[str, Any]) -> dict[str, Any]:
    counts = {name: int(row[name]) for name in _COUNTS}
    ran = counts["successes"] + counts["failures"] + counts["timeouts"]
    average = row["seconds"] / counts["successes"] if counts["successes"] else None
    return {**row, **counts, "success_rate": rate(counts["successes"], ran), "duration_average": average}
