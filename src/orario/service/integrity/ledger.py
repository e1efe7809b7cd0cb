"""The ledger: every due moment is exactly one thing, an execution or part of a gap."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice

from sqlalchemy import Connection

from orario.core.job import Cursor, Job
from orario.core.planning import Gap, Reason
from orario.core.timetable import Timetable
from orario.service.integrity.faults import Fault, Scene, Sql, said
from orario.service.integrity.standing import jobs_and_cursors
from orario.store import calendars, gaps, rollups
from orario.store.columns import from_micros, to_micros
from orario.store.raw import rows, to_uuid

_TWICE = (
    "SELECT job_id, scheduled_for, COUNT(*), MIN({0}) FROM executions WHERE trigger IN ('scheduler', 'backfill')"
    " GROUP BY job_id, scheduled_for HAVING COUNT(*) > 1"
)
_OVERLAPS = (
    "SELECT g.id, j.slug, g.first, g.last, COUNT(*) FROM gaps g JOIN jobs j ON j.id = g.job_id"
    " JOIN cursors c ON c.job_id = g.job_id JOIN executions e ON e.job_id = g.job_id"
    " AND e.scheduled_for >= g.first AND e.scheduled_for <= g.last AND e.trigger = 'scheduler'"
    " WHERE g.reason <> 'excluded' AND c.fold = 0 GROUP BY g.id, j.slug, g.first, g.last"
)
_INSTANT = timedelta(microseconds=1)
_MOST = 20_000  # moments of one job that are gone through


def once_each(connection: Connection, scene: Scene) -> Iterator[Fault]:
    """One execution for one due moment; the database itself sees to that, while its index is there."""
    id = "id" if connection.dialect.name == "sqlite" else "REPLACE(CAST(id AS text), '-', '')"
    for job, moment, count, first in rows(connection, _TWICE.format(id)):
        sentence = f"job {to_uuid(job)} has {count} executions for {said(int(moment))}"
        mend = Sql(
            "UPDATE executions SET trigger = 'rerun', rerun_of = ? WHERE job_id = ? AND scheduled_for = ?"
            " AND trigger IN ('scheduler', 'backfill') AND id <> ?",
            (to_uuid(first).hex, to_uuid(job).hex, moment, to_uuid(first).hex),
        )
        yield Fault("ledger", f"{sentence}; all but the first become reruns of it", mend)


def overlaps(connection: Connection, scene: Scene) -> Iterator[Fault]:
    """No moment of a gap has an execution of the schedule's, too."""
    for id, slug, first, last, count in rows(connection, _OVERLAPS):
        sentence = f"of job {slug}, the gap from {said(first)} to {said(last)} holds {count} moments that did run"
        yield Fault("ledger", sentence, partial(_part, gap_id=id, now=scene.now))


def _part(connection: Connection, gap_id: int, now: datetime) -> None:
    """Put the stretches between those executions in the place of the gap."""
    query = "SELECT job_id, first, last, reason FROM gaps WHERE id = ?"
    [(job_id, first, last, reason)] = rows(connection, query, gap_id)
    known = {job.id: job for job, _ in jobs_and_cursors(connection, [to_uuid(job_id)])}
    if (job := known.get(to_uuid(job_id))) is None:
        return
    ran = [
        from_micros(moment)
        for [moment] in rows(
            connection,
            "SELECT scheduled_for FROM executions WHERE job_id = ? AND trigger = 'scheduler' AND scheduled_for >= ?"
            " AND scheduled_for <= ? ORDER BY scheduled_for",
            *(job.id.hex, first, last),
        )
    ]
    timetable = _timetable(connection, job)
    starts = [from_micros(first) - _INSTANT, *ran]
    ends = [*(moment - _INSTANT for moment in ran), from_micros(last)]
    found = [_gap(timetable, low, high, Reason(reason)) for low, high in zip(starts, ends, strict=True)]
    Sql("DELETE FROM gaps WHERE id = ?", (gap_id,))(connection)
    gaps.record(connection, job.id, [gap for gap in found if gap is not None], now)


def _gap(timetable: Timetable, after: datetime, until: datetime, reason: Reason) -> Gap | None:
    count = timetable.count(after, until) if after < until else 0
    first, last = (timetable.next(after), timetable.latest(after, until)) if count else (None, None)
    return None if first is None or last is None else Gap(first, last, count, reason)


def continuity(connection: Connection, scene: Scene) -> Iterator[Fault]:
    """Every due moment up to the cursor is an execution or in a gap, as far as the job's rule of time is known."""
    for job, cursor in jobs_and_cursors(connection):
        if cursor.fold or job.broken:
            continue  # the clock was set back over its moments, or they cannot be computed
        since = _known_since(connection, job, scene.since)
        if since < cursor.position:
            yield from _holes(connection, job, cursor, since, scene)


def _known_since(connection: Connection, job: Job, since: datetime) -> datetime:
    """From when on its rule is today's and nothing of it was forgotten."""
    forgotten = rollups.last_day(connection, job.id)
    kept = since if forgotten is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=forgotten + 1)
    return max(since, kept, job.updated_at, job.created_at)


def _holes(connection: Connection, job: Job, cursor: Cursor, since: datetime, scene: Scene) -> Iterator[Fault]:
    timetable = _timetable(connection, job)
    window = (job.id.hex, to_micros(since), to_micros(cursor.position))
    ran = _moments(connection, "SELECT scheduled_for FROM executions WHERE job_id = ?", window, "scheduled_for")
    query = "SELECT first, last FROM gaps WHERE job_id = ? AND last > ? AND first <= ? AND reason <> 'excluded'"
    passed = [(from_micros(first), from_micros(last)) for first, last in rows(connection, query, *window)]
    for moment in islice(timetable.fires(since), _MOST):
        if moment > cursor.position:
            return
        if moment not in ran and not any(first <= moment <= last for first, last in passed):
            hole = Gap(moment, moment, 1, Reason.MISSED)
            mend = partial(gaps.record, job_id=job.id, found=[hole], now=scene.now)
            yield Fault("ledger", f"job {job.slug} was due at {said(moment)}, and nothing became of it", mend)


def _moments(connection: Connection, query: str, window: tuple[object, ...], column: str) -> set[datetime]:
    some = f"{query} AND {column} > ? AND {column} <= ? AND trigger IN ('scheduler', 'backfill')"
    return {from_micros(moment) for [moment] in rows(connection, some, *window)}


def _timetable(connection: Connection, job: Job) -> Timetable:
    return job.timetable(calendars.dates(connection, job.calendars))
