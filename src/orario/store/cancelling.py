"""Ends executions that wait, and asks those that run to stop."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select, update

from orario.core.execution import State
from orario.store import cursors
from orario.store.executions import PENDING, RUNNING
from orario.store.tables import executions


def cancel_pending(connection: Connection, id: UUID, by: str, now: datetime) -> bool:
    """End one execution that waits; False when it does not wait any more."""
    row = connection.execute(
        update(executions)
        .where(executions.c.id == id, PENDING)
        .values(
            state=State.CANCELLED.value,
            finished_at=now,
            cancel_requested_at=now,
            cancel_requested_by=by,
            reason=f"cancelled by {by}",
        )
        .returning(executions.c.job_id, executions.c.started_at)
    ).one_or_none()
    if row is None:
        return False
    cursors.count(connection, State.CANCELLED, [(row.job_id, row.started_at, now)])
    return True


def ask_to_stop(connection: Connection, id: UUID, by: str, now: datetime) -> bool:
    """Ask one running execution to stop; the engine does the rest. False when it does not run any more."""
    asked = connection.execute(
        update(executions)
        .where(executions.c.id == id, RUNNING)
        .values(cancel_requested_at=now, cancel_requested_by=by)
    )
    return asked.rowcount == 1


def cancel_all_of(connection: Connection, job_id: UUID, by: str, now: datetime) -> int:
    """End or stop whatever a job has under way; how many it was."""
    waiting = list(connection.scalars(select(executions.c.id).where(PENDING, executions.c.job_id == job_id)))
    carried = list(connection.scalars(select(executions.c.id).where(RUNNING, executions.c.job_id == job_id)))
    ended = sum(cancel_pending(connection, id, by, now) for id in waiting)
    return ended + sum(ask_to_stop(connection, id, by, now) for id in carried)
