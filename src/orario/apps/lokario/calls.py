"""The scheduler's side: the two jobs that call Lokario's endpoints, and the history of how it answered."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field

from orario import Execution, NotFound
from orario.apps.lokario.schemas import Moment, Shape
from orario.web import ExecutionFilter, Role, Router, Services, require

SYNC, FOLLOWUPS = "lokario-sync-inbox", "lokario-relances-automatiques"

router = Router(tags=["lokario"])


class CallOut(Shape):
    """One call of an endpoint."""

    execution_id: UUID
    job: str = Field(description="The job's slug.")
    title: str
    at: Moment
    status: str
    status_code: int | None = Field(description="What was answered; null where nothing was.")
    response_time_ms: int | None
    error: str | None


class CallList(Shape):
    """Calls, the newest first."""

    calls: list[CallOut]
    total: int
    page: int
    per_page: int


@router.get("/api/cron-jobs/history", dependencies=[require(Role.VIEWER)])
def call_history(
    services: Services,
    job: Annotated[str, Query(max_length=200, description="The slug of a job that calls a URL.")] = SYNC,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    per_page: Annotated[int, Query(alias="perPage", ge=1, le=200)] = 50,
) -> CallList:
    """List how the calls of a job were answered: status codes and response times."""
    try:
        services.jobs.get(job)
    except NotFound:
        raise NotFound("There is no such job; `orario init lokario` makes both") from None
    found = services.executions.find(ExecutionFilter(job_ref=job), page, per_page)
    return CallList(calls=[call(one, job) for one in found.items], total=found.total, page=page, per_page=per_page)


def call(one: Execution, job: str) -> CallOut:
    told: Any = one.result if isinstance(one.result, dict) else one.metadata or {}
    return CallOut(
        execution_id=one.id,
        job=job,
        title=one.job_name,
        at=one.started_at or one.scheduled_for,
        status=one.state.value,
        status_code=told.get("statusCode"),
        response_time_ms=told.get("responseTimeMs"),
        error=one.error_message,
    )
