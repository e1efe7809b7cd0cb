"""What is entrusted to others' Celery applications: pending until a worker of theirs starts it, then carried by none.

A handover stays for as long as its message may still do something: also where its attempt is over for us.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, select

from orario.core.execution import Execution
from orario.store.claims import NOT_HANDED_OVER
from orario.store.columns import to_micros
from orario.store.executions import RUNNING, from_row
from orario.store.handovers import LIVE
from orario.store.raw import many, marks, rows, to_key, to_moment, to_uuid
from orario.store.tables import executions


class Entrusted(NamedTuple):
    """A pending execution, and the message for its next attempt."""

    id: UUID
    token: UUID
    job: str  # its key
    version: int
    task: str
    queue: str
    attempt: int
    expires_at: datetime | None
    args: Mapping[str, Any] | None
    sent_at: datetime | None


class Stray(NamedTuple):
    """A message whose attempt is over for us, though it may still do something."""

    execution_id: UUID
    token: UUID
    queue: str


def wait(connection: Connection, tasks: Collection[str], now: datetime) -> bool:
    """Whether anything of these tasks is due and not handed over."""
    query = (
        "SELECT 1 FROM executions e WHERE e.state = 'pending' AND e.due_at <= ?"
        f" AND e.task IN ({marks(len(tasks))}) AND {NOT_HANDED_OVER} LIMIT 1"
    )
    return bool(rows(connection, query, to_micros(now), *tasks))


_ENTRUSTED = (
    "SELECT e.id, e.token, e.job_id, j.version, e.task, e.queue, e.attempt, e.expires_at, CAST(e.args AS TEXT),"
    f" h.sent_at FROM {LIVE} AND h.is_entrusted JOIN jobs j ON j.id = e.job_id"
)


def unsent(connection: Connection, limit: int) -> list[Entrusted]:
    """What is still to be sent, in the order of the line."""
    query = f"{_ENTRUSTED} WHERE h.sent_at IS NULL ORDER BY e.priority DESC, e.due_at LIMIT ?"
    return [_entrusted(row) for row in rows(connection, query, limit)]


def sent(connection: Connection) -> list[Entrusted]:
    """What was sent and has not begun, as far as we know."""
    return [_entrusted(row) for row in rows(connection, f"{_ENTRUSTED} WHERE h.sent_at IS NOT NULL")]


def _entrusted(row: Any) -> Entrusted:
    (id, token, job, version, task, queue, attempt, expires_at, args, sent_at) = row
    return Entrusted(
        to_uuid(id),
        to_uuid(token),
        to_key(job),
        version,
        task,
        queue,
        attempt,
        to_moment(expires_at),
        None if args is None else json.loads(args),
        to_moment(sent_at),
    )


def running(connection: Connection, tasks: Collection[str]) -> list[Execution]:
    """What has begun and not ended."""
    found = select(executions).where(RUNNING, executions.c.carrier.is_(None), executions.c.task.in_(tasks))
    return [from_row(row) for row in connection.execute(found)]


def begin(connection: Connection, begun: Sequence[tuple[UUID, UUID, datetime]]) -> None:
    """Workers have started these: (execution, token, when)."""
    many(
        connection,
        "UPDATE executions SET state = 'running', carrier = NULL, started_at = ?, attempt = attempt + 1"
        " WHERE id = ? AND token = ? AND state = 'pending'",
        [(to_micros(at), id.hex, token.hex) for id, token, at in begun],
    )
    forget(connection, [token for _, token, _ in begun])


def strays(connection: Connection) -> list[Stray]:
    """Messages that were sent, and whose attempts are over for us."""
    found = rows(
        connection,
        "SELECT h.execution_id, h.token, e.queue FROM handovers h JOIN executions e ON e.id = h.execution_id"
        " WHERE h.is_entrusted AND h.sent_at IS NOT NULL AND NOT (e.token = h.token AND e.state = 'pending')",
    )
    return [Stray(to_uuid(id), to_uuid(token), queue) for id, token, queue in found]


def keep_as_stray(connection: Connection, astray: Sequence[Stray], now: datetime) -> None:
    """Remember messages that could not be seen to have ended."""
    many(
        connection,
        "INSERT INTO handovers (execution_id, token, sent_at, is_entrusted) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (token) DO NOTHING",
        [(one.execution_id.hex, one.token.hex, to_micros(now), True) for one in astray],
    )


def forget(connection: Connection, tokens: Collection[UUID]) -> None:
    """These messages do nothing any more, or their executions say all that is to be known."""
    many(connection, "DELETE FROM handovers WHERE token = ?", [(token.hex,) for token in tokens])


def forget_old(connection: Connection, before: datetime) -> None:
    """Whatever was over before it was sent, or so long ago that nobody looks any more, is forgotten."""
    many(
        connection,
        "DELETE FROM handovers WHERE is_entrusted AND (sent_at IS NULL OR sent_at < ?) AND NOT EXISTS"
        " (SELECT 1 FROM executions e WHERE e.id = handovers.execution_id AND e.token = handovers.token"
        " AND e.state = 'pending')",
        [(to_micros(before),)],
    )
