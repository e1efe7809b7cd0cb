"""The agent's API: its document's endpoints, translated into questions to Orario's services."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Body
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from orario import Invalid, NotFound, Problem
from orario.apps.agent import process, standing
from orario.apps.agent.answers import AnswerRoute
from orario.apps.agent.desk import desk
from orario.apps.agent.schedules import PLANNED, TRIGGERS, Planned
from orario.apps.agent.schemas import (
    CpuOut,
    ErrorOut,
    HealthOut,
    JobOut,
    MemoryOut,
    MetricsOut,
    StatusOut,
    TriggeredOut,
)
from orario.web import Caller, Clock, Role, Router, Services, open_on_loopback

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_WRONG: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorOut, "description": "The request is not valid"},
    500: {"model": ErrorOut, "description": "Something went wrong here"},
}
_OFF: dict[int | str, dict[str, Any]] = {409: {"model": ErrorOut, "description": "The job is switched off"}}
_reads, _triggers = open_on_loopback(Role.VIEWER), open_on_loopback(Role.OPERATOR)

router = Router(tags=["agent"], route_class=AnswerRoute, responses=_WRONG)


@router.get("/status", dependencies=[_reads], summary="Say how the jobs stand")
async def status(services: Services) -> StatusOut:
    """The sixteen jobs with their schedules, when one last ran and when the next one is due."""
    found = await run_in_threadpool(standing.look, services)
    return StatusOut(
        status="active" if desk.settings.cron_enabled else "disabled",
        last_run=_text(found.last_run),
        next_run=_text(found.next_run),
        jobs=[_job(one, found.views.get(one.slug)) for one in PLANNED],
    )


@router.get("/health", dependencies=[_reads], summary="Say whether the jobs can fire")
async def health(services: Services, clock: Clock) -> HealthOut:
    """Whether an instance leads and ticks, with figures of this process."""
    ready = await run_in_threadpool(services.cluster.ready)
    found = await run_in_threadpool(standing.look, services)
    return HealthOut(
        status="healthy" if ready.ok else "unhealthy",
        timestamp=_text(clock.now()) or "",
        uptime=process.uptime(),
        memory_usage=_memory(),
        active_jobs=found.active,
        last_error=await run_in_threadpool(standing.last_error, services),
    )


@router.get("/metrics", dependencies=[_reads], summary="Say how the jobs have gone")
async def metrics(services: Services, clock: Clock) -> MetricsOut:
    """Counts of the runs so far, and what this process uses."""
    succeeded, failed, average = await run_in_threadpool(standing.counts, services)
    user, system = process.cpu_microseconds()
    return MetricsOut(
        timestamp=_text(clock.now()) or "",
        total_jobs_executed=succeeded + failed,
        successful_jobs=succeeded,
        failed_jobs=failed,
        average_execution_time=average,
        memory_usage=_memory(),
        cpu_usage=CpuOut(user=user, system=system),
    )


Nothing = Annotated[dict[str, Any] | None, Body(description="Nothing, or an empty object.")]


def _trigger(planned: Planned) -> Callable[..., Awaitable[TriggeredOut]]:
    async def trigger(services: Services, actor: Caller, body: Nothing = None) -> TriggeredOut:
        if body:
            raise Invalid(Problem(("body",), "a trigger takes no arguments"))
        await run_in_threadpool(standing.trigger, services, planned, actor)
        return TriggeredOut(message=planned.message)

    trigger.__name__ = f"trigger_{planned.task.removeprefix('agent.')}"
    return trigger


for _name, _planned in TRIGGERS.items():
    router.add_api_route(
        f"/trigger/{_name}",
        _trigger(_planned),
        methods=["POST"],
        dependencies=[_triggers],
        summary=f"Run {_planned.slug} now",
        description=f"Opens a run of `{_planned.slug}` and answers at once.",
        responses=_OFF,
    )


class _Beyond(AnswerRoute):
    """Takes what no other route takes, but only below a prefix of the agent's own."""

    def matches(self, scope: Any) -> Any:
        found = super().matches(scope)
        return found if desk.settings.prefix.strip("/") else (Match.NONE, {})


async def unknown(request: Request) -> Response:
    if (name := request.path_params.get("name")) is None:
        raise NotFound("There is nothing at this path")
    raise NotFound("A trigger is called by POST" if name in TRIGGERS else "There is no such trigger")


router.add_api_route(
    "/trigger/{name:path}", unknown, methods=_METHODS, dependencies=[_triggers], include_in_schema=False
)
router.add_api_route(
    "/{rest:path}",
    unknown,
    methods=_METHODS,
    dependencies=[_reads],
    include_in_schema=False,
    route_class_override=_Beyond,
)


def _job(planned: Planned, view: Any) -> JobOut:
    description = (view.job.description if view is not None else None) or planned.description
    return JobOut(name=planned.slug, schedule=standing.schedule_of(view, planned), description=description)


def _memory() -> MemoryOut:
    found = process.memory()
    return MemoryOut(heap_used=found.used, heap_total=found.total)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
