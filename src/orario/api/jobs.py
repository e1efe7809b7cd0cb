"""Jobs: list, create, read, change, delete."""

from typing import Annotated

from fastapi import Query, Response

from orario.api.queries import (
    Cursor,
    IdempotencyKey,
    IfMatch,
    JobRef,
    PageNumber,
    PerPage,
    Text,
    YesNo,
    expected_version,
    flag,
)
from orario.api.routing import NativeRouter
from orario.api.schemas.errors import ALWAYS, errors
from orario.api.schemas.jobs import JobDetail, JobList, JobOut
from orario.core.errors import NotFound
from orario.service.documents import JobChanges, JobDocument, StatusDocument
from orario.service.executions import ExecutionFilter
from orario.service.jobs import JobFilter, JobView
from orario.service.people import Role
from orario.web.access import Caller, require
from orario.web.depends import Executions, Jobs, Tasks

router = NativeRouter(tags=["jobs"], responses=ALWAYS)

_RECENT = 10
_ADMIN = [require(Role.ADMIN)]
_VIEWER = [require(Role.VIEWER)]


@router.get("/jobs", dependencies=_VIEWER, responses=errors(422))
def list_jobs(
    jobs: Jobs,
    tasks: Tasks,
    name: Annotated[Text | None, Query(description="Filter by job name (partial match).")] = None,
    is_enabled: Annotated[YesNo | None, Query(description="Filter by enabled status.")] = None,
    task_function_id: Annotated[
        int | None, Query(ge=1, le=2_147_483_647, description="Filter by task function.")
    ] = None,
    page: PageNumber = 1,
    per_page: PerPage = 20,
    app: Annotated[Text | None, Query(description="Filter by the app that declared it.")] = None,
    cursor: Cursor = None,
) -> JobList:
    """List jobs, the newest first."""
    task = None if task_function_id is None else _task_name(tasks, task_function_id)
    wanted = JobFilter(name=name or None, is_enabled=flag(is_enabled), task=task, app=app or None)
    found = jobs.find(wanted, page, per_page, cursor or None)
    return JobList(
        jobs=[JobOut.of(view) for view in found.items],
        total=found.total,
        enabled_count=found.enabled,
        disabled_count=found.disabled,
        running_count=found.running,
        page=page,
        per_page=per_page,
        next_cursor=found.next_cursor,
    )


@router.post("/jobs", dependencies=_ADMIN, status_code=201, responses=errors(409, 413, 415, 422))
def create_job(
    document: JobDocument, jobs: Jobs, caller: Caller, response: Response, idempotency_key: IdempotencyKey = None
) -> JobOut:
    """Create a job. It fires from now on; `nextRunTime` says when first."""
    view = jobs.create(document, caller, idempotency_key=idempotency_key)
    response.headers["Location"] = f"jobs/{view.job.id}"
    response.headers["ETag"] = etag(view)
    return JobOut.of(view)


@router.get("/jobs/{job_id}", dependencies=_VIEWER, responses=errors(404))
def get_job(job_id: JobRef, jobs: Jobs, executions: Executions, response: Response) -> JobDetail:
    """Read a job with its task function, its type and its latest executions."""
    return detail(jobs.get(job_id), executions, response)


@router.put("/jobs/{job_id}", dependencies=_ADMIN, responses=errors(404, 409, 412, 413, 415, 422))
def update_job(
    job_id: JobRef,
    changes: JobChanges,
    jobs: Jobs,
    executions: Executions,
    caller: Caller,
    response: Response,
    if_match: IfMatch = None,
) -> JobDetail:
    """Change a job. All fields are optional; what is left out stays, and a masked secret sent back stays too."""
    view = jobs.change(job_id, changes, caller, if_version=expected_version(if_match))
    return detail(view, executions, response)


@router.delete("/jobs/{job_id}", dependencies=_ADMIN, status_code=204, responses=errors(404, 409))
def delete_job(job_id: JobRef, jobs: Jobs, caller: Caller) -> None:
    """Delete a job. Its history stays; jobs of system tasks are protected."""
    jobs.delete(job_id, caller)


@router.put("/jobs/{job_id}/status", dependencies=_ADMIN, responses=errors(404, 409, 413, 415, 422))
def set_status(
    job_id: JobRef, document: StatusDocument, jobs: Jobs, executions: Executions, caller: Caller, response: Response
) -> JobDetail:
    """Enable or disable a job. Enabled, it fires from now on."""
    return detail(jobs.set_enabled(job_id, document.is_enabled, caller), executions, response)


def detail(view: JobView, executions: Executions, response: Response) -> JobDetail:
    """The whole answer about one job, and its ETag."""
    response.headers["ETag"] = etag(view)
    recent = executions.find(ExecutionFilter(job_ref=str(view.job.id)), per_page=_RECENT)
    return JobDetail.of(view, recent.items)


def etag(view: JobView) -> str:
    return f'"{view.job.version}"'


def _task_name(tasks: Tasks, number: int) -> str:
    try:
        return tasks.get(number).name
    except NotFound:
        return ""  # the name of no task: no job is of it
