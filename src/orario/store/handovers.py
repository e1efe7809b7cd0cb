"""Pending executions that a message was written for, which a worker has yet to answer.

A handover counts while its execution is pending under the same token; whatever else becomes of that, it is past.
What is entrusted to others' Celery applications stands in the same table, see store/entrusted.py.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from orario.core.ids import new_ids
from orario.store.claims import NOT_HANDED_OVER, Candidate, Load
from orario.store.columns import to_micros
from orario.store.raw import many, marks, once, rows, to_key, to_moment, to_uuid, together

LIVE = "handovers h JOIN executions e ON e.id = h.execution_id AND e.token = h.token AND e.state = 'pending'"
_AT_ONCE = 500  # values in one statement
_LIVE = f"{LIVE} AND NOT h.is_entrusted"


class Parcel(NamedTuple):
    """An attempt that a worker may start, and the queue whose workers may."""

    queue: str
    execution_id: UUID
    token: UUID
    message: UUID | None = None  # that named it last


class Message(NamedTuple):
    """Names some parcels of one queue."""

    queue: str
    parcels: Sequence[Parcel]

    @property
    def id(self) -> UUID:
        return self.parcels[0].token


def note(connection: Connection, chosen: Sequence[Candidate], *, is_entrusted: bool = False) -> None:
    """Write down that messages for these are to be sent."""
    together(
        connection,
        "INSERT INTO handovers (execution_id, token, is_entrusted) VALUES (?, ?, ?)"
        " ON CONFLICT (token) DO UPDATE SET sent_at = NULL",
        [(one.id.hex, one.token.hex, is_entrusted) for one in chosen],
    )


def add_to(connection: Connection, load: Load) -> None:
    """Count what was handed over beside what runs: it has taken its place."""
    for job, queue, number in rows(connection, f"SELECT e.job_id, e.queue, COUNT(*) FROM {LIVE} GROUP BY 1, 2"):
        load.by_job[to_key(job)] += number
        load.by_queue[queue] += number


def wait(connection: Connection, queues: Collection[str], now: datetime) -> bool:
    """Whether anything in these queues is due and not handed over."""
    query = (
        "SELECT 1 FROM executions e WHERE e.state = 'pending' AND e.due_at <= ?"
        f" AND e.queue IN ({marks(len(queues))}) AND {NOT_HANDED_OVER} LIMIT 1"
    )
    return bool(rows(connection, query, to_micros(now), *queues))


def unsent(connection: Connection, queues: Collection[str], limit: int) -> list[Parcel]:
    """What is still to be sent, in the order of the line."""
    found = rows(
        connection,
        f"SELECT e.queue, e.id, e.token, h.message FROM {_LIVE}"
        f" WHERE h.sent_at IS NULL AND e.queue IN ({marks(len(queues))})"
        " ORDER BY e.priority DESC, e.due_at LIMIT ?",
        *queues,
        limit,
    )
    return [_parcel(row) for row in found]


def _parcel(row: Any) -> Parcel:
    queue, id, token, message = row
    return Parcel(queue, to_uuid(id), to_uuid(token), None if message is None else to_uuid(message))


def mark_sent(connection: Connection, sent: Sequence[Message], now: datetime) -> None:
    """The broker has these."""
    together(
        connection,
        "UPDATE handovers SET sent_at = ?, message = ? WHERE token = ?",
        [(to_micros(now), message.id.hex, one.token.hex) for message in sent for one in message.parcels],
    )


def take_back(connection: Connection, tokens: Collection[UUID]) -> None:
    """A worker that received these could not start them: they are to be sent once more."""
    _with(connection, "UPDATE handovers SET sent_at = NULL", tokens)


def drop(connection: Connection, tokens: Collection[UUID]) -> None:
    """These have started, or wait in the line again, or nobody wants them any more."""
    _with(connection, "DELETE FROM handovers", tokens)


def _with(connection: Connection, change: str, tokens: Collection[UUID]) -> None:
    keys = sorted(token.hex for token in tokens)
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        once(connection, f"{change} WHERE token IN ({marks(len(some))})", *some)


def by_queue(connection: Connection) -> dict[str, int]:
    """How many executions were handed over and not taken by a worker, of each queue that has any."""
    found = rows(connection, f"SELECT e.queue, COUNT(*) FROM {LIVE} GROUP BY e.queue")
    return {queue: int(number) for queue, number in found}


def sent_at(connection: Connection, token: UUID) -> list[datetime | None]:
    """When the message of this attempt was sent, None if not yet; nothing where there is none."""
    return [to_moment(at) for [at] in rows(connection, "SELECT sent_at FROM handovers WHERE token = ?", token.hex)]


def sent(connection: Connection, queue: str) -> int:
    """How many messages of a queue should lie at the broker."""
    count = f"SELECT COUNT(DISTINCT h.message) FROM {_LIVE} WHERE h.sent_at IS NOT NULL AND e.queue = ?"
    [[number]] = rows(connection, count, queue)
    return int(number)


def overdue(connection: Connection, before: datetime, limit: int) -> list[Parcel]:
    """What was sent before `before` and has not started, the oldest first."""
    found = rows(
        connection,
        f"SELECT e.queue, e.id, e.token, h.message FROM {_LIVE} WHERE h.sent_at < ?"
        " ORDER BY h.sent_at, h.message LIMIT ?",
        to_micros(before),
        limit,
    )
    return [_parcel(row) for row in found]


def renew(connection: Connection, lost: Sequence[Parcel], now: datetime) -> None:
    """Hand these over again, under fresh tokens: should the old messages still turn up, nobody heeds them."""
    fresh = new_ids(now, len(lost))
    pairs = [(token, one.execution_id.hex, one.token.hex) for one, token in zip(lost, fresh, strict=True)]
    many(connection, "UPDATE executions SET token = ? WHERE id = ? AND token = ? AND state = 'pending'", pairs)
    renamed = [(fresh, stale) for fresh, _, stale in pairs]
    many(connection, "UPDATE handovers SET token = ?, sent_at = NULL, message = NULL WHERE token = ?", renamed)


_PAST = (
    "NOT is_entrusted AND NOT EXISTS (SELECT 1 FROM executions e WHERE e.id = handovers.execution_id"
    " AND e.token = handovers.token AND e.state = 'pending')"
)


def has_past(connection: Connection) -> bool:
    """Whether there are handovers that `tidy` would forget."""
    return bool(rows(connection, f"SELECT 1 FROM handovers WHERE {_PAST} LIMIT 1"))


def tidy(connection: Connection) -> None:
    """Forget handovers that are past: cancelled, missed or moved to another queue, and no message ever came."""
    once(connection, f"DELETE FROM handovers WHERE {_PAST}")
