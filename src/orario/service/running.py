"""Runs that somebody asks for: by hand, or of moments that have passed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection

from orario.core import tracing
from orario.core.errors import Conflict, invalid
from orario.core.execution import Execution, Trigger
from orario.core.job import Job
from orario.core.timetable import Timetable
from orario.service.actors import Actor
from orario.service.catalog import require_runnable
from orario.service.defining import moment_of_text
from orario.service.documents import BackfillDocument
from orario.service.tools import Tools
from orario.service.viewing import require_job, shown_execution
from orario.store import calendars, executions, history, jobsearch
from orario.store.wake import Topic

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)


def require_enabled(job: Job) -> None:
    """Raise Conflict unless the job may run by hand; a paused one may."""
    if not job.is_enabled:
        raise Conflict("Job is disabled; enable it to run it")
    if job.broken is not None:
        raise Conflict(f"The job cannot run: {job.broken}")


def trigger(tools: Tools, ref: str, actor: Actor, args: Mapping[str, Any] | None, priority: int | None) -> Execution:
    """Run a job now, with other arguments if given; its schedule is not touched."""
    with tools.changing(actor, Topic.PENDING, Topic.CHANGED) as change:
        job = require_job(change.connection, ref)
        require_enabled(job)
        task = require_runnable(tools.catalog, job.task)
        opened = executions.open_one(
            change.connection,
            job,
            trigger=Trigger.MANUAL,
            triggered_by=actor.signature,
            scheduled_for=change.now,
            args=None if args is None else tools.arguments.of_run(task, args, job.args, actor),
            now=change.now,
            priority=priority,
            metadata=tracing.kept(),
        )
        if opened is None:  # only a due moment can be taken, and this is none
            raise Conflict("The run could not be opened; try again")
        change.record("job.trigger", "job", job.id, after={"executionId": str(opened.id)})
        return shown_execution(opened)


def is_at_limit(tools: Tools, ref: str) -> bool:
    """Whether a run by hand would find the job running as often as it may."""
    with tools.database.reading() as connection:
        job = require_job(connection, ref)
        running, _ = jobsearch.live(connection, [job.id])[job.id]
        return running >= job.policy.max_instances


@dataclass(frozen=True)
class BackfillView:
    """What came, or would come, of a backfill: moments that have an execution already are skipped."""

    moments: list[datetime]
    opened: int
    skipped: int
    is_dry_run: bool
    taken: frozenset[datetime] = frozenset()  # those that have one


def backfill(tools: Tools, ref: str, document: BackfillDocument, actor: Actor) -> BackfillView:
    """Run the moments of a past stretch that have no execution, each under its own moment."""
    with tools.changing(actor) as change:
        job = require_job(change.connection, ref)
        require_enabled(job)
        require_runnable(tools.catalog, job.task)
        moments = _moments(change.connection, job, document, change.now)
        taken = history.taken_moments(change.connection, job.id, moments)
        if document.dry_run:
            return BackfillView(moments, 0, len(taken), True, frozenset(taken))
        missing = [(job, moment) for moment in moments if moment not in taken]
        opened = executions.open_due(change.connection, missing, change.now, Trigger.BACKFILL)
        history.sign(change.connection, job.id, change.now, actor.signature)
        stretch = {"since": document.since, "until": document.until, "opened": opened}
        change.record("job.backfill", "job", job.id, after=stretch)
        change.ring(Topic.PENDING, Topic.CHANGED)
        return BackfillView(moments, opened, len(moments) - opened, False)


def _moments(connection: Connection, job: Job, document: BackfillDocument, now: datetime) -> list[datetime]:
    since = moment_of_text(document.since, job.timezone, "since")
    until = moment_of_text(document.until, job.timezone, "until")
    if since < _EPOCH:
        raise invalid("since", message="is before 1970")
    if until < since:
        raise invalid("until", message="is before since")
    if until > now:
        raise invalid("until", message="lies ahead; only moments that have passed can be run after all")
    timetable = job.timetable(calendars.dates(connection, job.calendars))
    return _fires(timetable, since - _INSTANT, until, document.limit)


def _fires(timetable: Timetable, after: datetime, until: datetime, limit: int) -> list[datetime]:
    count = timetable.count(after, until)
    if count > limit:
        raise invalid("limit", message=f"the stretch has {count} moments, more than {limit}; shorten it")
    return list(takewhile(lambda moment: moment <= until, timetable.fires(after)))
