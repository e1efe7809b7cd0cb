"""Finds what may be forgotten. The work grows with what is found, not with what there is."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from orario.core.execution import FINAL_STATES
from orario.core.ids import first_id
from orario.core.policy import Policy
from orario.store import policycodec
from orario.store.columns import from_micros, to_micros
from orario.store.raw import rows, to_uuid

_EVER = " + ".join(f"c.{state.value}_count" for state in FINAL_STATES)
_ROLLED = " + ".join(f"SUM({state.value})" for state in FINAL_STATES)
_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.I)
# A settlement and what it opens (a notice) are one commit. What ended a moment ago may not be seen as one yet.
SETTLING = timedelta(seconds=5)
_ENDED = (
    "SELECT id, finished_at FROM executions WHERE {} AND id > ? AND id < ?"
    " AND state NOT IN ('pending', 'running') ORDER BY id LIMIT ?"
)
_OF_ALL = _ENDED.format("job_id NOT IN (SELECT id FROM jobs WHERE keeps_apart)")
_OF_ONE = _ENDED.format("job_id = ?")
_GAPS = "SELECT id, recorded_at FROM gaps WHERE {} AND id > ? ORDER BY id LIMIT ?"


def apart(connection: Connection) -> list[tuple[UUID, Policy]]:
    """The jobs that say themselves how much of their history is kept."""
    found = rows(connection, "SELECT id, policy FROM jobs WHERE keeps_apart")
    return [(to_uuid(id), _policy(policy)) for id, policy in found]


def _policy(stored: object) -> Policy:
    return policycodec.from_text(stored if isinstance(stored, str) else json.dumps(stored))


def crowded(connection: Connection, count: int) -> list[UUID]:
    """The other jobs that may have more than `count` ended executions."""
    query = f"SELECT c.job_id FROM cursors c JOIN jobs j ON j.id = c.job_id WHERE {_EVER} > ? AND NOT j.keeps_apart"
    return [to_uuid(id) for [id] in rows(connection, query, count)]


def surplus(connection: Connection, job_id: UUID, count: int) -> int:
    """By how many a job's ended executions exceed `count`; counters answer, nothing is gone through."""
    rolled = f"SELECT COALESCE({_ROLLED}, 0) FROM rollups WHERE job_id = ?"
    query = f"SELECT {_EVER} - ({rolled}) FROM cursors c WHERE c.job_id = ?"
    found = rows(connection, query, job_id.hex, job_id.hex)
    return max(int(found[0][0]) - count, 0) if found else 0


def ended(
    connection: Connection, job_id: UUID | None, after: UUID, before: datetime, limit: int
) -> list[tuple[UUID, datetime]]:
    """Ended executions, the oldest first, opened before a moment: (id, when it ended), of ids beyond `after`.

    Of one job, or of all that do not keep apart. Nobody else takes the same ones until the end of the transaction.
    """
    hold = " FOR UPDATE SKIP LOCKED" if connection.dialect.name == "postgresql" else ""
    range_ = (after.hex, first_id(before).hex, limit)
    if job_id is None:
        found = rows(connection, _OF_ALL + hold, *range_)
    else:
        found = rows(connection, _OF_ONE + hold, job_id.hex, *range_)
    return [(to_uuid(id), from_micros(finished_at or 0)) for id, finished_at in found]


def count_ended(connection: Connection, after: UUID, before: datetime, most: int) -> int:
    """How many executions were opened between an id and a moment, nearly all of which have ended; `most` at most."""
    query = "SELECT COUNT(*) FROM (SELECT 1 FROM executions WHERE id > ? AND id < ? LIMIT ?) AS found"
    [found] = rows(connection, query, after.hex, first_id(before).hex, most)
    return int(found[0])


def old_gaps(connection: Connection, job_id: UUID | None, after: int, before: datetime, limit: int) -> list[int]:
    """Gaps recorded before a moment, the oldest first: their numbers beyond `after`."""
    hold = " FOR UPDATE SKIP LOCKED" if connection.dialect.name == "postgresql" else ""
    which = "job_id NOT IN (SELECT id FROM jobs WHERE keeps_apart)" if job_id is None else "job_id = ?"
    some = () if job_id is None else (job_id.hex,)
    found = rows(connection, _GAPS.format(which) + hold, *some, after, limit)
    return [id for id, recorded_at in found if recorded_at < to_micros(before)]


def spoken_of(connection: Connection) -> frozenset[UUID]:
    """The executions that those which wait or run speak of: reruns of them, notices about them."""
    query = "SELECT args, rerun_of FROM executions WHERE state = '{}' AND (args IS NOT NULL OR rerun_of IS NOT NULL)"
    found = (row for state in ("pending", "running") for row in rows(connection, query.format(state)))
    return frozenset(id for args, rerun_of in found for id in _named(args, rerun_of))


def _named(args: object, rerun_of: object) -> Iterator[UUID]:
    if rerun_of is not None:
        yield to_uuid(rerun_of)
    if args is not None:
        yield from (UUID(text) for text in _ID.findall(args if isinstance(args, str) else json.dumps(args)))


def deserted(connection: Connection) -> list[UUID]:
    """Deleted jobs of which nothing is left; one that an app's code declares is remembered as deleted."""
    query = (
        "SELECT j.id FROM jobs j WHERE j.deleted_at IS NOT NULL AND j.declared IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM executions e WHERE e.job_id = j.id)"
        " AND NOT EXISTS (SELECT 1 FROM gaps g WHERE g.job_id = j.id)"
    )
    return [to_uuid(id) for [id] in rows(connection, query)]
