"""Jobs and their cursors: counters that agree with the history, next moments that agree with the schedules."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import Connection

from orario.core.execution import FINAL_STATES
from orario.core.job import Cursor, Job
from orario.service.integrity.faults import Fault, Scene, Sql, said
from orario.store import calendars, cursors, jobs, jobsearch
from orario.store.jobsearch import JobFilter
from orario.store.raw import rows, to_uuid
from orario.store.rollups import NOBODY

_PAGE = 1000
_PATIENCE = timedelta(minutes=1)
_STATES = tuple(state.value for state in FINAL_STATES)
_PER_STATE = ", ".join(f"SUM(CASE WHEN state = '{state}' THEN 1 ELSE 0 END) AS {state}" for state in _STATES)
_COUNTED = (
    "SELECT c.job_id, {0} FROM cursors c"
    f" LEFT JOIN (SELECT job_id, {_PER_STATE} FROM executions GROUP BY job_id) e ON e.job_id = c.job_id"
    " LEFT JOIN (SELECT job_id, {1} FROM rollups GROUP BY job_id) r ON r.job_id = c.job_id WHERE {2}"
).format(
    ", ".join(f"c.{state}_count, COALESCE(e.{state}, 0) + COALESCE(r.{state}, 0)" for state in _STATES),
    ", ".join(f"SUM({state}) AS {state}" for state in _STATES),
    " OR ".join(f"c.{state}_count <> COALESCE(e.{state}, 0) + COALESCE(r.{state}, 0)" for state in _STATES),
)


def counters(connection: Connection, scene: Scene) -> Iterator[Fault]:
    """What a job has counted is what is there, and what was forgotten."""
    for job, *numbers in rows(connection, _COUNTED):
        pairs = dict(zip(_STATES, zip(numbers[::2], map(int, numbers[1::2]), strict=True), strict=True))
        wrong = {state: pair for state, pair in pairs.items() if pair[0] != pair[1]}
        told = ", ".join(f"{is_} {state} and has {has}" for state, (is_, has) in wrong.items())
        fixes = ", ".join(f"{state}_count = {has}" for state, (_, has) in wrong.items())
        mend = Sql(f"UPDATE cursors SET {fixes} WHERE job_id = ?", (to_uuid(job).hex,))
        yield Fault("counters", f"job {_name(connection, job)} has counted {told}", mend)


def _name(connection: Connection, job: object) -> str:
    found = rows(connection, "SELECT slug FROM jobs WHERE id = ?", to_uuid(job).hex)
    return str(found[0][0]) if found else str(to_uuid(job))


def cursors_of_jobs(connection: Connection, scene: Scene) -> Iterator[Fault]:
    """Every job has a cursor, and every cursor a job."""
    without = "SELECT id, slug FROM jobs WHERE id NOT IN (SELECT job_id FROM cursors)"
    for id, slug in rows(connection, without):
        mend = partial(_start, id=to_uuid(id).hex, scene=scene)
        yield Fault("cursors", f"job {slug} has no cursor, so that nobody knows where it stands", mend)
    lost = "SELECT job_id FROM cursors WHERE job_id NOT IN (SELECT id FROM jobs) AND job_id <> ?"
    for [id] in rows(connection, lost, NOBODY.hex):
        forget = Sql("DELETE FROM cursors WHERE job_id = ?", (to_uuid(id).hex,))
        yield Fault("cursors", f"there is a cursor of job {to_uuid(id)}, which is not there", forget)


def _start(connection: Connection, id: str, scene: Scene) -> None:
    job = jobs.get(connection, to_uuid(id))
    next_at = _next(connection, job, scene.now) if job is not None else None
    cursors.start(connection, [(to_uuid(id), scene.now, next_at)])


def next_moments(connection: Connection, scene: Scene) -> Iterator[Fault]:
    """The next moment of an active job is what its schedule says; what is not active has none."""
    for job, cursor in jobs_and_cursors(connection):
        try:
            wanted = _next(connection, job, cursor.position)
        except Exception as error:
            yield Fault("moments", f"the schedule of job {job.slug} cannot be computed: {error}")
            continue
        if cursor.next_at != wanted:
            sentence = f"job {job.slug} is due next at {said(cursor.next_at)}, its schedule says {said(wanted)}"
            yield Fault("moments", sentence, partial(_place, job_id=job.id, cursor=cursor, wanted=wanted))
        elif wanted is not None and scene.is_led and wanted < scene.now - _PATIENCE:
            yield Fault("moments", f"job {job.slug} was due at {said(wanted)}, and a server runs that did not look")


def _place(connection: Connection, job_id: UUID, cursor: Cursor, wanted: datetime | None) -> None:
    cursors.place(connection, job_id, cursor.position, wanted, cursor.fold)


def jobs_and_cursors(connection: Connection, ids: Collection[UUID] | None = None) -> Iterator[tuple[Job, Cursor]]:
    """Every job that is there, or those of these ids, with its cursor."""
    if ids is not None:
        yield from _with_cursors(connection, list(jobs.load(connection, ids).values()))
        return
    before = None
    while page := jobsearch.find(connection, JobFilter(), _PAGE, 0, before):
        yield from _with_cursors(connection, page)
        before = page[-1].id


def _with_cursors(connection: Connection, page: list[Job]) -> Iterator[tuple[Job, Cursor]]:
    found = cursors.get(connection, [job.id for job in page])
    return ((job, found[job.id]) for job in page if job.id in found)


def _next(connection: Connection, job: Job, position: datetime) -> datetime | None:
    if not job.is_active:
        return None
    return job.timetable(calendars.dates(connection, job.calendars)).next(position)
