"""What happens to the ledger when the clock is set back over moments already recorded."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from orario.engine.jobcache import JobCache, Known
from orario.store import cursors, executions
from orario.store.columns import to_micros
from orario.store.cursors import Due

log = logging.getLogger("orario.engine")

_CORRECTION = timedelta(hours=3)
_PAGE = 1000


def rewind(connection: Connection, cache: JobCache, before: datetime, now: datetime) -> None:
    """Go on by the new time, as Debian's cron(8) documents for clock changes.

    Schedules that follow elapsed time (intervals, wildcard hours) run by the new time at once; those that name a
    wall time and have had it are not run again, unless the change is three hours or more: then it is a correction.
    The second pass over a moment is told from the first by a microsecond.
    """
    log.warning("the clock was set back by %s; schedules go on by the new time", before - now)
    correction = before - now >= _CORRECTION
    after: UUID | None = None
    while seen := cursors.ahead_of(connection, now, after, _PAGE):
        held = {one.job_id for one in seen}
        cursors.hold(connection, held)  # an edit may be moving one of them: what counts is what it leaves
        page = [one for one in cursors.ahead_of(connection, now, after, _PAGE) if one.job_id in held]
        known = cache.get(connection, ((one.key, one.version) for one in page))
        for one in page:
            _rewind_one(connection, one, known[one.key], now, correction)
        after = seen[-1].job_id
    executions.pull_forward(connection, now, to_micros(before) - to_micros(now))


def _rewind_one(connection: Connection, due: Due, known: Known, now: datetime, correction: bool) -> None:
    if known.timetable.schedule.follows_elapsed or correction:
        next_at = known.timetable.next(now) if known.job.is_active else None
        cursors.place(connection, due.job_id, now, next_at, due.fold + 1)
