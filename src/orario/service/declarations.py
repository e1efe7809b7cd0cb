"""How jobs differ from what their apps' code declares, and the way back."""

from dataclasses import dataclass, replace

from orario.core.errors import Conflict
from orario.core.job import Job
from orario.service.actors import Actor
from orario.service.catalog import task_named
from orario.service.comparing import differences
from orario.service.declaring import started
from orario.service.forms import FieldChange
from orario.service.slugs import require_free
from orario.service.tools import Change, Tools
from orario.service.viewing import JobView, as_uuid, require_job, view
from orario.service.writing import put
from orario.store import declared, jobs
from orario.store.declared import DeclaredJob
from orario.store.wake import Topic


@dataclass(frozen=True)
class JobDiff:
    """How one declared job differs from its app's code; `before` in each field is what the code says."""

    slug: str
    app: str | None
    is_deleted: bool
    fields: list[FieldChange]


def diff(tools: Tools, ref: str | None = None) -> list[JobDiff]:
    """The declared jobs that differ from the code, deleted ones too; of one job, or of all."""
    with tools.database.reading() as connection:
        found = declared.everything(connection)
        if ref is not None and not any(_means(ref, one) for one in found):
            require_job(connection, ref)  # there is none, or nobody declared it
    wanted = (one for one in found if ref is None or _means(ref, one))
    diffs = [_diff(tools, one) for one in sorted(wanted, key=lambda one: one.job.slug)]
    return [one for one in diffs if one.is_deleted or one.fields]


def _diff(tools: Tools, one: DeclaredJob) -> JobDiff:
    fields = [] if one.is_deleted else list(differences(one.job, one.said, tools.vault))
    return JobDiff(one.job.slug, one.job.app, one.is_deleted, fields)


def _means(ref: str, one: DeclaredJob) -> bool:
    return ref in (one.job.slug, one.said.slug) or as_uuid(ref) == one.job.id


def reset(tools: Tools, ref: str, actor: Actor) -> JobView:
    """Make a declared job what its app's code says again; one that was deleted is there again."""
    with tools.changing(actor) as change:
        change.hold(_find(change, ref).job.id)
        one = _find(change, ref)
        task_named(tools.catalog, one.said.task, "task")
        job = _brought_back(change, one) if one.is_deleted else one.job
        wanted = replace(one.said, slug=job.slug, pause=job.pause, version=job.version, updated_by=actor.signature)
        wanted = replace(started(job, wanted, change.now), updated_at=change.now)
        if list(differences(job, one.said, tools.vault)) or one.is_deleted:
            job = put(change, job, wanted, "job.reset")
        return view(change.connection, job, tools.vault)


def _find(change: Change, ref: str) -> DeclaredJob:
    for one in reversed(declared.everything(change.connection)):  # living ones first
        if _means(ref, one):
            return one
    require_job(change.connection, ref)
    raise Conflict("No app declares this job: a person made it, there is nothing to go back to")


def _brought_back(change: Change, one: DeclaredJob) -> Job:
    """A deleted job, there again but disabled: while it was deleted, nothing was due."""
    require_free(change.connection, one.job.slug)
    declared.bring_back(change.connection, one.job.id)
    change.ring(Topic.SCHEDULE, Topic.CHANGED)
    return jobs.save(change.connection, replace(one.job, is_enabled=False, pause=None))
