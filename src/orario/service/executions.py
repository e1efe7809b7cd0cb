"""Everything that may be asked about executions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from threading import Event
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from orario.core import tracing
from orario.core.errors import Conflict, NotFound
from orario.core.execution import Attempt, Execution, Level, LogLine, State, Trigger
from orario.service import bulk
from orario.service.actors import Actor
from orario.service.bulk import BulkResult
from orario.service.catalog import require_runnable
from orario.service.pages import Page, offset_of
from orario.service.running import require_enabled
from orario.service.tools import Tools
from orario.service.viewing import as_cursor, as_uuid, require_job, shown_execution
from orario.store import cancelling, daily, executions, glances, history, jobdays, jobs, logreading, statistics
from orario.store.daily import Day
from orario.store.history import HistoryFilter
from orario.store.jobdays import JobDay
from orario.store.statistics import Stats
from orario.store.wake import Topic

__all__ = ["Day", "ExecutionFilter", "Executions", "JobDay", "Stats"]

_MOST_RUNNING = 1000
_LOOK_AGAIN = 0.5  # seconds: another process may have settled it without our hearing of it


@dataclass(frozen=True, kw_only=True)
class ExecutionFilter:
    """Which executions are meant; whatever is empty does not matter. An unknown job has none."""

    job_ref: str | None = None
    app: str | None = None
    states: Collection[State] = ()
    trigger: Trigger | None = None
    task: str | None = None
    queue: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str | None = None
    within: int | None = None  # how many of the newest are searched


@dataclass(frozen=True)
class Executions:
    """An execution is named by its id (UUID, or its text); NotFound when there is none."""

    tools: Tools

    def find(
        self, wanted: ExecutionFilter, page: int = 1, per_page: int = 50, cursor: str | None = None
    ) -> Page[Execution]:
        """A page of executions, the newest first. `cursor` is a page's `next_cursor` and goes before `page`."""
        with self.tools.database.reading() as connection:
            meant = _meant(connection, wanted, cursor)
            if meant is None:
                return Page([], 0, page, per_page)
            offset = 0 if cursor is not None else offset_of(page, per_page)
            found = history.find(connection, meant, per_page + 1, offset)
            is_all = cursor is None and offset == 0 and len(found) <= per_page  # then they are counted already
            total = history.Total(len(found)) if is_all else self._total(connection, meant)
        shown = [shown_execution(one) for one in found[:per_page]]
        following = shown[-1].id.hex if len(found) > per_page else None
        return Page(shown, total.count, page, per_page, following, total.is_exact)

    def latest(self, job_ref: str, limit: int) -> list[Execution]:
        """The newest executions of a job; nobody counts the rest."""
        with self.tools.database.reading() as connection:
            meant = _meant(connection, ExecutionFilter(job_ref=job_ref), None)
            return [] if meant is None else [shown_execution(one) for one in history.find(connection, meant, limit)]

    def _total(self, connection: Connection, meant: HistoryFilter) -> history.Total:
        unpaged = replace(meant, before=None)
        key = ("executions", repr(unpaged))
        return self.tools.memory.recall(key, lambda: history.total(connection, unpaged))

    def get(self, id: str | UUID) -> Execution:
        """One execution."""
        with self.tools.database.reading() as connection:
            return shown_execution(_require(connection, id))

    def attempts(self, id: str | UUID) -> list[Attempt]:
        """Its tries, in order."""
        with self.tools.database.reading() as connection:
            return history.attempts_of(connection, _require(connection, id))

    def logs(
        self,
        id: str | UUID,
        after: int = 0,
        level: Level | None = None,
        limit: int = 200,
        search: str | None = None,
        before: int | None = None,
    ) -> list[LogLine]:
        """Its log lines after the one numbered `after`, or the last ones before `before`, in order; `level` and
        graver."""
        with self.tools.database.reading() as connection:
            execution = _require(connection, id)
            return logreading.find(connection, execution.id, after, level, limit, search, before)

    def running(self) -> list[Execution]:
        """What runs now, the newest first."""
        with self.tools.database.reading() as connection:
            return [shown_execution(one) for one in history.running(connection, _MOST_RUNNING)]

    def stats(self, since: datetime | None = None, job_ref: str | None = None, app: str | None = None) -> Stats:
        """How it went: counts by state, and how long it took."""
        with self.tools.database.reading() as connection:
            ids = None
            if job_ref is not None:
                ids = [require_job(connection, job_ref).id]
            elif app is not None:
                ids = jobs.ids_of_app(connection, app)
            return statistics.collect(connection, since, ids)

    def daily(self, since: date, until: date, job_ref: str | None = None) -> list[Day]:
        """How it went day by day, both ends included; what is forgotten by now counts as what is there."""
        with self.tools.database.reading() as connection:
            ids = None if job_ref is None else [require_job(connection, job_ref).id]
            key = ("daily", since, until, job_ref)
            return self.tools.memory.recall(key, lambda: daily.collect(connection, since, until, ids))

    def busy_on(self, day: date) -> list[tuple[UUID, str, str]]:
        """The jobs of which something is known on a day, in UTC: id, slug and name of each."""
        with self.tools.database.reading() as connection:
            return jobdays.busy(connection, day)

    def day_of_job(self, day: date, job_id: UUID) -> JobDay:
        """How one job went on one day, with percentiles; its memory does not grow with the history."""
        with self.tools.database.reading() as connection:
            return jobdays.collect(connection, day, job_id)

    def first_day(self) -> date | None:
        """The day with which the history begins, in UTC."""
        with self.tools.database.reading() as connection:
            return jobdays.earliest(connection)

    def last_ended(self, job_ids: Collection[UUID]) -> dict[UUID, Execution]:
        """The newest execution of each job that has ended, where there is one."""
        with self.tools.database.reading() as connection:
            found = glances.last_ended(connection, job_ids)
            return {id: shown_execution(one) for id, one in found.items()}

    def cancel(self, id: str | UUID, actor: Actor) -> Execution:
        """End what waits, ask what runs to stop; raises Conflict when it has ended already."""
        with self.tools.changing(actor, Topic.CANCEL, Topic.CHANGED) as change:
            execution = _require(change.connection, id)
            by = actor.name
            done = cancelling.cancel_pending(
                change.connection, execution.id, by, change.now
            ) or cancelling.ask_to_stop(change.connection, execution.id, by, change.now)
            if not done:
                raise Conflict(f"The execution has ended already: it is {execution.state}")
            change.record("execution.cancel", "execution", execution.id, before={"status": execution.state.value})
            return shown_execution(_require(change.connection, execution.id))

    def retry(self, id: str | UUID, actor: Actor, args: Mapping[str, Any] | None = None) -> Execution:
        """Run a finished execution's work once more, as a new execution; raises Conflict for one still under way."""
        with self.tools.changing(actor, Topic.PENDING, Topic.CHANGED) as change:
            earlier = _require(change.connection, id)
            if not earlier.state.is_final:
                raise Conflict(f"The execution is still {earlier.state}; only what has ended can be run again")
            job = jobs.get(change.connection, earlier.job_id)
            if job is None:
                raise Conflict("The job of this execution was deleted; there is nothing to run again")
            require_enabled(job)
            task = require_runnable(self.tools.catalog, job.task)
            own = earlier.args
            if args is not None:
                own = self.tools.arguments.of_run(task, args, job.args if own is None else own, actor)
            opened = executions.open_one(
                change.connection,
                job,
                trigger=Trigger.RERUN,
                triggered_by=actor.signature,
                scheduled_for=change.now,
                args=own,
                now=change.now,
                rerun_of=earlier.id,
                priority=earlier.priority,
                metadata=tracing.kept(),
            )
            if opened is None:
                raise Conflict("The run could not be opened; try again")
            change.record("execution.retry", "execution", earlier.id, after={"executionId": str(opened.id)})
            return shown_execution(opened)

    def bulk_cancel(self, ids: Sequence[str], actor: Actor) -> list[BulkResult]:
        """Cancel many; a refusal is told and does not stop the others."""
        return bulk.for_each(ids, lambda id: self.cancel(id, actor))

    def bulk_retry(self, ids: Sequence[str], actor: Actor) -> list[BulkResult]:
        """Retry many; a refusal is told and does not stop the others."""
        return bulk.for_each(ids, lambda id: self.retry(id, actor))

    def wait(self, id: str | UUID, timeout: float) -> Execution:
        """Wait until it has ended, or for `timeout` seconds; the execution as it then is."""
        news = Event()
        unsubscribe = self.tools.wake.subscribe(lambda _: news.set())
        deadline = monotonic() + timeout
        try:
            while True:
                news.clear()  # before looking: what happens from here on rings again
                execution = self.get(id)
                left = deadline - monotonic()
                if execution.state.is_final or left <= 0:
                    return execution
                news.wait(min(left, _LOOK_AGAIN))
        finally:
            unsubscribe()


def _require(connection: Connection, id: str | UUID) -> Execution:
    known = as_uuid(id)
    found = None if known is None else executions.get(connection, known)
    if found is None:
        raise NotFound("There is no such execution")
    return found


def _meant(connection: Connection, wanted: ExecutionFilter, cursor: str | None) -> HistoryFilter | None:
    """The filter in the store's words; None when it can mean nothing."""
    before = as_cursor(cursor)
    job_id = None
    if wanted.job_ref is not None:
        job_id = _job_id(connection, wanted.job_ref)
        if job_id is None:
            return None
    return HistoryFilter(
        job_id=job_id,
        job_ids=None if wanted.app is None else jobs.ids_of_app(connection, wanted.app),
        states=wanted.states,
        trigger=wanted.trigger,
        task=wanted.task,
        queue=wanted.queue,
        since=wanted.since,
        until=wanted.until,
        search=wanted.search,
        within=wanted.within,
        before=before,
    )


def _job_id(connection: Connection, ref: str) -> UUID | None:
    """The id even of a deleted job: its history stays readable."""
    if (id := as_uuid(ref)) is not None:
        return id
    found = jobs.find_by_slug(connection, ref) if ref.isprintable() else None
    return None if found is None else found.id
