"""The documented API: status, runs, one run with its log, and triggers that wait for the result."""

from typing import Annotated, Any

from fastapi import Path, Query
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from orario import Conflict, Execution, NotFound, State
from orario.apps.gamehost import runs, telling
from orario.apps.gamehost.cuid import from_cuid, to_cuid
from orario.apps.gamehost.desk import desk
from orario.apps.gamehost.schemas import (
    Done,
    JobsOut,
    NotDone,
    NotFoundOut,
    RunDetailsOut,
    Running,
    RunsOut,
    StatusOut,
)
from orario.apps.gamehost.words import STATUSES, TRIGGERS, TYPES
from orario.web import Caller, Clock, ExecutionFilter, Role, Router, Services, finished, open_on_loopback

router = Router()

_VIEWER = [open_on_loopback(Role.VIEWER)]
_OPERATOR = [open_on_loopback(Role.OPERATOR)]
_MOST_RUNNING = 1000
RunId = Annotated[str, Path(description="The run's id.", examples=["cm5abc123def456"])]
After = Annotated[int, Query(ge=0, le=2**63 - 1, description="Only log lines after the one with this id.")]
JobName = Annotated[str, Path(description=f"One of {', '.join(TRIGGERS)}.")]
_NO_RUN: dict[int | str, dict[str, Any]] = {404: {"model": NotFoundOut, "description": "There is no such run"}}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": NotDone, "description": "There is no job of this name"},
    409: {"model": NotDone, "description": "The job runs already, or is disabled"},
}


@router.get("/status", dependencies=_VIEWER)
def get_job_status(services: Services, clock: Clock) -> StatusOut:
    """Say which of the jobs run now."""
    wanted = ExecutionFilter(app="gamehost", states=(State.RUNNING,))
    running = {
        TYPES[one.task] for one in services.executions.find(wanted, 1, _MOST_RUNNING).items if one.task in TYPES
    }
    said = {name: Running(is_running=kind in running) for name, kind in TRIGGERS.items()}
    return StatusOut(timestamp=clock.now(), jobs=JobsOut(**said))


@router.get("/runs", dependencies=_VIEWER)
def get_recent_runs(services: Services, clock: Clock) -> RunsOut:
    """List the recent runs, the newest first."""
    wanted = ExecutionFilter(app="gamehost", states=tuple(STATUSES))
    found = services.executions.find(wanted, 1, desk.settings.recent_runs).items
    return RunsOut(timestamp=clock.now(), runs=[runs.run(one) for one in found if runs.is_run(one)])


@router.get("/runs/{id}", dependencies=_VIEWER, response_model=RunDetailsOut, responses=_NO_RUN)
def get_run_details(id: RunId, services: Services, after: After = 0) -> Response:
    """Read one run with all its log lines, and the servers and users that they speak of.

    Whoever looks again and again at a run that goes on needs only those `after` the last one seen.
    """
    execution = _find(services, id)
    if execution is None:
        return JSONResponse(NotFoundOut().model_dump(), 404)
    return StreamingResponse(telling.run_details(services, execution, after), media_type="application/json")


@router.post("/trigger/{job_name}", dependencies=_OPERATOR, response_model=Done | NotDone, responses=_REFUSALS)
async def trigger_job(
    job_name: JobName, request: Request, services: Services, clock: Clock, caller: Caller
) -> Done | JSONResponse:
    """Run a job now, and answer with what came of it."""
    if job_name not in TRIGGERS:
        return _refused(400, f"Invalid job name. Valid names are: {', '.join(TRIGGERS)}", clock)
    try:
        if await run_in_threadpool(services.jobs.trigger_at_limit, job_name):
            raise Conflict(f"{job_name} is already running")
        opened = await run_in_threadpool(services.jobs.trigger, job_name, caller)
    except (Conflict, NotFound) as refusal:
        return _refused(409, refusal.message, clock)
    return _told(await finished(request, opened.id, desk.settings.trigger_wait_seconds), job_name, clock)


def _told(execution: Execution, name: str, clock: Clock) -> Done | JSONResponse:
    """The answer to whoever has waited."""
    if execution.state is State.SUCCESS:
        return Done(timestamp=clock.now(), result=runs.figures(execution))
    if execution.state is State.SKIPPED:  # another run began between our look and ours
        return _refused(409, f"{name} is already running", clock)
    if not execution.state.is_final:
        waited = f"{desk.settings.trigger_wait_seconds:g} s"
        return _refused(200, f"{name} is not done after {waited}; its run is {to_cuid(execution.id)}", clock)
    if execution.state is State.CANCELLED:
        return _refused(200, f"{name} was cancelled", clock)
    return _refused(200, runs.error_of(execution) or f"{name} ended as {execution.state}", clock)


def _refused(status: int, error: str, clock: Clock) -> JSONResponse:
    return JSONResponse(NotDone(timestamp=clock.now(), error=error).model_dump(), status)


def _find(services: Services, id: str) -> Execution | None:
    known = from_cuid(id)
    try:
        execution = None if known is None else services.executions.get(known)
    except NotFound:
        return None
    return execution if execution is not None and runs.is_run(execution) else None
