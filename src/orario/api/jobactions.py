"""What can be done with one job: run it, hold it back, look at its past and its future."""

from typing import Annotated

from fastapi import Body, Query, Response

from orario.api.executions import History, Window, listing
from orario.api.jobs import detail
from orario.api.queries import JobRef, PageNumber, PerPage
from orario.api.routing import NativeRouter
from orario.api.schemas.actions import BackfillOut, GapList, GapOut, Moments, Triggered
from orario.api.schemas.errors import ALWAYS, errors
from orario.api.schemas.executions import ExecutionList
from orario.api.schemas.jobs import JobDetail
from orario.service.documents import BackfillDocument, PauseDocument, TriggerDocument
from orario.service.executions import ExecutionFilter
from orario.service.people import Role
from orario.web.access import Caller, require
from orario.web.depends import Executions, Jobs

router = NativeRouter(tags=["jobs"], responses=ALWAYS)

_ADMIN = [require(Role.ADMIN)]
_OPERATOR = [require(Role.OPERATOR)]
_VIEWER = [require(Role.VIEWER)]


@router.post("/jobs/{job_id}/trigger", dependencies=_OPERATOR, responses=errors(404, 409, 413, 415, 422))
def trigger_job(
    job_id: JobRef, jobs: Jobs, caller: Caller, document: Annotated[TriggerDocument | None, Body()] = None
) -> Triggered:
    """Run a job now, besides its schedule. It must be enabled; a paused one runs."""
    asked = document or TriggerDocument()
    opened = jobs.trigger(job_id, caller, args=asked.task_args, priority=asked.priority)
    return Triggered(
        job_id=opened.job_id,
        execution_id=opened.id,
        celery_task_id=str(opened.token),
        message="Job triggered successfully",
    )


@router.post("/jobs/{job_id}/pause", dependencies=_OPERATOR, responses=errors(404, 409, 413, 415, 422))
def pause_job(
    job_id: JobRef,
    jobs: Jobs,
    executions: Executions,
    caller: Caller,
    response: Response,
    document: Annotated[PauseDocument | None, Body()] = None,
) -> JobDetail:
    """Hold a job back, for good or until a moment; what would have been due is recorded as a gap."""
    asked = document or PauseDocument()
    return detail(jobs.pause(job_id, asked.note, asked.until, caller), executions, response)


@router.post("/jobs/{job_id}/resume", dependencies=_OPERATOR, responses=errors(404, 409))
def resume_job(job_id: JobRef, jobs: Jobs, executions: Executions, caller: Caller, response: Response) -> JobDetail:
    """End a job's pause. It fires from now on."""
    return detail(jobs.resume(job_id, caller), executions, response)


@router.post("/jobs/{job_id}/reset", dependencies=_ADMIN, responses=errors(404, 409))
def reset_job(job_id: JobRef, jobs: Jobs, executions: Executions, caller: Caller, response: Response) -> JobDetail:
    """Make a job again what its app's code declares."""
    return detail(jobs.reset(job_id, caller), executions, response)


@router.post("/jobs/{job_id}/backfill", dependencies=_OPERATOR, responses=errors(404, 409, 413, 415, 422))
def backfill_job(job_id: JobRef, document: BackfillDocument, jobs: Jobs, caller: Caller) -> BackfillOut:
    """Open executions for the due moments of a stretch of time that have none; `dryRun` only tells which."""
    return BackfillOut.of(jobs.backfill(job_id, document, caller))


@router.get("/jobs/{job_id}/executions", dependencies=_VIEWER, responses=errors(404, 422))
def list_job_executions(
    job_id: JobRef,
    jobs: Jobs,
    executions: Executions,
    history: History,
    window: Window,
) -> ExecutionList:
    """List the executions of one job, the newest first."""
    wanted = ExecutionFilter(job_ref=str(jobs.get(job_id).job.id), **history)
    return listing(executions, wanted, window)


@router.get("/jobs/{job_id}/gaps", dependencies=_VIEWER, responses=errors(404, 422))
def list_gaps(job_id: JobRef, jobs: Jobs, page: PageNumber = 1, per_page: PerPage = 50) -> GapList:
    """List the due moments that did not become executions, the newest first."""
    found = jobs.gaps(job_id, page, per_page)
    rows = [GapOut.of(gap) for gap in found.items]
    return GapList(gaps=rows, total=found.total, page=page, per_page=per_page)


@router.get("/jobs/{job_id}/next", dependencies=_VIEWER, responses=errors(404, 422))
def list_next_moments(
    job_id: JobRef, jobs: Jobs, count: Annotated[int, Query(ge=1, le=1000, description="How many.")] = 10
) -> Moments:
    """Tell when a job fires next; nothing while it is disabled or paused."""
    return Moments(moments=jobs.next_moments(job_id, count))
