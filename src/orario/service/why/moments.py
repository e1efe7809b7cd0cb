"""Finds what a question is about: the moment, and the execution that it became."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from orario.core.execution import Execution
from orario.core.job import Cursor, Job
from orario.core.schedule import OnDemand
from orario.core.timetable import Timetable
from orario.core.why import Asked, due_within, exactly
from orario.store import retracing

_FOLD = timedelta(milliseconds=1)
_LONG_AGO = timedelta(days=1500)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is spoken of; neither a moment nor an execution: nothing was due then."""

    asked: Asked
    moment: datetime | None = None
    execution: Execution | None = None
    passed: int = 0  # the moment's second pass began after this row of the audit


def named(connection: Connection, job: Job, timetable: Timetable, asked: Asked) -> Subject:
    """What lies in the stretch that somebody named: due moments first, then what was opened, then what started."""
    opened = _due(connection, job, asked)
    moment = due_within(timetable, asked)
    if opened is not None and (moment is None or opened.scheduled_for < moment + _FOLD):
        return Subject(asked, opened.scheduled_for, opened)
    if moment is not None:
        return Subject(asked, moment)
    by_hand = retracing.asked_for_in(connection, job.id, asked.low, asked.high)
    found = by_hand or retracing.started_in(connection, job.id, asked.low, asked.high)
    if found is not None:
        return Subject(asked, found.scheduled_for, found)
    return _jittered(connection, job, timetable, asked) or Subject(asked)


def _due(connection: Connection, job: Job, asked: Asked) -> Execution | None:
    found = retracing.due_in(connection, job.id, asked.low, asked.high)
    return found[0] if found else None


def _jittered(connection: Connection, job: Job, timetable: Timetable, asked: Asked) -> Subject | None:
    """Somebody named the schedule's plain time, and the job's jitter moves its moments."""
    offset = timetable.offset
    moved = Asked(asked.low + offset, asked.high + offset, asked.wall)
    moment = due_within(timetable, moved) if offset else None
    if moment is None:
        return None
    return Subject(asked, moment, _due(connection, job, exactly(moment)))


def latest(
    connection: Connection, job: Job, cursor: Cursor, timetable: Timetable, now: datetime, *, is_gone: bool
) -> Subject:
    """What a question without a time is about: what waits, or the latest moment, or the next."""
    waiting = retracing.oldest_waiting(connection, job.id)
    if waiting is not None:
        return Subject(exactly(waiting.scheduled_for), waiting.scheduled_for, waiting)
    if is_gone or not job.is_active:
        return Subject(exactly(now))
    newest = retracing.newest(connection, job.id)
    if isinstance(timetable.schedule, OnDemand):
        return Subject(exactly(now)) if newest is None else Subject(exactly(newest.created_at), newest.due_at, newest)
    moment = timetable.latest(max(job.created_at, now - _LONG_AGO), now)
    if newest is not None and (moment is None or newest.scheduled_for >= moment):
        return Subject(exactly(newest.scheduled_for), newest.scheduled_for, newest)
    moment = moment or cursor.next_at
    if moment is None:
        return Subject(exactly(now))
    return Subject(exactly(moment), moment, _due(connection, job, exactly(moment)))
