"""A job's gaps a page at a time, to be put beside its executions in one ledger."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select

from orario.core.planning import Gap, Reason
from orario.store.tables import gaps


class Passed(NamedTuple):
    """A gap, its place in the order of their recording, and when it was recorded."""

    number: int
    gap: Gap
    recorded_at: datetime


def passed(connection: Connection, job_id: UUID, before: int | None, limit: int) -> list[Passed]:
    """A job's gaps older than the one numbered `before`, the newest first."""
    query = select(gaps).where(gaps.c.job_id == job_id)
    if before is not None:
        query = query.where(gaps.c.id < before)
    rows = connection.execute(query.order_by(gaps.c.id.desc()).limit(limit))
    return [
        Passed(row.id, Gap(row.first, row.last, row._mapping["count"], Reason(row.reason)), row.recorded_at)
        for row in rows
    ]
