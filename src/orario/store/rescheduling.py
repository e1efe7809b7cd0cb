"""Moves a job from one rule of time to another, leaving no moment unaccounted for."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from orario.core.job import Calendars, Cursor, Job
from orario.core.planning import Gap, Reason, pass_over
from orario.core.timetable import Timetable
from orario.store import calendars, cursors, gaps

_LATER = timedelta(seconds=2)  # than `now` a tick may have been: the leader's machine has a clock of its own


def reschedule(
    connection: Connection, before: Job, after: Job, now: datetime, *, dates_before: Calendars | None = None
) -> datetime | None:
    """Put what was due up to `now` by the old rule into the ledger, and go on from `now` by the new one.

    The answer is the next moment. `dates_before` are the calendars as they were, when these are what changes.
    Read the clock for `now` when the cursor is held already (`cursors.hold`): whoever held it before may have
    opened moments up to the end of the wait.
    """
    dates = calendars.dates(connection, {*before.calendars, *after.calendars})
    cursor = cursors.held(connection, before.id)
    old = before.timetable(dates if dates_before is None else dates_before)
    gaps.record(connection, before.id, _passed(before, old, cursor.position, now), now)
    new = after.timetable(dates)
    position, fold = _start(cursor, new, now)
    next_at = new.next(position) if after.is_active else None
    cursors.place(connection, after.id, position, next_at, fold)
    return next_at


def reason(job: Job) -> Reason | None:
    """Why the moments of this job did not become executions; None: it was disabled and had none."""
    if not job.is_enabled:
        return None
    if job.pause is not None:
        return Reason.PAUSED
    return Reason.MISSED if job.broken is None else Reason.BROKEN


def _passed(job: Job, timetable: Timetable, position: datetime, now: datetime) -> Iterable[Gap]:
    why = reason(job)
    if why is None:
        return ()
    try:
        return list(pass_over(timetable, position, now, why))
    except Exception:
        if job.broken is None:
            raise
        return ()  # its schedule could not be computed, which is what broke it


def _start(cursor: Cursor, timetable: Timetable, now: datetime) -> tuple[datetime, int]:
    """From where to go on, and in which pass. When the clock was set back, as `engine.rewinding` does."""
    if cursor.position <= now:
        return now, cursor.fold
    if cursor.position - now <= _LATER:  # what that tick has opened stays opened
        return cursor.position, cursor.fold
    return (now, cursor.fold + 1) if timetable.schedule.follows_elapsed else (cursor.position, cursor.fold)
