"""Executions: find them, read them, cancel them, run them again."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Depends, Query

from orario.api.queries import Cursor, ExecutionId, PageNumber, PerPage, Since, Text
from orario.api.routing import NativeRouter
from orario.api.schemas.actions import BulkOut, ExecutionsBulkDocument, RetryDocument
from orario.api.schemas.errors import ALWAYS, errors
from orario.api.schemas.executions import AttemptList, AttemptOut, ExecutionList, ExecutionOut, RunningList
from orario.core.errors import NotFound, invalid
from orario.core.execution import State, Trigger
from orario.service.executions import ExecutionFilter
from orario.service.people import Role
from orario.web.access import Caller, require
from orario.web.depends import Executions, Jobs

router = NativeRouter(tags=["executions"], responses=ALWAYS)

_OPERATOR = [require(Role.OPERATOR)]
_VIEWER = [require(Role.VIEWER)]


async def _history(
    status: Annotated[State | None, Query(description="Filter by status.")] = None,
    trigger: Annotated[Trigger | None, Query(description="Filter by what opened them.")] = None,
    queue: Annotated[Text | None, Query(description="Filter by queue.")] = None,
    since: Annotated[Since | None, Query(description="Opened at this moment or later.")] = None,
    until: Annotated[Since | None, Query(description="Opened before this moment.")] = None,
    search: Annotated[Text | None, Query(description="Filter by job name, error or reason (partial match).")] = None,
) -> dict[str, Any]:
    states = () if status is None else (status,)
    return {
        "states": states,
        "trigger": trigger,
        "queue": queue or None,
        "since": since,
        "until": until,
        "search": search or None,
    }


async def _window(page: PageNumber = 1, per_page: PerPage = 50, cursor: Cursor = None) -> dict[str, Any]:
    return {"page": page, "per_page": per_page, "cursor": cursor or None}


History = Annotated[dict[str, Any], Depends(_history)]
Window = Annotated[dict[str, Any], Depends(_window)]


def listing(executions: Executions, wanted: ExecutionFilter, window: dict[str, Any]) -> ExecutionList:
    """A page of executions, as the API shows it."""
    found = executions.find(wanted, **window)
    return ExecutionList(
        executions=[ExecutionOut.of(one) for one in found.items],
        total=found.total,
        page=found.page,
        per_page=found.per_page,
        next_cursor=found.next_cursor,
        is_total_exact=found.is_total_exact,
    )


@router.get("/executions", dependencies=_VIEWER, responses=errors(422))
def list_executions(
    jobs: Jobs,
    executions: Executions,
    history: History,
    window: Window,
    job_id: Annotated[str | None, Query(max_length=100, description="Filter by job, by id or slug.")] = None,
) -> ExecutionList:
    """List executions of all jobs, the newest first."""
    return listing(executions, ExecutionFilter(job_ref=_job(jobs, job_id), **history), window)


@router.get("/running", dependencies=_VIEWER)
def list_running(executions: Executions) -> RunningList:
    """List what runs at this moment, on all instances."""
    found = executions.running()
    return RunningList(executions=[ExecutionOut.of(one) for one in found], total=len(found))


@router.get("/executions/{execution_id}", dependencies=_VIEWER, responses=errors(404))
def get_execution(execution_id: ExecutionId, executions: Executions) -> ExecutionOut:
    """Read one execution."""
    return ExecutionOut.of(executions.get(execution_id))


@router.get("/executions/{execution_id}/attempts", dependencies=_VIEWER, responses=errors(404))
def list_attempts(execution_id: ExecutionId, executions: Executions) -> AttemptList:
    """List the attempts of an execution, the first one first."""
    found = executions.attempts(execution_id)
    return AttemptList(attempts=[AttemptOut.of(one) for one in found], total=len(found))


@router.post("/executions/{execution_id}/cancel", dependencies=_OPERATOR, responses=errors(404, 409))
def cancel_execution(execution_id: ExecutionId, executions: Executions, caller: Caller) -> ExecutionOut:
    """Cancel an execution: what waits does not start, what runs is told to stop and then killed."""
    return ExecutionOut.of(executions.cancel(execution_id, caller))


@router.post("/executions/{execution_id}/retry", dependencies=_OPERATOR, responses=errors(404, 409, 413, 415, 422))
def retry_execution(
    execution_id: ExecutionId,
    executions: Executions,
    caller: Caller,
    document: Annotated[RetryDocument | None, Body()] = None,
) -> ExecutionOut:
    """Run it again as a new execution, with the same arguments unless others are given."""
    return ExecutionOut.of(executions.retry(execution_id, caller, args=document.task_args if document else None))


@router.post("/executions/bulk", dependencies=_OPERATOR, responses=errors(413, 415, 422))
def change_many_executions(document: ExecutionsBulkDocument, executions: Executions, caller: Caller) -> BulkOut:
    """Cancel or retry many executions. Each stands for itself: what is refused for one is done for the others."""
    act = executions.bulk_cancel if document.action == "cancel" else executions.bulk_retry
    return BulkOut.of(act([str(id) for id in document.execution_ids], caller))


def _job(jobs: Jobs, ref: str | None) -> str | None:
    """The job that a filter means: any id will do, a slug must be somebody's."""
    if ref is None or _is_id(ref):
        return ref
    try:
        return str(jobs.get(ref).job.id)
    except NotFound:
        raise invalid("job_id", message="is neither the id nor the slug of a job") from None


def _is_id(text: str) -> bool:
    try:
        return len(text) in (32, 36) and bool(UUID(text))
    except ValueError:
        return False
