"""Forgets old executions with their attempts and log lines, so that every total stays true."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, select, update

from orario.core.execution import FINAL_STATES
from orario.core.ids import first_id
from orario.store.tables import attempts, cursors, executions, logs


def prune(connection: Connection, before: datetime, limit: int = 500) -> int:
    """Forget up to `limit` executions that were opened before a moment and have ended; how many it were."""
    old = (
        select(executions.c.id, executions.c.job_id, executions.c.state)
        .where(executions.c.id < first_id(before))
        .where(executions.c.state.in_([state.value for state in FINAL_STATES]))
        .order_by(executions.c.id)
        .limit(limit)
    )
    rows = connection.execute(old).all()
    ids = [row.id for row in rows]
    for table, column in ((attempts, attempts.c.execution_id), (logs, logs.c.execution_id)):
        connection.execute(delete(table).where(column.in_(ids)))
    connection.execute(delete(executions).where(executions.c.id.in_(ids)))
    _uncount(connection, Counter((row.job_id, row.state) for row in rows))
    return len(ids)


def _uncount(connection: Connection, gone: Counter[tuple[UUID, str]]) -> None:
    """The counters say how many executions there are, not how many there ever were."""
    for (job_id, state), number in gone.items():
        column = cursors.c[f"{state}_count"]
        connection.execute(update(cursors).where(cursors.c.job_id == job_id).values({column.name: column - number}))
