"""The list of jobs as people look through it: searched, filtered, sorted by how jobs stand, in groups."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from orario.core.execution import State
from orario.core.job import Job
from orario.store.executions import RUNNING
from orario.store.jobcodec import COLUMNS, from_row
from orario.store.jobs import EXISTS
from orario.store.raw import rows, to_key, to_moment
from orario.store.tables import cursors, executions, jobs


class Standing(StrEnum):
    """How a job stands, in a word; each job is counted under one."""

    BROKEN = "broken"
    DISABLED = "disabled"
    PAUSED = "paused"
    FAILING = "failing"
    HEALTHY = "healthy"


_AT_ONCE = 50
RUNNING_NOW = "running"  # beside the words above: a job of any standing may run
SORTS = ("name", "next", "last", "failures", "created")
GROUPS = ("app", "queue", "state")

_ENABLED = and_(jobs.c.broken.is_(None), jobs.c.is_enabled)
_FIRING = and_(_ENABLED, jobs.c.paused_at.is_(None))
_STANDS: dict[str, ColumnElement[bool]] = {
    Standing.BROKEN: jobs.c.broken.is_not(None),
    Standing.DISABLED: and_(jobs.c.broken.is_(None), ~jobs.c.is_enabled),
    Standing.PAUSED: and_(_ENABLED, jobs.c.paused_at.is_not(None)),
    Standing.FAILING: and_(_FIRING, cursors.c.failures_in_row > 0),
    Standing.HEALTHY: and_(_FIRING, cursors.c.failures_in_row == 0),
    RUNNING_NOW: jobs.c.id.in_(select(executions.c.job_id).where(RUNNING)),
}
# Short looks along the index of a job's executions, of many jobs in one statement.
_LAST = (
    "SELECT * FROM (SELECT job_id, id, state, started_at, finished_at, scheduled_for FROM executions"
    " WHERE job_id = ? ORDER BY id DESC LIMIT ?) AS one"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which jobs, in which order; whatever is empty does not matter."""

    text: str = ""  # in the name, the slug or the task
    app: str = ""
    queue: str = ""
    task: str = ""
    state: str = ""
    sort: str = "name"
    is_down: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One of a job's last executions, for a sparkline."""

    id: str
    state: State
    seconds: float | None
    at: Any


class Facet(NamedTuple):
    """How many jobs are alike."""

    app: str | None
    queue: str
    is_enabled: bool
    is_paused: bool
    is_broken: bool
    is_failing: bool
    jobs: int


def find(connection: Connection, wanted: Wanted, limit: int, offset: int) -> list[Job]:
    """A page of jobs."""
    page = _from(select(jobs.c.id), wanted).order_by(*_order(wanted)).limit(limit).offset(offset)
    ids = list(connection.scalars(page))
    found = {row.id: from_row(row) for row in connection.execute(select(*COLUMNS).where(jobs.c.id.in_(ids)))}
    return [found[id] for id in ids if id in found]


def count(connection: Connection, wanted: Wanted) -> int:
    """How many there are."""
    return connection.scalar(_from(select(func.count()), wanted)) or 0


def facets(connection: Connection) -> list[Facet]:
    """How many jobs there are of each app, queue and standing."""
    columns = (
        jobs.c.app,
        jobs.c.queue,
        jobs.c.is_enabled,
        jobs.c.paused_at.is_not(None),
        jobs.c.broken.is_not(None),
        cursors.c.failures_in_row > 0,
    )
    query = select(*columns, func.count()).join(cursors, cursors.c.job_id == jobs.c.id).where(EXISTS)
    return [Facet(*row) for row in connection.execute(query.group_by(*columns))]


def last_runs(connection: Connection, ids: Collection[UUID], limit: int) -> dict[UUID, list[Run]]:
    """The last executions of each of these jobs, the oldest first."""
    runs: dict[str, list[Run]] = {id.hex: [] for id in ids}
    wanted = list(runs)
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        places = chain.from_iterable((id, limit) for id in some)
        for job, *run in rows(connection, " UNION ALL ".join([_LAST] * len(some)), *places):
            runs[to_key(job)].append(_run(run))
    return {id: sorted(runs[id.hex], key=lambda run: run.id) for id in ids}


def _run(row: Any) -> Run:
    id, state, started, finished, scheduled = row
    seconds = None if started is None or finished is None else (finished - started) / 1_000_000
    return Run(str(id).replace("-", ""), State(state), seconds, to_moment(scheduled))


def _from(query: Select[Any], wanted: Wanted) -> Select[Any]:
    return query.select_from(jobs.join(cursors, cursors.c.job_id == jobs.c.id)).where(EXISTS, *_conditions(wanted))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.text:
        columns = (jobs.c.name, jobs.c.slug, jobs.c.task)
        found.append(or_(*(column.icontains(wanted.text, autoescape=True) for column in columns)))
    if wanted.app:
        found.append(jobs.c.app == wanted.app if wanted.app != "-" else jobs.c.app.is_(None))
    found += [
        column == value for column, value in ((jobs.c.queue, wanted.queue), (jobs.c.task, wanted.task)) if value
    ]
    if wanted.state in _STANDS:
        found.append(_STANDS[wanted.state])
    return found


def _order(wanted: Wanted) -> list[ColumnElement[Any]]:
    sorts: dict[str, ColumnElement[Any]] = {
        "name": func.lower(jobs.c.name),
        "next": cursors.c.next_at,
        "last": cursors.c.last_started_at,
        "failures": cursors.c.failures_in_row,
        "created": jobs.c.created_at,
    }
    groups: dict[str, list[ColumnElement[Any]]] = {
        "app": [jobs.c.app.asc().nulls_last()],
        "queue": [jobs.c.queue.asc()],
        # Trouble comes first.
        "state": [
            _STANDS[one].desc() for one in (Standing.BROKEN, Standing.FAILING, Standing.PAUSED, Standing.HEALTHY)
        ],
    }
    column = sorts.get(wanted.sort, sorts["name"])
    direction = column.desc() if wanted.is_down else column.asc()
    return [*groups.get(wanted.group, []), direction.nulls_last(), jobs.c.id.asc()]
