"""The stretches of due moments that did not become executions."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, select

from orario.core.planning import Gap, Reason
from orario.store.columns import to_micros
from orario.store.raw import many
from orario.store.tables import gaps


def record(connection: Connection, job_id: UUID, found: Iterable[Gap], now: datetime) -> None:
    """Put the gaps of one job into the ledger."""
    record_all(connection, [(job_id, gap) for gap in found], now)


def record_all(connection: Connection, found: Iterable[tuple[UUID, Gap]], now: datetime) -> None:
    """Put (job, gap) pairs into the ledger."""
    many(
        connection,
        "INSERT INTO gaps (job_id, first, last, count, reason, recorded_at) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (job.hex, to_micros(gap.first), to_micros(gap.last), gap.count, gap.reason.value, to_micros(now))
            for job, gap in found
        ],
    )


def of_job(connection: Connection, job_id: UUID, limit: int, offset: int = 0) -> list[Gap]:
    """A job's gaps, newest first."""
    rows = connection.execute(
        select(gaps.c.first, gaps.c.last, gaps.c.count, gaps.c.reason)
        .where(gaps.c.job_id == job_id)
        .order_by(gaps.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [Gap(first, last, count, Reason(reason)) for first, last, count, reason in rows]


def count_of_job(connection: Connection, job_id: UUID) -> int:
    """How many gaps a job has."""
    return connection.scalar(select(func.count()).select_from(gaps).where(gaps.c.job_id == job_id)) or 0
