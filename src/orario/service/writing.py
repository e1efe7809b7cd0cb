"""Writes new and changed jobs: definition, cursor, ledger, audit and news in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orario.core.job import Job
from orario.service.defining import same_times
from orario.service.forms import standing_form
from orario.service.slugs import require_free
from orario.service.tools import Change
from orario.service.viewing import require_job
from orario.store import cursors, jobs
from orario.store.rescheduling import reschedule
from orario.store.wake import Topic


def enter(change: Change, job: Job, next_at: datetime | None, declared: Mapping[str, Any] | None = None) -> Job:
    """Write a new job; everything up to now is accounted for, the first moment is `next_at`."""
    jobs.add(change.connection, [(job, declared)])
    cursors.start(change.connection, [(job.id, change.now, next_at if job.is_active else None)])
    change.record("job.create", "job", job.id, after=standing_form(job))
    change.ring(Topic.SCHEDULE, Topic.CHANGED)
    return job


def held_job(change: Change, ref: str) -> Job:
    """The job of this id or slug, to be changed: it stays as it is, and where it is. Raises NotFound."""
    change.hold(require_job(change.connection, ref).id)
    return require_job(change.connection, ref)


def put(change: Change, before: Job, after: Job, action: str) -> Job:
    """Write a changed job. Its cursor moves only if it is due at other moments now, or became (in)active."""
    if after == before:
        return before
    if after.slug != before.slug:
        require_free(change.connection, after.slug)
    saved = jobs.save(change.connection, after)
    if not same_times(before, after) or _standing(before) != _standing(after):
        reschedule(change.connection, before, saved, change.now)
        change.ring(Topic.SCHEDULE)
    change.record(action, "job", saved.id, standing_form(before), standing_form(saved))
    change.ring(Topic.CHANGED)
    return saved


def _standing(job: Job) -> tuple[bool, bool, bool]:
    return job.is_enabled, job.pause is not None, job.broken is not None
