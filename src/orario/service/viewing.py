"""Jobs as they are shown: with where they stand, what they run, and their secrets masked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection

from orario.core.errors import NotFound, invalid
from orario.core.execution import Execution
from orario.core.job import Cursor, Job
from orario.core.secrecy import mask
from orario.service.comparing import differs
from orario.service.pages import Page
from orario.store import cursors, declared, jobs, jobsearch, tasks
from orario.store.tasks import TaskView
from orario.store.vault import Vault


@dataclass(frozen=True)
class JobView:
    """A job and how it stands."""

    job: Job  # arguments masked
    cursor: Cursor
    running: int
    pending: int
    task: TaskView | None
    differs: bool  # from what its app's code says


@dataclass(frozen=True)
class JobsPage(Page[JobView]):
    """A page of jobs, with how many of all that the filter means are enabled, disabled, running."""

    enabled: int = 0
    disabled: int = 0
    running: int = 0


def view_all(connection: Connection, found: Sequence[Job], vault: Vault) -> list[JobView]:
    """These jobs, as they are shown."""
    ids = [job.id for job in found]
    standing = cursors.get(connection, ids)
    live = jobsearch.live(connection, ids) if ids else {}
    known = tasks.by_name(connection, {job.task for job in found})
    said = declared.of(connection, [job.id for job in found if job.app is not None])
    return [
        JobView(
            job=replace(job, args=mask(job.args)),
            cursor=standing[job.id],
            running=live[job.id][0],
            pending=live[job.id][1],
            task=known.get(job.task),
            differs=job.id in said and differs(job, said[job.id].said, vault),
        )
        for job in found
    ]


def view(connection: Connection, job: Job, vault: Vault) -> JobView:
    """One job, as it is shown."""
    return view_all(connection, [job], vault)[0]


def shown_execution(execution: Execution) -> Execution:
    """An execution whose own arguments are masked."""
    return execution if execution.args is None else replace(execution, args=mask(execution.args))


def require_job(connection: Connection, ref: str | UUID) -> Job:
    """The job of this id or slug; raises NotFound."""
    id = as_uuid(ref)
    found = jobs.get(connection, id) if id is not None else None
    if found is None and isinstance(ref, str) and len(ref) <= 200 and ref.isprintable():
        found = jobs.find_by_slug(connection, ref)
    if found is None:
        raise NotFound("There is no such job")
    return found


def as_uuid(text: str | UUID) -> UUID | None:
    """The id in a text, if it is one."""
    if isinstance(text, UUID):
        return text
    try:
        return UUID(text) if len(text) in (32, 36) else None
    except ValueError:
        return None


def as_cursor(text: str | None) -> UUID | None:
    """The id that a page's `next_cursor` is; raises Invalid for anything else."""
    found = None if text is None else as_uuid(text)
    if text is not None and found is None:
        raise invalid("cursor", message="is not a cursor that a page named")
    return found
