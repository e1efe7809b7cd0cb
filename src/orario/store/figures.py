"""Short reads for /metrics: each walks along an index, and none walks far, however long the history is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from orario.store import claims, cursors, handovers, leases
from orario.store.leases import Lease
from orario.store.raw import marks, rows, to_moment, to_uuid

MOST_QUEUES = 50
MOST_WAITING = 100_000  # a longer line is counted up to here
OTHER = "other"

_WAITING = "SELECT COUNT(*) FROM (SELECT 1 FROM executions WHERE state = 'pending' AND queue = ? LIMIT ?) AS line"
_FIRST = (
    "SELECT priority, due_at FROM executions WHERE state = 'pending' AND queue = ? AND priority < ?"
    " ORDER BY priority DESC, due_at LIMIT 1"
)
_RUNNING = "SELECT queue, COUNT(*) FROM executions WHERE state = 'running' GROUP BY queue"
_BROKEN = "SELECT COUNT(*) FROM jobs WHERE broken IS NOT NULL AND deleted_at IS NULL"
_INSTANCES = "SELECT COUNT(*) FROM instances WHERE gone_at IS NULL"
_BEAT = "SELECT beat_at FROM instances WHERE id = ?"
_HIGHEST = 1 << 31  # above every priority
_MOST_PRIORITIES = 50


@dataclass(frozen=True, slots=True)
class Line:
    """What waits and runs of one queue; `oldest` is since when the first in it has been due."""

    pending: int = 0
    running: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """How things stand at one moment, as the database has them."""

    queues: dict[str, Line]
    handed_over: dict[str, int]  # to Celery, by queue
    next_due: datetime | None  # in the past: due moments that wait for a tick
    broken_jobs: int
    instances: int
    beat_at: datetime | None
    lease: Lease | None


def look(connection: Connection, instance: UUID) -> Figures:
    """The figures of one snapshot; the heartbeat is that of `instance`."""
    beat = rows(connection, _BEAT, instance.hex)
    return Figures(
        queues=queues(connection),
        handed_over=handovers.by_queue(connection),
        next_due=cursors.earliest(connection),
        broken_jobs=rows(connection, _BROKEN)[0][0],
        instances=rows(connection, _INSTANCES)[0][0],
        beat_at=to_moment(beat[0][0]) if beat else None,
        lease=leases.read(connection),
    )


def slugs(connection: Connection, jobs: Sequence[UUID]) -> dict[UUID, str]:
    """What these jobs are called, the deleted ones too."""
    if not jobs:
        return {}
    query = f"SELECT id, slug FROM jobs WHERE id IN ({marks(len(jobs))})"
    return {to_uuid(id): slug for id, slug in rows(connection, query, *(job.hex for job in jobs))}


def queues(connection: Connection) -> dict[str, Line]:
    """The queues in which anything waits or runs; those past the cap share a line."""
    running = {name: int(count) for name, count in rows(connection, _RUNNING)}
    found: dict[str, Line] = {}
    for name in sorted({*_names(connection), *running}):
        line = Line(_pending(connection, name), running.get(name, 0), _oldest(connection, name))
        place = name if len(found) < MOST_QUEUES else OTHER
        found[place] = _together(found[place], line) if place in found else line
    return found


def _names(connection: Connection) -> list[str]:
    return [name for [name] in rows(connection, claims.WAITING_QUEUES)]


def _together(one: Line, other: Line) -> Line:
    since = [moment for moment in (one.oldest, other.oldest) if moment is not None]
    return Line(one.pending + other.pending, one.running + other.running, min(since, default=None))


def _pending(connection: Connection, queue: str) -> int:
    [found] = rows(connection, _WAITING, queue, MOST_WAITING)
    return int(found[0])


def _oldest(connection: Connection, queue: str) -> datetime | None:
    """Leaps from priority to priority: the first of each has waited longest."""
    firsts: list[int] = []
    below = _HIGHEST
    while len(firsts) < _MOST_PRIORITIES and (found := rows(connection, _FIRST, queue, below)):
        below, due_at = found[0]
        firsts.append(due_at)
    return to_moment(min(firsts, default=None))
