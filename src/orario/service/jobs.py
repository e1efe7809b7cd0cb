"""Everything that may be asked about jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from orario.app import App
from orario.core.errors import Conflict, Outdated
from orario.core.execution import Execution
from orario.core.job import Job
from orario.core.planning import Gap
from orario.core.task import Task
from orario.core.why import Answer
from orario.service import bulk, creating, declarations, declaring, manifests, running, standing
from orario.service.actors import Actor
from orario.service.bulk import BulkResult
from orario.service.catalog import require_task, task_named
from orario.service.declarations import JobDiff
from orario.service.defining import require_due, same_rule_of_time
from orario.service.documents import BackfillDocument, BulkDocument, JobChanges, JobDocument, given
from orario.service.manifests import PlannedChange
from orario.service.pages import Page, offset_of
from orario.service.running import BackfillView
from orario.service.tools import Change, Tools
from orario.service.viewing import JobsPage, JobView, as_cursor, require_job, view, view_all
from orario.service.why import asking
from orario.service.writing import held_job, put
from orario.store import calendars, cursors, gaps, jobsearch
from orario.store.jobsearch import JobFilter

__all__ = ["BackfillView", "BulkResult", "JobDiff", "JobFilter", "JobView", "Jobs", "JobsPage", "PlannedChange"]


@dataclass(frozen=True)
class Jobs:
    """A job is named by its id or its slug (`ref`) everywhere; NotFound when there is none."""

    tools: Tools

    def create(self, document: JobDocument, actor: Actor, *, idempotency_key: str | None = None) -> JobView:
        """A new job; the same request under the same key within a day is answered with the job it made."""
        return creating.create(self.tools, document, actor, idempotency_key)

    def create_many(self, documents: Sequence[JobDocument], actor: Actor) -> list[UUID]:
        """New jobs in transactions of 5,000; raises Invalid with the place in the list."""
        return creating.create_many(self.tools, documents, actor)

    def change(self, ref: str, changes: JobChanges, actor: Actor, *, if_version: int | None = None) -> JobView:
        """Change what was sent; raises Outdated when the job is not at `if_version` any more."""
        try:
            with self.tools.changing(actor) as change:
                before = held_job(change, ref)
                _require_version(before, if_version)
                after = self._changed(change, before, given(changes))
                return view(change.connection, after, self.tools.vault)
        except IntegrityError:
            raise Conflict("Another request took the slug just now; choose another") from None

    def _changed(self, change: Change, before: Job, sent: Mapping[str, Any]) -> Job:
        task = self._task(change, before.task, sent)
        after = self.tools.definer.changed(before, sent, task, change.now, change.actor.signature)
        if not same_rule_of_time(before, after):
            require_due(after, calendars.dates(change.connection, after.calendars), change.now)
        return put(change, before, after, "job.change")

    def _task(self, change: Change, name: str, sent: Mapping[str, Any]) -> Task:
        if "task_function_id" in sent:
            return require_task(change.connection, self.tools.catalog, sent["task_function_id"])
        return self.tools.catalog.get(name) or task_named(self.tools.catalog, name, "taskFunctionId")

    def get(self, ref: str) -> JobView:
        """One job."""
        with self.tools.database.reading() as connection:
            return view(connection, require_job(connection, ref), self.tools.vault)

    def find(self, wanted: JobFilter, page: int = 1, per_page: int = 20, cursor: str | None = None) -> JobsPage:
        """A page of jobs, the newest first. `cursor` is a page's `next_cursor` and goes before `page`."""
        before = as_cursor(cursor)
        offset = 0 if cursor is not None else offset_of(page, per_page)
        with self.tools.database.reading() as connection:
            counts = self.tools.memory.recall(("jobs", wanted), lambda: jobsearch.count(connection, wanted))
            found = jobsearch.find(connection, wanted, per_page + 1, offset, before)
            shown = found[:per_page]
            return JobsPage(
                items=view_all(connection, shown, self.tools.vault),
                total=counts[True] + counts[False],
                page=page,
                per_page=per_page,
                next_cursor=shown[-1].id.hex if len(found) > per_page else None,
                enabled=counts[True],
                disabled=counts[False],
                running=jobsearch.running(connection),
            )

    def set_enabled(self, ref: str, enabled: bool, actor: Actor) -> JobView:
        """Enable or disable; what is so already stays untouched."""
        return standing.set_enabled(self.tools, ref, enabled, actor)

    def pause(self, ref: str, note: str | None, until: str | None, actor: Actor) -> JobView:
        """Hold back, until resumed or until a moment (ISO 8601)."""
        return standing.pause(self.tools, ref, note, until, actor)

    def resume(self, ref: str, actor: Actor) -> JobView:
        """Go on from now; what was due meanwhile becomes one gap."""
        return standing.resume(self.tools, ref, actor)

    def delete(self, ref: str, actor: Actor) -> None:
        """Delete; raises Conflict for jobs of system tasks."""
        standing.delete(self.tools, ref, actor)

    def trigger(
        self, ref: str, actor: Actor, args: Mapping[str, Any] | None = None, priority: int | None = None
    ) -> Execution:
        """Run now; raises Conflict when the job is disabled."""
        return running.trigger(self.tools, ref, actor, args, priority)

    def trigger_at_limit(self, ref: str) -> bool:
        """Whether the job runs as often as it may already."""
        return running.is_at_limit(self.tools, ref)

    def backfill(self, ref: str, document: BackfillDocument, actor: Actor) -> BackfillView:
        """Run the moments of a past stretch that have no execution."""
        return running.backfill(self.tools, ref, document, actor)

    def gaps(self, ref: str, page: int = 1, per_page: int = 50) -> Page[Gap]:
        """The due moments that did not become executions, the newest first."""
        with self.tools.database.reading() as connection:
            job = require_job(connection, ref)
            found = gaps.of_job(connection, job.id, per_page, offset_of(page, per_page))
            return Page(found, gaps.count_of_job(connection, job.id), page, per_page)

    def next_moments(self, ref: str, count: int = 10) -> list[datetime]:
        """When the job fires next; never, for one that is disabled, paused or broken."""
        with self.tools.database.reading() as connection:
            job = require_job(connection, ref)
            next_at = cursors.get(connection, [job.id])[job.id].next_at
            if next_at is None:
                return []
            following = job.timetable(calendars.dates(connection, job.calendars)).fires(next_at)
            return [next_at, *islice(following, count - 1)][:count]

    def why(self, ref: str, at: str | None = None) -> Answer:
        """Why it did, or did not, run at a time (ISO 8601, `02:00`, `yesterday 02:00`), or at its latest moment."""
        return asking.why(self.tools, ref, at)

    def bulk(self, document: BulkDocument, actor: Actor) -> list[BulkResult]:
        """One action on many jobs; a refusal is told and does not stop the others."""
        return bulk.for_each(document.job_ids, lambda ref: self._act(ref, document, actor))

    def _act(self, ref: str, document: BulkDocument, actor: Actor) -> object:
        match document.action:
            case "enable" | "disable":
                return self.set_enabled(ref, document.action == "enable", actor)
            case "pause":
                return self.pause(ref, document.note, document.until, actor)
            case "resume":
                return self.resume(ref, actor)
            case "trigger":
                return self.trigger(ref, actor)
            case "delete":
                self.delete(ref, actor)
                return None

    def diff(self, ref: str | None = None) -> list[JobDiff]:
        """How declared jobs differ from their apps' code."""
        return declarations.diff(self.tools, ref)

    def reset(self, ref: str, actor: Actor) -> JobView:
        """Make a declared job what its app's code says again, deleted ones too."""
        return declarations.reset(self.tools, ref, actor)

    def export(self) -> str:
        """All jobs as YAML."""
        return manifests.export(self.tools)

    def plan(self, text: str) -> list[PlannedChange]:
        """What applying this YAML would do."""
        return manifests.plan(self.tools, text)

    def apply(self, text: str, actor: Actor) -> list[PlannedChange]:
        """Create and change jobs until they are as the YAML says, all or none."""
        return manifests.apply(self.tools, text, actor)

    def declare(
        self, apps: Sequence[App], catalog: Mapping[str, Task], tell: declaring.Tell, *, is_all: bool = True
    ) -> None:
        """Write down what the apps' code declares, at start. `tell` hears in the same transaction what broke.

        Unless it `is_all` there is, jobs whose code is missing here are left alone: others have it.
        """
        declaring.declare(self.tools, apps, catalog, tell, is_all=is_all)


def _require_version(job: Job, wanted: int | None) -> None:
    if wanted is not None and job.version != wanted:
        raise Outdated(f"The job is at version {job.version} by now, not {wanted}; look at it again, then repeat")
